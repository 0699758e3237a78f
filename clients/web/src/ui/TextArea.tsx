import { type ComponentProps, useId } from "react";
import { cx } from "./cx";
import { describedBy, Field, type FieldProps, inputLook } from "./Field";

export interface TextAreaProps extends FieldProps, Omit<ComponentProps<"textarea">, "value" | "onChange" | "required"> {
  value: string;
  onChange: (value: string) => void;
}

/** Several lines of text with label, hint and error. */
export function TextArea({ label, hideLabel, error, hint, required, value, onChange, id: given, className, rows = 3, ...rest }: TextAreaProps) {
  const made = useId();
  const id = given ?? made;
  return (
    <Field id={id} {...{ label, error, hint }} hideLabel={hideLabel ?? false} required={required ?? false}>
      <textarea
        id={id}
        rows={rows}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        required={required}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { error: error ?? null, hint })}
        className={cx(inputLook(!!error), "field-sizing-content min-h-20 resize-y py-2", className)}
        {...rest}
      />
    </Field>
  );
}
