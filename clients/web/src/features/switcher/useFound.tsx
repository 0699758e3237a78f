import { useApi, useChatSummaries, useMe } from "@/hooks";
import { isBound, runShortcut, SHORTCUTS, shortcutText } from "@/lib/keys";
import { safeName } from "@/lib/text";
import { times } from "@/lib/time";
import type { ChatSummary } from "@/sync/types";
import { Avatar, useDebounced } from "@/ui";
import { useQuery } from "@/hooks/query";
import type { RoomEntry, User } from "@wire";
import { CalendarDays, CalendarClock, Hash, Settings, Zap } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { parseDay } from "./dates";
import { rank } from "./fuzzy";

/** Where a choice leads. */
export type Goal =
  | { readonly type: "chat"; readonly id: string }
  | { readonly type: "person"; readonly username: string }
  | { readonly type: "settings"; readonly section: string | undefined }
  | { readonly type: "page"; readonly to: "/rooms" | "/scheduled" }
  | { readonly type: "day"; readonly day: Date }
  | { readonly type: "run"; readonly run: () => void };

/** A line of the switcher. */
export interface Found {
  readonly key: string;
  readonly title: string;
  readonly note?: string;
  readonly icon: ReactNode;
  readonly shortcut?: string;
  readonly badge?: number;
  readonly goal: Goal;
}

export interface Group {
  readonly id: "unread" | "recent" | "chats" | "people" | "rooms" | "commands" | "dates";
  readonly items: readonly Found[];
}

const SECTIONS = ["profile", "account", "sessions", "appearance", "notifications", "keyboard", "language"] as const;
/** These are not for a list of commands: they move or write where the caret stands. */
const NOT_COMMANDS = new Set(["switcher", "settings", "historyBack", "historyForward", "prevChat", "nextChat", "focusComposer", "readChat"]);
const SHOWN = { chats: 12, recent: 8, others: 6 };

/** Everything that fits what was typed, in groups; unread chats first. */
export function useFound(text: string, chatId: string | undefined, onCreate: () => void): { groups: readonly Group[]; searching: boolean } {
  const query = text.trim();
  const settled = useDebounced(query);
  const chats = useChatGroups(query, chatId);
  const people = usePeople(settled);
  const rooms = useRooms(settled);
  const commands = useCommands(query, onCreate);
  const dates = useDates(query, chatId);
  const groups: Group[] = [...dates, ...chats, { id: "people", items: query ? people.items : [] }, { id: "rooms", items: query ? rooms.items : [] }, { id: "commands", items: commands }];
  return { groups: groups.filter((group) => group.items.length > 0), searching: query !== "" && (settled !== query || people.searching || rooms.searching) };
}

