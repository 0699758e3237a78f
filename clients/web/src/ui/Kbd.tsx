import { cx } from "./cx";

/** Keys as they are written on the keyboard: `Ctrl+K`. */
export function Kbd({ keys, inverse }: { keys: string; inverse?: boolean }) {
  return (
    <kbd
      className={cx(
        "rounded-sm border px-1 font-sans text-[0.6875rem]/4 font-medium whitespace-nowrap",
        inverse ? "border-surface/30 text-surface" : "border-line bg-surface text-ink-3",
      )}
    >
      {keys}
    </kbd>
  );
}
