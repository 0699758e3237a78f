import { CalendarClock, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useScheduled } from "@/hooks";
import type { ChatId } from "@wire";
import { momentText } from "./moment";

/** Over the field, while messages wait for their time in this chat: how many, and a way to them. */
export function ScheduledStrip({ chatId, onOpen }: { chatId: ChatId; onOpen: () => void }) {
  const { t } = useTranslation("composer");
  const all = useScheduled(chatId);
  if (all.length === 0) return null;
  const failed = all.filter((one) => one.failed).length;
  const next = all.find((one) => !one.failed);
  const Icon = failed > 0 ? TriangleAlert : CalendarClock;
  return (
    <button
      type="button"
      onClick={onOpen}
      className="mb-1.5 flex max-w-full items-center gap-2 rounded-full bg-sunken px-3 py-1 text-xs text-ink-2 hover:text-ink max-phone:min-h-9 max-phone:px-4 max-phone:text-sm"
    >
      <Icon aria-hidden className={`size-3.5 shrink-0 ${failed > 0 ? "text-warn" : ""}`} />
      <span className="font-medium">{failed > 0 ? t("scheduled.failedCount", { count: failed }) : t("scheduled.count", { count: all.length })}</span>
      {failed === 0 && next && <span className="truncate text-ink-3">{t("scheduled.next", { time: momentText(next.send_at) })}</span>}
    </button>
  );
}