function useChatGroups(query: string, chatId: string | undefined): Group[] {
  const { t } = useTranslation("chats");
  const all = useChatSummaries().filter((chat) => chat.role !== null && (query !== "" || (chat.id !== chatId && !chat.settings.archived)));
  const line = (chat: ChatSummary): Found => {
    const title = safeName(chat.title, t("unnamed"));
    const kind = chat.type === "direct" ? "person" : chat.type;
    return {
      key: `chat:${chat.id}`,
      title,
      ...(chat.peer && { note: `@${chat.peer.username}` }),
      icon: <Avatar name={title} seed={chat.peer?.id ?? chat.id} kind={kind} size="xs" />,
      ...(chat.unread > 0 && { badge: chat.unread }),
      goal: { type: "chat", id: chat.id },
    };
  };
  if (query !== "") {
    const asked = query.replace(/^[#@]/, "");
    const found = rank(asked, all, (chat) => [chat.title, chat.peer?.username ?? "", chat.type === "room" ? chat.id : ""], (chat) => (chat.unread > 0 && !chat.muted ? 15 : 0));
    return [{ id: "chats", items: found.slice(0, SHOWN.chats).map(line) }];
  }
  const unread = all.filter((chat) => chat.unread > 0 && !chat.muted);
  const recent = all.filter((chat) => !unread.includes(chat));
  return [
    { id: "unread", items: unread.slice(0, SHOWN.recent).map(line) },
    { id: "recent", items: recent.slice(0, SHOWN.recent).map(line) },
  ];
}

function usePeople(query: string): { items: Found[]; searching: boolean } {
  const api = useApi();
  const me = useMe();
  const known = new Set(useChatSummaries().flatMap((chat) => chat.peer?.id ?? []));
  const asked = query.replace(/^@/, "");
  const { data, isFetching } = useQuery({ queryKey: ["find-users", asked], queryFn: () => api.findUsers(asked, 20), enabled: asked !== "" && !query.startsWith("#"), keepPrevious: true });
  const people = asked === "" ? [] : (data ?? []).filter((user: User) => user.id !== me && !known.has(user.id));
  const items = people.slice(0, SHOWN.others).map((user: User): Found => {
    const title = safeName(user.display_name, user.username);
    return { key: `user:${user.id}`, title, note: `@${user.username}`, icon: <Avatar name={title} seed={user.id} size="xs" />, goal: { type: "person", username: user.username } };
  });
  return { items, searching: isFetching };
}

function useRooms(query: string): { items: Found[]; searching: boolean } {
  const api = useApi();
  const asked = query.replace(/^#/, "");
  const { data, isFetching } = useQuery({ queryKey: ["find-rooms", asked], queryFn: () => api.rooms(asked, null, 20), enabled: asked !== "" && !query.startsWith("@"), keepPrevious: true });
  const rooms = asked === "" ? [] : (data?.rooms ?? []).filter((room: RoomEntry) => !room.joined);
  const items = rooms.slice(0, SHOWN.others).map((room: RoomEntry): Found => {
    const title = safeName(room.name, room.id);
    return { key: `room:${room.id}`, title, note: `#${room.id}`, icon: <Avatar name={title} seed={room.id} kind="room" size="xs" />, goal: { type: "chat", id: room.id } };
  });
  return { items, searching: isFetching };
}

function useCommands(query: string, onCreate: () => void): Found[] {
  const { t } = useTranslation("chats");
  const pages: Found[] = [
    { key: "new", title: t("newChat"), icon: <Zap />, goal: { type: "run", run: onCreate } },
    { key: "rooms", title: t("switcher.goRooms"), icon: <Hash />, goal: { type: "page", to: "/rooms" } },
    { key: "scheduled", title: t("switcher.goScheduled"), icon: <CalendarClock />, goal: { type: "page", to: "/scheduled" } },
    ...SECTIONS.map((section): Found => ({ key: `settings:${section}`, title: t("switcher.goSettings", { section: t(`settingsSection.${section}`) }), icon: <Settings />, goal: { type: "settings", section } })),
  ];
  const actions = SHORTCUTS.filter(({ id }) => isBound(id) && !NOT_COMMANDS.has(id)).map(
    ({ id, labelKey }): Found => ({ key: `do:${id}`, title: t(labelKey), icon: <Zap />, shortcut: shortcutText(id), goal: { type: "run", run: () => void runShortcut(id) } }),
  );
  const all = [...pages, ...actions];
  return query === "" ? [pages[0]!, pages[1]!] : rank(query.replace(/^[>/]/, ""), all, (item) => [item.title]).slice(0, query.startsWith(">") ? all.length : SHOWN.others);
}

function useDates(query: string, chatId: string | undefined): Group[] {
  const { t } = useTranslation("chats");
  const now = new Date();
  const day = chatId === undefined ? null : parseDay(query, now);
  if (!day) return [];
  return [{ id: "dates", items: [{ key: "day", title: t("switcher.jumpTo", { day: times().day(day, now.getTime()) }), icon: <CalendarDays />, goal: { type: "day", day } }] }];
}
