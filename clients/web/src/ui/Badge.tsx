import type { ReactNode } from "react";
import { cx } from "./cx";

const TONE = {
  accent: "bg-accent text-accent-ink",
  mute: "bg-ink-3 text-surface",
  warn: "bg-warn text-warn-ink",
};

/** A number (or `children`, or just a dot) on a pill; `label` says in words what it counts. */
export function Badge({ count, tone = "accent", label, children }: { count?: number; tone?: keyof typeof TONE; label: string; children?: ReactNode }) {
  const shown = children ?? (count === undefined ? null : count > 999 ? "999+" : count);
  return (
    <span className="inline-flex">
      <span
        aria-hidden
        className={cx(
          "inline-grid place-items-center rounded-full text-[0.6875rem] leading-none font-semibold",
          shown === null ? "size-2.5" : "h-4.5 min-w-4.5 px-1.5",
          TONE[tone],
        )}
      >
        {shown}
      </span>
      <span className="sr-only">{label}</span>
    </span>
  );
}
