import type { ReactNode } from "react";

export interface EmptyStateProps {
  icon: ReactNode;
  title: string;
  text?: string;
  action?: ReactNode;
  /** Where the title is the heading of the page. */
  heading?: "h1" | "h2" | "p";
}

/** What stands where there is nothing yet: what it is, why, and what to do. */
export function EmptyState({ icon, title, text, action, heading: Title = "p" }: EmptyStateProps) {
  return (
    <div className="mx-auto grid max-w-sm justify-items-center gap-3 px-6 py-10 text-center">
      <span aria-hidden className="grid size-14 place-items-center rounded-3 bg-accent-soft text-accent [&_svg]:size-7 [&_svg]:stroke-[1.5]">
        {icon}
      </span>
      <Title className="font-semibold">{title}</Title>
      {text && <p className="text-sm text-ink-2">{text}</p>}
      {action && <div className="mt-1 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
