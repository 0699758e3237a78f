import { type ReactNode, useId } from "react";
import { cx } from "./cx";

/** A part of a settings page with its heading; `divided` ones stand below each other with a line between. */
export function Part({ title, text, divided = false, children }: { title: string; text?: ReactNode; divided?: boolean; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cx("grid grid-cols-1 gap-3", divided && "border-t border-line py-6 first:border-0 first:pt-0")}>
      <div>
        <h3 id={id} className="font-semibold">
          {title}
        </h3>
        {text && <p className="text-sm text-ink-2">{text}</p>}
      </div>
      {children}
    </section>
  );
}
