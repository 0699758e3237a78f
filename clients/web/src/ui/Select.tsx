import { ChevronDown } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cx } from "./cx";
import { describedBy, Field, inputLook } from "./Field";

export interface SelectProps<T extends string> {
  label: string;
  hideLabel?: boolean;
  hint?: ReactNode;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
  disabled?: boolean;
}

/** One of many. The browser's own list: it is the best one on phones and for screen readers. */
export function Select<T extends string>({ label, hideLabel = false, hint, value, options, onChange, disabled }: SelectProps<T>) {
  const id = useId();
  return (
    <Field id={id} label={label} hideLabel={hideLabel} hint={hint}>
      <div className="relative">
        <select
          id={id}
          value={value}
          disabled={disabled}
          aria-describedby={describedBy(id, { hint })}
          onChange={(event) => onChange(event.target.value as T)}
          className={cx(inputLook(false), "h-10 appearance-none pe-9 max-phone:h-11")}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown aria-hidden className="pointer-events-none absolute end-3 top-1/2 size-4 -translate-y-1/2 text-ink-2" />
      </div>
    </Field>
  );
}
