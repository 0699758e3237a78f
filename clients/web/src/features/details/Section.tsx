import { useId, type ReactNode } from "react";
import type { DetailsSection } from "./sections";

/** A part of the details with its heading, and what stands at the heading's end. */
export function Section({ title, section, action, children }: { title: string; section?: DetailsSection; action?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} data-section={section} className="grid min-w-0 scroll-mt-4 grid-cols-1 gap-2">
      <div className="flex min-h-7 items-center gap-2">
        <h3 id={id} className="min-w-0 flex-1 truncate text-xs font-semibold tracking-wide text-ink-2 uppercase">
          {title}
        </h3>
        {action}
      </div>
      {children}
    </section>
  );
}
