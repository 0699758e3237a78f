import { useId, type ReactNode } from "react";

/** A part of the settings with its heading. */
export function SettingsPart({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="grid grid-cols-1 gap-3">
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
