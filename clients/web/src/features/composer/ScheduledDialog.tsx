import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog, Tabs } from "@/ui";
import type { ChatId } from "@wire";
import { ScheduledList } from "./ScheduledList";

/** Messages waiting for their time: those of this chat, or all. */
export function ScheduledDialog({ chatId, onClose }: { chatId: ChatId; onClose: () => void }) {
  const { t } = useTranslation("composer");
  const [scope, setScope] = useState<"here" | "all">("here");
  const tabs = [
    { value: "here", label: t("scheduled.here") },
    { value: "all", label: t("scheduled.all") },
  ];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("scheduled.title")}>
      <div className="grid gap-3">
        <Tabs value={scope} onChange={(value) => setScope(value === "all" ? "all" : "here")} tabs={tabs} />
        <ScheduledList {...(scope === "here" && { chatId })} onLeave={onClose} />
      </div>
    </Dialog>
  );
}
