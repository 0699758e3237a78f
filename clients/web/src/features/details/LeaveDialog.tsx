import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { safeName } from "@/lib/text";
import type { ChatSummary } from "@/sync/types";
import { ConfirmDialog } from "@/ui";

/** Asks before leaving, with what it means: who may come back by themselves and who may not. */
export function LeaveDialog({ chat, open, onOpenChange }: { chat: ChatSummary; open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const navigate = useNavigate();
  const leave = async () => {
    await engine.command({ type: "leave", chat_id: chat.id });
    void navigate({ to: "/" });
  };
  return (
    <ConfirmDialog
      {...{ open, onOpenChange }}
      title={t("leaveTitle", { chat: safeName(chat.title, chat.id) })}
      text={t(chat.type === "room" ? "leaveRoomText" : "leaveText")}
      confirmLabel={t("leave")}
      danger
      onConfirm={leave}
    />
  );
}
