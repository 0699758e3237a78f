import { useBlocker } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/ui";

/** Asks before one leaves a form with unsaved changes, by a link or by closing the page. */
export function UnsavedGuard({ when }: { when: boolean }) {
  const { t } = useTranslation("settings");
  const blocker = useBlocker({ shouldBlockFn: () => when, enableBeforeUnload: () => when, withResolver: true });
  return (
    <ConfirmDialog
      open={blocker.status === "blocked"}
      onOpenChange={(open) => !open && blocker.reset?.()}
      title={t("unsaved.title")}
      text={t("unsaved.text")}
      confirmLabel={t("unsaved.discard")}
      danger
      onConfirm={() => blocker.proceed?.()}
    />
  );
}
