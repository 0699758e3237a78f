import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx";
import { describedBy, Field, type FieldProps, inputLook } from "./Field";

export interface TextFieldProps extends FieldProps, Omit<ComponentProps<"input">, "value" | "onChange" | "required"> {
  value: string;
  onChange: (value: string) => void;
  /** Inside the field before the text. */
  leading?: ReactNode;
  /** Inside the field at its end: a button, a counter. */
  trailing?: ReactNode;
}

/** One line of text with its label, hint and error. */
export function TextField({ label, hideLabel, error, hint, required, value, onChange, leading, trailing, id: given, className, ...rest }: TextFieldProps) {
  const made = useId();
  const id = given ?? made;
  return (
    <Field id={id} {...{ label, error, hint }} hideLabel={hideLabel ?? false} required={required ?? false}>
      <div className="relative flex items-center">
        {leading && <span className="pointer-events-none absolute start-3 inline-flex text-ink-3 [&_svg]:size-4">{leading}</span>}
        <input
          id={id}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          required={required}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, { error: error ?? null, hint })}
          className={cx(inputLook(!!error), "h-10 max-phone:h-11", !!leading && "ps-9", !!trailing && "pe-11", className)}
          {...rest}
        />
        {trailing && <span className="absolute end-1 inline-flex items-center">{trailing}</span>}
      </div>
    </Field>
  );
}
