import { copyToClipboard } from "@/lib/clipboard";
import { LEVELS, levelOf, type NotificationPrefs, withLevel } from "@/lib/notify";
import type { ChatSummary, Engine } from "@/sync/types";
import { type MenuEntry, toast } from "@/ui";
import { Archive, ArchiveRestore, Bell, BellOff, CheckCheck, CircleDot, Copy, FolderOpen, LogOut, Star, StarOff } from "lucide-react";
import type { TFunction } from "i18next";
import { isUnread } from "./arrange";
import type { FolderAction, FolderPrefs } from "./folders";
import type { ChatMenuOptions } from "./useChatMenu";
import { readChat } from "./useChatShortcuts";

const HOUR_MS = 3_600_000;
const FOREVER = "9999-12-31T00:00:00.000Z";
const MORNING = 8;

/** When muting ends, by the names of the choices. */
export function muteUntil(choice: "hour" | "eight" | "tomorrow" | "forever", now: Date): string {
  if (choice === "forever") return FOREVER;
  if (choice === "tomorrow") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING).toISOString();
  return new Date(now.getTime() + (choice === "hour" ? 1 : 8) * HOUR_MS).toISOString();
}

export interface ChatMenuContext extends ChatMenuOptions {
  readonly t: TFunction<"chats">;
  readonly engine: Engine;
  readonly folders: FolderPrefs;
  readonly change: (action: FolderAction) => void;
  readonly prefs: NotificationPrefs;
  readonly setPrefs: (change: Partial<NotificationPrefs>) => void;
}

/** What can be done with a chat of the list. */
export function chatMenu(chat: ChatSummary, { t, engine, folders, change, prefs, setPrefs, onLeave, onNewFolder }: ChatMenuContext): MenuEntry[] {
  const set = (settings: Parameters<typeof engine.setChatSettings>[1]) =>
    void engine.setChatSettings(chat.id, settings).catch(() => toast({ text: t("notChanged"), tone: "danger", id: "chat-settings" }));
  const { favourite, archived } = chat.settings;
  const level = levelOf(prefs, chat.id);
  const mute = (choice: Parameters<typeof muteUntil>[0]): MenuEntry => ({
    label: t(`muteFor.${choice}`),
    onSelect: () => set({ muted_until: muteUntil(choice, new Date()) }),
  });
  return [
    isUnread(chat)
      ? { label: t("markRead"), icon: <CheckCheck />, onSelect: () => readChat(engine, chat) }
      : { label: t("markUnread"), icon: <CircleDot />, onSelect: () => set({ marked_unread: true }) },
    { label: t(favourite ? "unfavourite" : "favourite"), icon: favourite ? <StarOff /> : <Star />, onSelect: () => set({ favourite: !favourite }) },
    chat.muted
      ? { label: t("unmute"), icon: <Bell />, onSelect: () => set({ muted_until: null }) }
      : { label: t("mute"), icon: <BellOff />, items: [mute("hour"), mute("eight"), mute("tomorrow"), mute("forever")] },
    {
      label: t("notify"),
      icon: <Bell />,
      items: LEVELS.map((one) => ({ label: t(`level.${one}`), checked: one === level, onSelect: () => setPrefs({ perChat: withLevel(prefs, chat.id, one).perChat }) })),
    },
    {
      label: t("folder"),
      icon: <FolderOpen />,
      items: [
        ...folders.folders.map((folder) => ({
          label: folder.name,
          checked: folder.chats.includes(chat.id),
          onSelect: () => change({ type: "toggle", id: folder.id, chat: chat.id }),
        })),
        ...(folders.folders.length > 0 ? (["separator"] as const) : []),
        { label: t("newFolder"), onSelect: () => onNewFolder(chat) },
      ],
    },
    { label: t(archived ? "unarchive" : "archive"), icon: archived ? <ArchiveRestore /> : <Archive />, onSelect: () => set({ archived: !archived }) },
    "separator",
    { label: t("common:copyLink"), icon: <Copy />, onSelect: () => void copyLink(t, chat.id) },
    ...(chat.permissions.includes("leave") ? [{ label: t("leave"), icon: <LogOut />, danger: true, onSelect: () => onLeave(chat) }] : []),
  ];
}

async function copyLink(t: TFunction<"chats">, chatId: string): Promise<void> {
  const copied = await copyToClipboard(`${window.location.origin}/c/${encodeURIComponent(chatId)}`);
  toast({ text: t(copied ? "common:linkCopied" : "common:copyFailed"), tone: copied ? "success" : "danger", id: "copied" });
}
