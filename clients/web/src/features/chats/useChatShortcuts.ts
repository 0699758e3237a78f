import { useEngine } from "@/hooks";
import { useShortcut } from "@/lib/keys";
import { times } from "@/lib/time";
import type { Engine } from "@/sync/types";
import { useNavigate } from "@tanstack/react-router";
import { arrange, chatsOf, isUnread, neighbour } from "./arrange";
import { decodeFolders } from "./folders";
import { useListStore } from "./listStore";
import type { ChatSummary } from "@/sync/types";

/** Moving between chats by keys, in the order the list shows. */
export function useChatShortcuts(activeId: string | undefined): void {
  const engine = useEngine();
  const navigate = useNavigate();
  const go = (by: -1 | 1, want?: (chat: ChatSummary) => boolean) => {
    const chat = neighbour(visible(engine, activeId), activeId, by, want);
    if (!chat) return false;
    void navigate({ to: "/c/$chatId", params: { chatId: chat.id } });
    return true;
  };
  useShortcut("prevChat", () => go(-1));
  useShortcut("nextChat", () => go(1));
  useShortcut("prevUnread", () => go(-1, isUnread));
  useShortcut("nextUnread", () => go(1, isUnread));
  useShortcut("mentions", () => go(1, (chat) => chat.mentions > 0));
  useShortcut("readAll", () => readAll(engine));
}

function visible(engine: Engine, activeId: string | undefined): ChatSummary[] {
  const prefs = decodeFolders(parse(engine.store.state.preferences.get("folders")));
  return chatsOf(arrange(engine.store.summaries(), useListStore.getState().view, prefs, times().locale, activeId));
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Marks one chat read. */
export function readChat(engine: Engine, chat: ChatSummary): void {
  const last = engine.store.chat(chat.id)?.lastSeq ?? chat.lastMessage?.seq ?? 0;
  if (chat.unread > 0 && last > 0) engine.markRead(chat.id, last);
  if (chat.settings.marked_unread) void engine.setChatSettings(chat.id, { marked_unread: false }).catch(() => undefined);
}

/** Marks every chat read; false when there was none unread. */
export function readAll(engine: Engine): boolean {
  const unread = engine.store.summaries().filter(isUnread);
  for (const chat of unread) readChat(engine, chat);
  return unread.length > 0;
}
