import { useQuery } from "@/hooks/query";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatId, Member } from "@wire";
import { useApi, useChat, useChatSummaries, useEngine } from "@/hooks";
import { useComposerPrefs } from "@/hooks/composerPrefs";
import { completeCommand } from "@/lib/commands";
import { type EmojiData, emojiLabel, emojiNow, loadEmoji, searchEmoji, withTone } from "@/lib/emoji";
import { safeLine, safeName } from "@/lib/text";
import type { ChatState } from "@/sync/types";
import { useDebounced } from "@/ui";
import { findTrigger, fitting, type Trigger } from "./completion";
import { emojiLanguage } from "./language";

/** One row of the popup. */
export interface Suggestion {
  readonly key: string;
  /** What is put into the text. */
  readonly insert: string;
  readonly label: string;
  readonly detail?: string;
  /** What stands before it: a person or room to draw, an emoji, or a sign. */
  readonly mark: { readonly kind: "person" | "room"; readonly seed: string | number } | { readonly kind: "sign"; readonly text: string };
}

export interface Suggestions {
  readonly trigger: Trigger;
  readonly items: readonly Suggestion[];
}

const SHOWN = 8;

/** What could be meant by what is being typed at the cursor; null when there is nothing to suggest. */
export function useSuggestions(chatId: ChatId, text: string, cursor: number): Suggestions | null {
  const trigger = useMemo(() => findTrigger(text, cursor), [text, cursor]);
  const people = usePeople(chatId, trigger?.sign === "@" ? trigger.query : null);
  const rooms = useRooms(trigger?.sign === "#" ? trigger.query : null);
  const emoji = useEmoji(trigger?.sign === ":" ? trigger.query : null);
  const commands = useCommands(chatId, trigger?.sign === "/" ? trigger.query : null);
  const items = { "@": people, "#": rooms, ":": emoji, "/": commands };
  return trigger && items[trigger.sign].length > 0 ? { trigger, items: items[trigger.sign] } : null;
}

const NONE: readonly Suggestion[] = [];

/** Members who can be mentioned, those who wrote last first, and `@here` and `@room` where they may be used. */
function usePeople(chatId: ChatId, query: string | null): readonly Suggestion[] {
  const { t } = useTranslation("composer");
  const engine = useEngine();
  const chat = useChat(chatId);
  const asked = query !== null;
  useEffect(() => {
    const now = engine.store.chat(chatId);
    if (asked && now && now.members.size < now.memberCount) void engine.loadMembers(chatId).catch(() => undefined);
  }, [engine, chatId, asked]);
  if (query === null || !chat) return NONE;
  const found = fitting(byActivity(chat), query, (member) => [member.username, member.display_name], SHOWN);
  const items = found.map((member): Suggestion => ({
    key: `u${member.user_id}`,
    insert: `@${member.username}`,
    label: safeName(member.display_name, member.username),
    detail: `@${member.username}`,
    mark: { kind: "person", seed: member.user_id },
  }));
  const all = (["here", "room"] as const)
    .filter((name) => name.startsWith(query.toLowerCase()) && chat.info.permissions.includes(`mention_${name}`))
    .map((name): Suggestion => ({
      key: name, insert: `@${name}`, label: `@${name}`, detail: t(`mention.${name}`), mark: { kind: "sign", text: "@" },
    }));
  return query === "" ? [...items.slice(0, SHOWN - all.length), ...all] : [...all, ...items];
}

function byActivity(chat: ChatState): Member[] {
  const last = new Map<number, number>();
  for (const { sender_id, seq } of chat.messages.values()) last.set(sender_id, Math.max(last.get(sender_id) ?? 0, seq));
  return [...chat.members.values()]
    .filter(({ role }) => role !== "blocked")
    .sort((a, b) => (last.get(b.user_id) ?? 0) - (last.get(a.user_id) ?? 0) || a.display_name.localeCompare(b.display_name));
}

/** Rooms one is in, then those of the directory. */
function useRooms(query: string | null): readonly Suggestion[] {
  const { t } = useTranslation("composer");
  const api = useApi();
  const summaries = useChatSummaries();
  const asked = useDebounced(query);
  const { data } = useQuery({
    queryKey: ["rooms", "suggested", asked],
    queryFn: () => api.rooms(asked ?? "", null, SHOWN),
    enabled: asked !== null,
    staleTime: 60_000,
    keepPrevious: true,
  });
  if (query === null) return NONE;
  const joined = summaries.filter(({ type }) => type === "room").map(({ id, title }) => ({ id, name: title, joined: true }));
  const known = new Set(joined.map(({ id }) => id));
  const others = (data?.rooms ?? []).filter(({ id }) => !known.has(id)).map(({ id, name }) => ({ id, name, joined: false }));
  return fitting([...joined, ...others], query, ({ id, name }) => [id, name], SHOWN).map(({ id, name, joined: member }) => ({
    key: id,
    insert: `#${id}`,
    label: `#${id}`,
    detail: member ? safeLine(name) : t("roomNotJoined", { name: safeLine(name) }),
    mark: { kind: "room", seed: id },
  }));
}

function useEmoji(query: string | null): readonly Suggestion[] {
  const { i18n } = useTranslation("composer");
  const [prefs] = useComposerPrefs();
  const [data, setData] = useState<EmojiData | null>(emojiNow);
  const language = emojiLanguage(i18n.language);
  const asked = query !== null;
  useEffect(() => {
    if (asked) void loadEmoji(language).then(setData, () => undefined);
  }, [asked, language]);
  if (query === null || !data) return NONE;
  return searchEmoji(data, query, SHOWN).map((entry): Suggestion => {
    const emoji = withTone(entry, prefs.skinTone);
    return { key: entry.emoji, insert: emoji, label: `:${entry.codes[0]}:`, detail: emojiLabel(data, entry, language), mark: { kind: "sign", text: emoji } };
  });
}

function useCommands(chatId: ChatId, query: string | null): readonly Suggestion[] {
  const { t } = useTranslation("composer");
  const info = useChat(chatId)?.info;
  if (query === null || !info) return NONE;
  return completeCommand(query, info.type, info.permissions).map(({ name, args }) => ({
    key: name,
    insert: `/${name}`,
    label: args === "none" ? `/${name}` : `/${name} ${t(`args.${name}`)}`,
    detail: t(`commands.${name}`),
    mark: { kind: "sign", text: "/" },
  }));
}
