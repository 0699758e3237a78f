import { Pencil, Reply, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useUserName } from "@/hooks";
import { composerStore, type ComposerMode } from "@/hooks/composer";
import { plainText } from "@/lib/markdown";
import { safeLine, safeName } from "@/lib/text";
import { IconButton } from "@/ui";
import type { ChatId } from "@wire";

/** Says which message is answered or edited, over the field. */
export function ContextBar({ chatId, mode }: { chatId: ChatId; mode: Exclude<ComposerMode, { kind: "new" }> }) {
  const { t } = useTranslation("composer");
  const { message } = mode;
  const name = useUserName(message.sender_id, message.sender_username);
  const reply = mode.kind === "reply";
  const Icon = reply ? Reply : Pencil;
  return (
    <div className="flex items-center gap-3 border-b border-line ps-4 pe-1.5 py-1">
      <Icon aria-hidden className="size-4.5 shrink-0 stroke-[1.75] text-accent" />
      <div className="min-w-0 flex-1 border-s-2 border-accent ps-2.5 text-sm">
        <p className="truncate font-medium text-accent">
          {reply ? t("replyTo") : t("editing")} {reply && <bdi>{safeName(name, message.sender_username)}</bdi>}
        </p>
        <p className="truncate text-ink-2">
          <bdi>{safeLine(plainText(message.content, 200))}</bdi>
        </p>
      </div>
      <IconButton size="sm" label={t(reply ? "cancelReply" : "cancelEdit")} shortcut="Esc" onClick={() => composerStore.getState().cancel(chatId)}>
        <X />
      </IconButton>
    </div>
  );
}
