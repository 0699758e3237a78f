import { type ReactNode, useId } from "react";

export interface CheckboxProps {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

/** Yes or no, as a part of a form. */
export function Checkbox({ label, checked, onChange, disabled }: CheckboxProps) {
  const id = useId();
  return (
    <label htmlFor={id} className="flex min-h-8 cursor-pointer items-center gap-3 max-phone:min-h-11 has-disabled:cursor-default has-disabled:opacity-60">
      <input id={id} type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} className="size-4.5 shrink-0 accent-(--accent)" />
      <span className="min-w-0">{label}</span>
    </label>
  );
}
