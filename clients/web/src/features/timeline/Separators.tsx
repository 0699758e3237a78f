import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { clock } from "@/lib/clock";
import { times } from "@/lib/time";

/** Renders again when the day ends, for "today" is then yesterday. */
function useMidnight(): void {
  const [days, setDays] = useState(0);
  useEffect(() => {
    const midnight = new Date(clock.now()).setHours(24, 0, 1, 0);
    const timer = clock.setTimeout(() => setDays(days + 1), midnight - clock.now());
    return () => clock.clearTimeout(timer);
  }, [days]);
}

/** The day, between messages. */
export function DaySeparator({ at }: { at: string }) {
  useMidnight();
  return (
    <div className="flex justify-center py-3">
      <time dateTime={at} data-tip={times().full(at)} className="rounded-full bg-sunken px-3 py-0.5 text-xs text-ink-2">
        {times().day(at, clock.now())}
      </time>
    </div>
  );
}

/** Above the first unread message; stays until one leaves the chat. */
export function NewLine() {
  const { t } = useTranslation("timeline");
  return (
    <div role="separator" aria-label={t("newMessages")} className="my-3 flex items-center gap-3 text-xs font-semibold text-danger before:h-px before:flex-1 before:bg-current before:opacity-35 after:h-px after:flex-1 after:bg-current after:opacity-35">
      {t("new")}
    </div>
  );
}
