import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";

const TONE = {
  info: { look: "bg-accent-soft text-ink [&>svg]:text-accent", Icon: Info },
  warn: { look: "bg-warn/15 text-ink [&>svg]:text-warn", Icon: TriangleAlert },
  danger: { look: "bg-danger/12 text-ink [&>svg]:text-danger", Icon: CircleAlert },
};

export interface BannerProps {
  tone: keyof typeof TONE;
  action?: { label: string; onClick: () => void };
  children: ReactNode;
}

/** A line across the page or a panel that says how things stand. */
export function Banner({ tone, action, children }: BannerProps) {
  const { look, Icon } = TONE[tone];
  return (
    <div role="status" className={cx("flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 text-sm [&>svg]:size-4.5 [&>svg]:shrink-0", look)}>
      <Icon aria-hidden />
      <div className="min-w-0 flex-1 basis-32">{children}</div>
      {action && (
        <button type="button" onClick={action.onClick} className="shrink-0 rounded-1 px-2 py-1 font-semibold underline decoration-1 underline-offset-3 hover:decoration-2 max-phone:min-h-11">
          {action.label}
        </button>
      )}
    </div>
  );
}
