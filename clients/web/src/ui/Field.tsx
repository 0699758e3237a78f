import type { ReactNode } from "react";
import { cx } from "./cx";

/** What inputs of every kind look like. */
export const inputLook = (error: boolean) =>
  cx(
    "w-full min-w-0 rounded-2 border bg-surface px-3 text-ink transition placeholder:text-ink-3 focus:border-accent focus:shadow-[0_0_0_3px_var(--accent-soft)] focus:outline-none disabled:opacity-60",
    error ? "border-danger" : "border-line-strong/60 hover:border-line-strong",
  );

export interface FieldProps {
  label: string;
  /** The label is for screen readers only; the placeholder or the place tells the rest. */
  hideLabel?: boolean;
  error?: string | null;
  hint?: ReactNode;
  required?: boolean;
}

/** The `aria-describedby` of a field's control. */
export const describedBy = (id: string, { error, hint }: Pick<FieldProps, "error" | "hint">) =>
  cx(error && `${id}-error`, !!hint && `${id}-hint`) || undefined;

/** Label above, hint and error below a control. */
export function Field({ id, label, hideLabel, error, hint, required, children }: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-1 gap-1.5">
      <label htmlFor={id} className={hideLabel ? "sr-only" : "text-sm font-medium"}>
        {label}
        {required && !hideLabel && (
          <span aria-hidden className="text-ink-3">
            {" *"}
          </span>
        )}
      </label>
      {children}
      {hint && (
        <div id={`${id}-hint`} className="text-xs text-ink-2">
          {hint}
        </div>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}
