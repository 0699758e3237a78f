/** What a list of chats shows, computed anew only for the chats that changed. */
import type * as W from "@wire";
import type { Entry } from "./entries";
import type { MentionHint } from "./records";
import type { ChatState, ChatSummary } from "./types";

/** How many messages are unread: those after the newest one read. Nothing but new messages makes a chat unread. */
function unreadOf(chat: ChatState): number {
  return chat.info.role === null ? 0 : Math.max(0, chat.lastSeq - chat.info.readSeq);
}

/** How many unread messages mention the caller: what the server counted, and the loaded ones after that. */
function mentionsOf(chat: ChatState, me: W.UserId | null, hint: MentionHint | undefined): number {
  if (me === null || !unreadOf(chat)) return 0;
  const { readSeq } = chat.info;
  const counted = hint !== undefined && hint.readSeq === readSeq && hint.lastSeq > readSeq;
  const from = counted ? hint.lastSeq : readSeq;
  let count = counted ? hint.count : 0;
  const look = (message: W.Message | undefined) => {
    if (message && message.seq > from && message.sender_id !== me && (message.mentions.includes(me) || message.mention_all != null)) count += 1;
  };
  if (chat.lastSeq - from > chat.messages.size) chat.messages.forEach(look);
  else for (let seq = from + 1; seq <= chat.lastSeq; seq++) look(chat.messages.get(seq));
  return count;
}

export function summaryOf(chat: ChatState, me: W.UserId | null, entries: readonly Entry[], hint: MentionHint | undefined, now: number): ChatSummary {
  const { info } = chat;
  const lastMessage = chat.messages.get(chat.lastSeq) ?? null;
  const unsent = entries.filter((entry) => !entry.sent);
  const written = entries.filter((entry) => entry.action.type === "message").map((entry) => entry.createdAt);
  const mutedUntil = info.settings.muted_until;
  return {
    id: info.id, type: info.type, title: info.name || info.peer?.display_name || info.id, peer: info.peer, lastMessage,
    unread: unreadOf(chat), mentions: mentionsOf(chat, me, hint), settings: info.settings,
    muted: mutedUntil != null && Date.parse(mutedUntil) > now,
    draft: info.draft?.content ? info.draft : null, role: info.role, permissions: info.permissions, memberCount: chat.memberCount,
    activeAt: Math.max(Date.parse(lastMessage?.timestamp ?? info.createdAt) || 0, ...written),
    pending: unsent.some((entry) => entry.state === "failed") ? "failed" : unsent.length ? "waiting" : "none",
  };
}

/** Whether nothing that is shown differs. */
export function sameSummary(a: ChatSummary, b: ChatSummary): boolean {
  return (Object.keys(a) as (keyof ChatSummary)[]).every((key) => Object.is(a[key], b[key]));
}

/** Newest activity first. */
export const byActivity = (a: ChatSummary, b: ChatSummary): number => b.activeAt - a.activeAt || (a.id < b.id ? -1 : 1);
