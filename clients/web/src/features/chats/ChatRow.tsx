import { useMe, usePresence, useTyping, useUserName } from "@/hooks";
import type { Level } from "@/lib/notify";
import { safeName } from "@/lib/text";
import { times } from "@/lib/time";
import type { ChatSummary } from "@/sync/types";
import { Avatar, Badge, cx } from "@/ui";
import { Link } from "@tanstack/react-router";
import { BellOff, CircleAlert, Clock } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { badgeOf, type Preview, previewOf } from "./preview";

export interface ChatRowProps {
  chat: ChatSummary;
  active: boolean;
  /** Whether Tab comes here; arrows move it. */
  tabbable: boolean;
  level: Level;
  /** A moment of today, for the time. */
  today: number;
}

/** One chat of the list: a link with everything one wants to know before opening it. */
export const ChatRow = memo(function ChatRow({ chat, active, tabbable, level, today }: ChatRowProps) {
  const { t } = useTranslation("chats");
  const me = useMe();
  const typing = useTyping(chat.id);
  const presence = usePresence(chat.peer?.id ?? 0);
  const title = safeName(chat.title, t("unnamed"));
  const strong = chat.unread > 0 || chat.settings.marked_unread;
  return (
    <Link
      to="/c/$chatId"
      params={{ chatId: chat.id }}
      preload={false}
      tabIndex={tabbable ? 0 : -1}
      data-chat={chat.id}
      aria-current={active ? "page" : undefined}
      draggable={false}
      className={cx(
        "grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-3 px-4 py-[0.5625rem] -outline-offset-2 transition-colors select-none [[data-density=compact]_&]:py-1",
        active ? "bg-accent-soft" : "hover:bg-sunken",
      )}
    >
      <Avatar name={title} seed={chat.peer?.id ?? chat.id} kind={chat.type === "direct" ? "person" : chat.type} {...(chat.type === "direct" && presence && { presence: presence.status })} />
      <span className="min-w-0">
        <span className={cx("flex items-center gap-1.5", strong && !chat.muted ? "font-bold" : "font-medium")}>
          <bdi className="truncate">{title}</bdi>
          {chat.muted && <BellOff aria-label={t("muted")} className="size-3.5 shrink-0 text-ink-3" />}
        </span>
        <span dir="auto" className={cx("mt-px block [text-align:match-parent] truncate text-sm", active ? "text-ink" : "text-ink-2")}>
          <PreviewLine preview={previewOf(chat, me, typing, active)} />
        </span>
      </span>
      <span className="grid justify-items-end gap-1.5 self-start pt-0.5 text-xs text-ink-2">
        <span className="flex items-center gap-1">
          {chat.pending === "waiting" && <Clock aria-label={t("waiting")} className="size-3" />}
          {chat.pending === "failed" && <CircleAlert aria-label={t("failed")} className="size-3.5 text-danger" />}
          <time dateTime={new Date(chat.activeAt).toISOString()} className="@max-[14rem]:hidden">{times().list(chat.activeAt, today)}</time>
        </span>
        <RowBadgeView chat={chat} level={level} />
      </span>
    </Link>
  );
});

function RowBadgeView({ chat, level }: { chat: ChatSummary; level: Level }) {
  const { t } = useTranslation("chats");
  const badge = badgeOf(chat, level);
  if (!badge) return <span className="h-4.5" />;
  if (badge.kind === "dot") return <Badge label={t("unread")} />;
  if (badge.kind === "mention") {
    return (
      <Badge tone="warn" label={t("mentions", { count: badge.count })}>
        {"@"}
      </Badge>
    );
  }
  return <Badge tone={badge.kind === "muted" ? "mute" : "accent"} count={badge.count} label={t("unreadCount", { count: badge.count })} />;
}

function PreviewLine({ preview }: { preview: Preview }) {
  const { t } = useTranslation("chats");
  switch (preview.kind) {
    case "typing":
      return <span className="text-accent">{preview.names.length > 1 ? t("typingMany", { count: preview.names.length }) : t("typing", { name: safeName(preview.names[0]!) })}</span>;
    case "draft":
      return (
        <>
          <span className="text-danger">{t("draft")}</span> <bdi>{preview.text}</bdi>
        </>
      );
    case "deleted":
      return <i>{t("deleted")}</i>;
    case "empty":
      return <span className="text-ink-3">{t("noMessages")}</span>;
    case "message":
      return <MessageLine preview={preview} />;
  }
}

function MessageLine({ preview }: { preview: Extract<Preview, { kind: "message" }> }) {
  const { t } = useTranslation("chats");
  const full = safeName(useUserName(preview.senderId, preview.sender));
  // There is little room: the first word of the name tells who it is.
  const name = preview.emote ? full : full.split(" ")[0]!;
  const who = preview.from === "me" ? t("you") : preview.from === "other" ? name : null;
  return (
    <>
      {who !== null && (
        <>
          <bdi>{who}</bdi>
          {preview.emote ? " " : ": "}
        </>
      )}
      <bdi>{preview.text}</bdi>
    </>
  );
}
