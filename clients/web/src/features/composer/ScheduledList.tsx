import { CalendarClock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useScheduled } from "@/hooks";
import { EmptyState } from "@/ui";
import type { ChatId } from "@wire";
import { ScheduledRow } from "./ScheduledRow";

/** The waiting messages of a chat or of all, soonest first; failed ones before the others. */
export function ScheduledList({ chatId, onLeave }: { chatId?: ChatId; onLeave?: () => void }) {
  const { t } = useTranslation("composer");
  const all = useScheduled(chatId);
  if (all.length === 0) {
    return <EmptyState icon={<CalendarClock />} title={t("scheduled.empty")} text={t("scheduled.emptyText")} />;
  }
  const shown = [...all.filter(({ failed }) => failed), ...all.filter(({ failed }) => !failed)];
  return (
    <ul className="grid gap-2" aria-label={t("scheduled.title")}>
      {shown.map((one) => (
        <ScheduledRow key={one.id} scheduled={one} showChat={chatId === undefined} {...(onLeave && { onLeave })} />
      ))}
    </ul>
  );
}
