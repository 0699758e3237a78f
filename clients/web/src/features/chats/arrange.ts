/** Which chats the list shows, in which order and parts. */
import type { ChatSummary } from "@/sync/types";
import type { FolderPrefs, Section } from "./folders";

/** What is chosen above the list: a built-in view or a folder's id. */
export type View = "all" | "unread" | "direct" | (string & {});

/** A line of the list. */
export type Row =
  | { readonly type: "section"; readonly section: Section; readonly count: number; readonly open: boolean }
  | { readonly type: "chat"; readonly chat: ChatSummary };

export const isUnread = (chat: ChatSummary): boolean => chat.unread > 0 || chat.settings.marked_unread;

/** The rows of a view: favourites, the others, and in "all" the archive. `keep` stays in "unread" though it was just read. */
export function arrange(chats: readonly ChatSummary[], view: View, prefs: FolderPrefs, locale: string, keep?: string): Row[] {
  const shown = sorted(chats.filter(inView(view, prefs, keep)), prefs, locale);
  if (view !== "all") return shown.map(row);
  const archived = shown.filter((chat) => chat.settings.archived);
  const present = shown.filter((chat) => !chat.settings.archived);
  const favourites = present.filter((chat) => chat.settings.favourite);
  const others = present.filter((chat) => !chat.settings.favourite);
  return [...part("favourites", favourites, prefs), ...others.map(row), ...part("archived", archived, prefs)];
}

const row = (chat: ChatSummary): Row => ({ type: "chat", chat });

function part(section: Section, chats: readonly ChatSummary[], prefs: FolderPrefs): Row[] {
  if (chats.length === 0) return [];
  const open = !prefs.closed.includes(section);
  return [{ type: "section", section, count: chats.length, open }, ...(open ? chats.map(row) : [])];
}

function inView(view: View, prefs: FolderPrefs, keep: string | undefined): (chat: ChatSummary) => boolean {
  // One who only looks into a room has it open, but not in the list.
  const mine = (chat: ChatSummary) => chat.role !== null;
  switch (view) {
    case "all":
      return mine;
    case "unread":
      return (chat) => mine(chat) && !chat.settings.archived && (isUnread(chat) || chat.id === keep);
    case "direct":
      return (chat) => mine(chat) && !chat.settings.archived && chat.type === "direct";
    default: {
      const chosen = new Set(prefs.folders.find((folder) => folder.id === view)?.chats);
      return (chat) => mine(chat) && chosen.has(chat.id);
    }
  }
}

function sorted(chats: ChatSummary[], prefs: FolderPrefs, locale: string): ChatSummary[] {
  if (prefs.sort === "recent") return chats.sort((a, b) => b.activeAt - a.activeAt);
  const names = new Intl.Collator(locale, { sensitivity: "base", numeric: true });
  return chats.sort((a, b) => names.compare(a.title, b.title));
}

/** The chats of the rows in order. */
export const chatsOf = (rows: readonly Row[]): ChatSummary[] => rows.flatMap((line) => (line.type === "chat" ? [line.chat] : []));

/** The chat before (-1) or after (1) the active one, or the nearest that fulfils `want`; goes round at the ends. */
export function neighbour(chats: readonly ChatSummary[], active: string | undefined, by: -1 | 1, want: (chat: ChatSummary) => boolean = () => true): ChatSummary | undefined {
  const at = chats.findIndex((chat) => chat.id === active);
  const begin = at < 0 ? (by > 0 ? -1 : chats.length) : at;
  for (let step = 1; step <= chats.length; step++) {
    const chat = chats[(((begin + by * step) % chats.length) + chats.length) % chats.length];
    if (chat && chat.id !== active && want(chat)) return chat;
  }
  return undefined;
}
