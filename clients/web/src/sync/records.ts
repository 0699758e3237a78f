/** What the cache writes and how it is read back: everything is decoded, what is odd is dropped. */
import * as s from "@/lib/schemas";
// By name: taken apart, the namespace would bring the whole of zod with it.
import { flag, int, list, text, z } from "@/lib/schemas";
import type { ChatId } from "@wire";
import type { Entry } from "./entries";
import type { Intent } from "./intents";
import type { ChatInfo, ChatState, State } from "./types";

/** How many unread messages mention the caller, as the server said: most of them are not loaded. */
export interface MentionHint {
  readonly count: number;
  readonly readSeq: number;
  readonly lastSeq: number;
}

const info = z.object({
  id: text, type: s.chatKind, name: text, description: text, createdAt: text, peer: z.nullable(s.user), role: z.nullable(s.role),
  permissions: s.permissions, readSeq: int, settings: s.chatSettings, draft: z.nullable(s.draft),
}) satisfies s.Schema<ChatInfo>;

const chatRecord = z.object({
  id: text, info, rev: int, lastSeq: int, memberCount: int, members: list(s.member), messages: s.messages, deleted: flag,
  hint: z.nullable(z.object({ count: int, readSeq: int, lastSeq: int })), usedAt: int,
});
export type ChatRecord = s.z.infer<typeof chatRecord>;

const metaRecord = z.object({
  version: z.literal(1), me: z.nullable(int), accountRev: int, profile: z.nullable(s.user), scheduled: list(s.scheduledMessage),
  preferences: z.record(text, text),
});
export type MetaRecord = s.z.infer<typeof metaRecord>;

const action = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message"), content: text, messageType: s.messageType, replyTo: z.nullable(text) }),
  z.object({ type: z.literal("edit_message"), messageId: text, seq: int, content: text }),
  z.object({ type: z.literal("delete_message"), messageId: text, seq: int }),
  z.object({ type: z.literal("react"), messageId: text, seq: int, emoji: text, on: flag }),
]);
export const entryRecord = z.object({
  id: text, chatId: text, createdAt: int, state: z.enum(["waiting", "sending", "failed"]), error: z.nullable(s.apiError), action, tried: flag,
  sent: z.nullable(z.object({ messageId: text, seq: int, rev: int })), baseSeq: int,
}) satisfies s.Schema<Entry>;

export const intentRecord = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("draft"), at: int, chatId: text, content: text, replyTo: z.nullable(text) }),
  z.object({ kind: z.literal("read"), at: int, chatId: text, seq: int }),
  z.object({ kind: z.literal("delivered"), at: int, chatId: text, seq: int }),
  z.object({ kind: z.literal("preference"), at: int, name: text, value: z.nullable(text) }),
]) satisfies s.Schema<Intent>;

/** Reads a record; null when it is odd. */
export function readRecord<T>(schema: s.Schema<T>, value: unknown): T | null {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? (parsed.data as T) : null;
}

export const readMeta = (value: unknown): MetaRecord | null => readRecord<MetaRecord>(metaRecord, value);

/** Reads a chat; null when anything about it is odd: then it is synced afresh. */
export function readChat(value: unknown): ChatRecord | null {
  const record = readRecord<ChatRecord>(chatRecord, value);
  if (!record || record.id !== record.info.id || record.rev < 0) return null;
  const dense = record.messages.every((message, at) => message.seq === record.lastSeq - record.messages.length + 1 + at);
  return dense ? record : null;
}

export function chatFrom(record: ChatRecord): ChatState {
  return {
    info: record.info, rev: record.rev, lastSeq: record.lastSeq, memberCount: record.memberCount, deleted: record.deleted,
    members: new Map(record.members.map((member) => [member.user_id, member])),
    messages: new Map(record.messages.map((message) => [message.seq, message])),
  };
}

/** What to keep of a chat: its newest messages without a hole. `uncertain` ones may be out of date and are left out. */
export function recordOf(id: ChatId, chat: ChatState, keep: number, hint: MentionHint | null, usedAt: number, uncertain?: ReadonlySet<number>): ChatRecord {
  const messages = [];
  for (let seq = chat.lastSeq; messages.length < keep; seq--) {
    const message = chat.messages.get(seq);
    if (!message || uncertain?.has(seq)) break;
    messages.unshift(message);
  }
  const { rev, lastSeq, memberCount, deleted } = chat;
  return { id, info: { ...chat.info, permissions: [...chat.info.permissions] }, rev, lastSeq, memberCount, members: [...chat.members.values()], messages, deleted, hint, usedAt };
}

export function metaOf(state: State): MetaRecord {
  const { me, accountRev, profile } = state;
  return { version: 1, me, accountRev, profile, scheduled: [...state.scheduled.values()], preferences: Object.fromEntries(state.preferences) };
}
