import { useEffect, useState } from "react";
import { clock } from "@/lib/clock";
import { times } from "@/lib/time";
import { cx } from "@/ui";

const STAYS_MS = 1_000;

/** The day of what is at the upper edge, while one scrolls. */
export function StickyDate({ at, moving }: { at: string | undefined; moving: boolean }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (moving) return setShown(true);
    const timer = window.setTimeout(() => setShown(false), STAYS_MS);
    return () => window.clearTimeout(timer);
  }, [moving]);
  if (at === undefined) return null;
  return (
    <div aria-hidden className={cx("pointer-events-none absolute inset-x-0 top-2 z-10 flex justify-center transition-opacity duration-200", shown ? "opacity-100" : "opacity-0")}>
      <span className="rounded-full border border-line bg-raised px-3 py-0.5 text-xs text-ink-2 shadow-raised">{times().day(at, clock.now())}</span>
    </div>
  );
}
