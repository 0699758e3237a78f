import { useTranslation } from "react-i18next";
import { ScheduledList } from "./ScheduledList";

/** `/scheduled`: every message that waits for its time. */
export function ScheduledPage() {
  const { t } = useTranslation("composer");
  return (
    <div className="h-full overflow-y-auto bg-surface">
      <div className="mx-auto grid max-w-3xl gap-5 p-5 max-phone:px-4">
        <header>
          <h1 className="text-lg font-[650]">{t("scheduled.title")}</h1>
          <p className="mt-1 text-sm text-ink-2">{t("scheduled.text")}</p>
        </header>
        <ScheduledList />
      </div>
    </div>
  );
}
