import { Link } from "@tanstack/react-router";
import { Pencil } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChat, usePresence } from "@/hooks";
import { safeName, safeText } from "@/lib/text";
import type { ChatSummary } from "@/sync/types";
import { Avatar, IconButton, lazyPart } from "@/ui";
import type { User } from "@wire";
import { presenceText } from "./HeaderSubtitle";
import { Section } from "./Section";

const ChatSettingsDialog = lazyPart(async () => (await import("./ChatSettingsDialog")).ChatSettingsDialog);

/** What the chat is about, or who the other person is. */
export function About({ chat }: { chat: ChatSummary }) {
  return chat.type === "direct" ? chat.peer && <Peer peer={chat.peer} /> : <ChatAbout chat={chat} />;
}

function ChatAbout({ chat }: { chat: ChatSummary }) {
  const { t } = useTranslation("details");
  const [editing, setEditing] = useState(false);
  const description = useChat(chat.id)?.info.description ?? "";
  const title = safeName(chat.title, chat.id);
  const edit = chat.permissions.includes("edit_chat") && (
    <IconButton size="sm" label={t("editChat")} onClick={() => setEditing(true)}>
      <Pencil />
    </IconButton>
  );
  return (
    <Section title={t("about")} section="about" action={edit}>
      <div className="flex items-center gap-3">
        <Avatar name={title} seed={chat.id} {...(chat.type !== "direct" && { kind: chat.type })} size="md" />
        <div className="min-w-0 flex-1">
          <p className="font-semibold wrap-anywhere">
            <bdi>{title}</bdi>
          </p>
          <p className="text-sm text-ink-2">{t(`kinds.${chat.type}`)}</p>
        </div>
      </div>
      {description && <p className="text-sm wrap-anywhere whitespace-pre-wrap">{safeText(description)}</p>}
      {editing && (
        <Suspense>
          <ChatSettingsDialog chat={chat} description={description} onClose={() => setEditing(false)} />
        </Suspense>
      )}
    </Section>
  );
}

function Peer({ peer }: { peer: User }) {
  const { t } = useTranslation();
  const presence = usePresence(peer.id);
  const name = safeName(peer.display_name, peer.username);
  const there = presenceText(t, peer, presence);
  return (
    <Section title={t("details:about")} section="about">
      <div className="flex items-center gap-3">
        <Avatar name={name} seed={peer.id} size="lg" presence={presence?.status ?? "offline"} />
        <div className="min-w-0 flex-1">
          <p className="font-semibold wrap-anywhere">
            <bdi>{name}</bdi>
          </p>
          <p className="truncate text-sm text-ink-2">@{peer.username}</p>
          {there && <p className="text-sm text-ink-2">{there}</p>}
        </div>
      </div>
      {peer.bio && <p className="text-sm wrap-anywhere whitespace-pre-wrap">{safeText(peer.bio)}</p>}
      <Link to="/u/$username" params={{ username: peer.username }} className="justify-self-start text-sm text-accent hover:underline">
        {t("details:fullProfile")}
      </Link>
    </Section>
  );
}
