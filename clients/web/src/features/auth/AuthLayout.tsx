import type { ReactNode } from "react";
import { LanguageLinks } from "./LanguageLinks";

/** The page around every form for signing in: mark, heading, card, what else one can do. */
export function AuthLayout({ title, text, children, footer }: { title: string; text?: ReactNode; children: ReactNode; footer?: ReactNode }) {
  return (
    <main id="main" tabIndex={-1} className="h-full overflow-y-auto bg-bg outline-none">
      <div className="mx-auto flex min-h-full w-full max-w-md flex-col justify-center gap-6 px-4 py-8 phone:px-6">
        <header className="grid grid-cols-1 justify-items-center gap-3 text-center">
          <span aria-hidden className="grid size-12 place-items-center rounded-3 bg-accent text-lg font-bold text-accent-ink">
            V
          </span>
          <h1 className="text-2xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {text && <div className="text-ink-2 wrap-anywhere">{text}</div>}
        </header>
        <div className="rounded-3 border border-line bg-surface p-5 shadow-raised phone:p-6">{children}</div>
        {footer && <div className="grid justify-items-center gap-3 text-center text-sm text-ink-2">{footer}</div>}
        <LanguageLinks />
      </div>
    </main>
  );
}
