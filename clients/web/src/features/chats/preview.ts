/** The second line of a chat in the list, and its badge. Pure; words come from the caller. */
import { plainText } from "@/lib/markdown";
import type { Level } from "@/lib/notify";
import { safeLine } from "@/lib/text";
import type { ChatSummary, Typist } from "@/sync/types";
import type { UserId } from "@wire";

const CHARS = 120;

export type Preview =
  | { readonly kind: "typing"; readonly names: readonly string[] }
  | { readonly kind: "draft"; readonly text: string }
  | { readonly kind: "message"; readonly from: "me" | "other" | null; readonly senderId: UserId; readonly sender: string; readonly text: string; readonly emote: boolean }
  | { readonly kind: "deleted" }
  | { readonly kind: "empty" };

/** What is said of a chat: who writes, else one's draft (not where one is writing it), else the last message. */
export function previewOf(chat: ChatSummary, me: UserId | null, typing: readonly Typist[], active: boolean): Preview {
  const others = typing.filter((typist) => typist.userId !== me);
  if (others.length > 0) return { kind: "typing", names: others.map((typist) => typist.username) };
  const draft = active ? "" : safeLine(chat.draft?.content.slice(0, CHARS * 4) ?? "");
  if (draft !== "") return { kind: "draft", text: draft.slice(0, CHARS) };
  const message = chat.lastMessage;
  if (!message) return { kind: "empty" };
  if (message.deleted) return { kind: "deleted" };
  const emote = message.message_type === "emote";
  const from = message.sender_id === me ? "me" : chat.type === "direct" && !emote ? null : "other";
  return { kind: "message", from, senderId: message.sender_id, sender: message.sender_username, text: safeLine(plainText(message.content, CHARS)), emote };
}

export type RowBadge = { readonly kind: "number" | "muted" | "mention"; readonly count: number } | { readonly kind: "dot" } | null;

/** A number where every message counts, `@` for mentions, a dot for the rest; grey where nothing notifies. */
export function badgeOf(chat: ChatSummary, level: Level): RowBadge {
  const quiet = chat.muted || level === "none";
  if (chat.mentions > 0 && !quiet) return { kind: "mention", count: chat.mentions };
  if (chat.unread > 0) {
    if (quiet) return { kind: "muted", count: chat.unread };
    return level === "mentions" && chat.type !== "direct" ? { kind: "dot" } : { kind: "number", count: chat.unread };
  }
  return chat.settings.marked_unread ? { kind: "dot" } : null;
}
