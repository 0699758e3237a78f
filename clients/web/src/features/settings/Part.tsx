import { type ReactNode, useId } from "react";

/** A part of a section with its heading. */
export function Part({ title, text, children }: { title: string; text?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="grid grid-cols-1 gap-3 border-t border-line py-6 first:border-0 first:pt-0">
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
