import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui";
import { applyUpdate, postponeUpdate, updateStore } from "./register";

/** Asks before a new version takes over; nothing happens by itself. */
export function UpdatePrompt() {
  const { t } = useTranslation("notifications");
  const waiting = updateStore((state) => state.waiting);
  const [busy, setBusy] = useState(false);
  if (!waiting) return null;
  const update = () => {
    setBusy(true);
    void applyUpdate();
  };
  return (
    <div role="status" className="fixed inset-x-0 bottom-0 z-60 mx-auto w-fit max-w-full p-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
      <div className="flex flex-wrap items-center gap-3 rounded-3 border border-line bg-raised py-2 ps-4 pe-2 text-sm shadow-raised">
        <RefreshCw aria-hidden className="size-4.5 shrink-0 text-accent" />
        <span className="min-w-0 flex-1 basis-48">{t("update.text")}</span>
        <span className="flex gap-2">
          <Button size="sm" variant="ghost" onClick={postponeUpdate}>
            {t("update.later")}
          </Button>
          <Button size="sm" variant="primary" loading={busy} onClick={update}>
            {t("update.reload")}
          </Button>
        </span>
      </div>
    </div>
  );
}
