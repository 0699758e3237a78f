import { AtSign, Copy, MessageSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useChat, useMe } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import { copyToClipboard } from "@/lib/clipboard";
import { Button, IconButton, toast } from "@/ui";
import type { ChatId, User } from "@wire";
import { useMessageUser } from "./useMessageUser";

/** What one can do with a person; `chatId` is the chat in view, where they can be mentioned. */
export function PersonActions({ user, chatId, onDone }: { user: User; chatId?: ChatId; onDone?: () => void }) {
  const { t } = useTranslation("details");
  const me = useMe();
  const [busy, message] = useMessageUser();
  const chat = useChat(chatId ?? "");
  const canMention = chat !== undefined && chat.info.permissions.includes("write") && chat.info.type !== "direct";
  const mention = () => {
    composerStore.getState().insert(chatId ?? "", `@${user.username} `);
    onDone?.();
  };
  const copy = async () => {
    const copied = await copyToClipboard(`@${user.username}`);
    toast({ text: t(copied ? "copiedName" : "common:copyFailed"), tone: copied ? "success" : "danger" });
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button size="sm" variant="primary" icon={<MessageSquare />} loading={busy} onClick={() => void message(user.username).then(onDone)}>
        {t(user.id === me ? "noteToSelf" : "message")}
      </Button>
      {canMention && (
        <Button size="sm" icon={<AtSign />} onClick={mention}>
          {t("mention")}
        </Button>
      )}
      <IconButton label={t("copyName")} onClick={() => void copy()}>
        <Copy />
      </IconButton>
    </div>
  );
}
