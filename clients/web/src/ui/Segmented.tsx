import { type ReactNode, useId } from "react";

export interface SegmentedProps<T extends string> {
  label: string;
  hideLabel?: boolean;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}

/** One of a few, all in view. */
export function Segmented<T extends string>({ label, hideLabel, value, options, onChange }: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset className="grid min-w-0 grid-cols-1 gap-1.5">
      <legend className={hideLabel ? "sr-only" : "mb-1.5 text-sm font-medium"}>{label}</legend>
      <div className="flex flex-wrap gap-1 rounded-2 bg-sunken p-1">
        {options.map((option) => (
          <label
            key={option.value}
            className="relative flex min-h-8 min-w-fit flex-1 cursor-pointer items-center justify-center gap-2 rounded-1 px-3 text-center text-sm text-ink-2 transition hover:text-ink has-checked:bg-surface has-checked:font-medium has-checked:text-ink has-checked:shadow-[0_1px_2px_rgb(0_0_0/0.12)] has-focus-visible:outline-2 has-focus-visible:outline-accent max-phone:min-h-11 [&_svg]:size-4"
          >
            <input type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} className="sr-only" />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
