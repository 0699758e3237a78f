import { type ReactNode, useId } from "react";

/** One of several that are shown as pictures. Radio buttons underneath, so arrows and screen readers work. */
export function ChoiceCards<T extends string>({ label, value, options, onChange, columns = "grid-cols-[repeat(auto-fill,minmax(8rem,1fr))]" }: {
  label: string;
  value: T | null;
  options: readonly { value: T; label: string; picture: ReactNode }[];
  onChange: (value: T) => void;
  columns?: string;
}) {
  const name = useId();
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 text-sm font-medium">{label}</legend>
      <div className={`grid gap-3 ${columns}`}>
        {options.map((option) => (
          <label
            key={option.value}
            className="grid cursor-pointer gap-2 rounded-2 border border-line p-2 text-sm transition hover:border-line-strong has-checked:border-accent has-checked:shadow-[0_0_0_1px_var(--accent)] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input type="radio" className="sr-only" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span aria-hidden>{option.picture}</span>
            <span className="truncate text-center">{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
