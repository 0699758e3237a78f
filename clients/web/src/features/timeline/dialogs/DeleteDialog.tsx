import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { ConfirmDialog } from "@/ui";
import type { Message } from "@wire";
import { useTimeline } from "../view";

/** Asks before messages are deleted for everybody. */
export function DeleteDialog({ messages, onClose }: { messages: readonly Message[]; onClose: () => void }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const { chatId, view } = useTimeline();
  const confirm = () => {
    for (const message of messages) engine.remove(chatId, message);
    view.setState({ selected: null });
  };
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => !open && onClose()}
      title={t("deleteTitle", { count: messages.length })}
      text={t("deleteText")}
      confirmLabel={t("action.delete")}
      onConfirm={confirm}
    />
  );
}
