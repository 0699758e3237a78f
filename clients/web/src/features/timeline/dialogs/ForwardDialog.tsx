import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChatSummaries, useClientConfig, useEngine } from "@/hooks";
import { safeName } from "@/lib/text";
import type { ChatSummary } from "@/sync/types";
import { Avatar, Dialog, EmptyState, TextField, toast } from "@/ui";
import { Forward } from "lucide-react";
import type { Message } from "@wire";
import { nameOf } from "../names";
import { quoteOf } from "../quote";
import { useTimeline } from "../view";

const SHOWN = 50;

/** Sends messages on to another chat, as quotes with the author's name. */
export function ForwardDialog({ messages, onClose }: { messages: readonly Message[]; onClose: () => void }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const { chatId, view } = useTimeline();
  const { chatMessageMaxLength } = useClientConfig();
  const [words, setWords] = useState("");
  const wanted = words.trim().toLowerCase();
  const chats = useChatSummaries().filter((chat) => chat.permissions.includes("write") && chat.title.toLowerCase().includes(wanted));
  const send = (chat: ChatSummary) => {
    for (const message of [...messages].sort((a, b) => a.seq - b.seq)) {
      const name = nameOf(engine, chatId, message.sender_id, message.sender_username);
      engine.send(chat.id, { content: quoteOf(t("forwardedFrom", { name }), message.content, chatMessageMaxLength) });
    }
    view.setState({ selected: null });
    onClose();
    toast({ text: t("forwarded", { count: messages.length, chat: safeName(chat.title) }), tone: "success" });
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("forwardTitle", { count: messages.length })} size="sm">
      <TextField label={t("findChat")} value={words} onChange={setWords} autoFocus />
      {chats.length === 0 && <EmptyState icon={<Forward />} title={t("noChatFound")} />}
      <ul className="mt-2 grid gap-0.5">
        {chats.slice(0, SHOWN).map((chat) => (
          <li key={chat.id}>
            <button type="button" onClick={() => send(chat)} className="flex min-h-12 w-full items-center gap-3 rounded-2 px-2 text-start hover:bg-sunken">
              <Avatar name={safeName(chat.title)} seed={chat.peer?.id ?? chat.id} kind={chat.type === "direct" ? "person" : chat.type} size="sm" />
              <bdi className="min-w-0 truncate">{safeName(chat.title)}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
