import { Check, CheckCheck, CircleAlert, Clock3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ShownMessage } from "@/sync/types";
import { cx } from "@/ui";

const ICONS = { waiting: Clock3, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert };
const LOOK = { waiting: "text-ink-3", sent: "text-ink-3", delivered: "text-ink-3", read: "text-accent", failed: "text-danger" };

/** How far one's own message has come: clock, tick, two ticks, two bright ticks. */
export function Delivery({ state }: { state: NonNullable<ShownMessage["delivery"]> }) {
  const { t } = useTranslation("timeline");
  const Icon = ICONS[state];
  const label = t(`delivery.${state}`);
  return (
    <span role="img" aria-label={label} data-tip={label} data-delivery={state} className={cx("inline-grid self-end pb-1", LOOK[state])}>
      <Icon aria-hidden className="size-3.75" />
    </span>
  );
}
