import { CircleAlert, Terminal } from "lucide-react";
import type { ReactNode } from "react";

/** A line over the field. */
export function NoticeLine({ tone, children }: { tone: "problem" | "hint"; children: ReactNode }) {
  const problem = tone === "problem";
  const Icon = problem ? CircleAlert : Terminal;
  return (
    <div
      role={problem ? "alert" : "note"}
      className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line px-4 py-1.5 text-sm text-ink-2"
    >
      <Icon aria-hidden className={`size-4 shrink-0 ${problem ? "text-danger" : "text-ink-3"}`} />
      {children}
    </div>
  );
}
