import { useNavigate } from "@tanstack/react-router";
import { Share2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChatSummaries } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import { safeName, safeText } from "@/lib/text";
import { Avatar, Button, EmptyState, Spinner, TextField } from "@/ui";
import type { ChatId } from "@wire";
import { dropShared, readShared } from "./share";

/** `/share`: another application shared a text; the person picks the chat and sends it themselves. */
export function SharePage() {
  const { t } = useTranslation("notifications");
  const navigate = useNavigate();
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    void readShared().then(setText, () => setText(""));
  }, []);
  const leave = async (chatId?: ChatId) => {
    await dropShared().catch(() => undefined);
    if (chatId === undefined) return navigate({ to: "/", replace: true });
    await navigate({ to: "/c/$chatId", params: { chatId }, replace: true });
    composerStore.getState().insert(chatId, text ?? "");
  };
  if (text === null) return <Spinner label={t("share.shared")} />;
  if (text === "") {
    return (
      <EmptyState
        icon={<Share2 />}
        title={t("share.nothing")}
        text={t("share.nothingText")}
        action={<Button onClick={() => void leave()}>{t("share.back")}</Button>}
      />
    );
  }
  return (
    <div className="mx-auto flex h-full w-full max-w-xl flex-col gap-4 overflow-y-auto p-4">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h1 className="text-lg font-semibold">{t("share.title")}</h1>
          <p className="text-sm text-ink-2">{t("share.text")}</p>
        </div>
        <Button variant="ghost" onClick={() => void leave()}>
          {t("share.discard")}
        </Button>
      </div>
      <blockquote aria-label={t("share.shared")} tabIndex={0} className="max-h-32 shrink-0 overflow-y-auto rounded-2 border-s-2 border-accent bg-accent-soft px-3 py-2 text-sm wrap-anywhere whitespace-pre-wrap">
        {safeText(text)}
      </blockquote>
      <ChatPicker onPick={(chatId) => void leave(chatId)} />
    </div>
  );
}

function ChatPicker({ onPick }: { onPick: (chatId: ChatId) => void }) {
  const { t } = useTranslation("notifications");
  const [q, setQ] = useState("");
  const wanted = q.trim().toLocaleLowerCase();
  const chats = useChatSummaries().filter((chat) => chat.permissions.includes("write") && chat.title.toLocaleLowerCase().includes(wanted));
  return (
    <>
      <TextField label={t("share.search")} hideLabel inputMode="search" enterKeyHint="search" placeholder={t("share.search")} value={q} onChange={setQ} />
      {chats.length === 0 && <p className="text-sm text-ink-2">{t("share.noChats")}</p>}
      <ul>
        {chats.map((chat) => (
          <li key={chat.id}>
            <button type="button" onClick={() => onPick(chat.id)} className="flex min-h-13 w-full items-center gap-3 rounded-2 px-2 text-start hover:bg-sunken">
              <Avatar name={chat.title} seed={chat.peer?.id ?? chat.id} kind={chat.type === "direct" ? "person" : chat.type} size="sm" />
              <bdi className="truncate">{safeName(chat.title, chat.id)}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
