/** Everything the server says is read here: what is not understood is dropped, and nothing else comes of it. */
import * as s from "@/lib/schemas";
// By name: taken apart, the namespace would bring the whole of zod with it.
import { flag, int, list, maybe, text, z } from "@/lib/schemas";
import type * as W from "@wire";
import type { Received } from "./wire";

type ByType<U extends { type: string }> = { [T in U["type"]]: s.Schema<Extract<U, { type: T }>> };

const tag = <T extends string>(type: T) => z.literal(type);
const inChat = { chat_id: text, rev: int };
const ofMessage = { ...inChat, message_id: text, seq: int };

const chatEvents = {
  chat_created: z.object({ type: tag("chat_created"), ...inChat, kind: s.chatKind, name: text, description: text, by: z.nullable(int), timestamp: text }),
  chat_updated: z.object({ type: tag("chat_updated"), ...inChat, name: text, description: text, by: int, timestamp: text }),
  chat_deleted: z.object({ type: tag("chat_deleted"), ...inChat, by: int, timestamp: text }),
  member_changed: z.object({
    type: tag("member_changed"), ...inChat, change: z.enum(["joined", "added", "left", "removed", "role"]), member: s.member, by: int, timestamp: text,
  }),
  new_message: z.object({ type: tag("new_message"), ...inChat, message: s.message }),
  message_edited: z.object({
    type: tag("message_edited"), ...ofMessage, content: text, mentions: list(int), mention_all: maybe(s.mentionAll), edited_at: text,
  }),
  message_deleted: z.object({ type: tag("message_deleted"), ...ofMessage, deleted_by: int, deleted_at: text }),
  reaction_changed: z.object({ type: tag("reaction_changed"), ...ofMessage, emoji: text, user_id: int, added: flag }),
  pin_changed: z.object({ type: tag("pin_changed"), ...ofMessage, pinned: flag, by: int }),
} satisfies ByType<W.ChatEvent>;

const inAccount = { account_rev: int };
const ownMarker = z.object({ type: tag("read_marker"), ...inAccount, chat_id: text, user_id: int, seq: int });
const accountEvents = {
  chat_joined: z.object({ type: tag("chat_joined"), ...inAccount, chat: s.chat }),
  chat_left: z.object({ type: tag("chat_left"), ...inAccount, chat_id: text }),
  read_marker: ownMarker,
  draft_changed: z.object({ type: tag("draft_changed"), ...inAccount, chat_id: text, draft: z.nullable(s.draft) }),
  chat_settings_changed: z.object({ type: tag("chat_settings_changed"), ...inAccount, chat_id: text, settings: s.chatSettings }),
  profile_changed: z.object({ type: tag("profile_changed"), ...inAccount, user: s.user }),
  scheduled_changed: z.object({ type: tag("scheduled_changed"), ...inAccount, scheduled_id: text, scheduled: z.nullable(s.scheduledMessage) }),
  preference_changed: z.object({ type: tag("preference_changed"), ...inAccount, name: text, value: z.nullable(text) }),
} satisfies ByType<W.AccountEvent>;

const marker = { chat_id: text, user_id: int, seq: int };
const passingEvents = {
  typing: z.object({ type: tag("typing"), chat_id: text, user_id: int, username: text, active: flag }),
  presence: z.object({ type: tag("presence"), user_id: int, status: s.presenceStatus, last_seen: maybe(text) }),
  presence_state: z.object({ type: tag("presence_state"), chat_id: text, users: list(s.presence), guests: int }),
  read_marker: z.object({ type: tag("read_marker"), ...marker }),
  delivery_marker: z.object({ type: tag("delivery_marker"), ...marker }),
  profile: z.object({ type: tag("profile"), user: s.user }),
} satisfies ByType<W.PassingEvent>;

const answers = {
  auth_success: z.object({
    type: tag("auth_success"), user_id: z.nullable(int), username: text, expires_in: int, session_id: maybe(text), account_rev: int,
    guest: z.optional(flag), access_token: maybe(text), refresh_token: maybe(text), user: maybe(s.user),
  }),
  logged_out: z.object({ type: tag("logged_out") }),
  pong: z.object({ type: tag("pong"), timestamp: text }),
  ack: z.object({ type: tag("ack"), ...inChat, message_id: maybe(text), seq: maybe(int), timestamp: text }),
  message: z.object({ type: tag("message"), message: s.message }),
  history: z.object({ type: tag("history"), chat_id: text, messages: s.messages, has_more: flag }),
  versions: z.object({ type: tag("versions"), versions: list(s.messageVersion) }),
  readers: z.object({ type: tag("readers"), readers: list(s.reader) }),
  pins: z.object({ type: tag("pins"), messages: s.messages }),
  mark_read_ack: z.object({ type: tag("mark_read_ack"), chat_id: text, seq: int, unread: int }),
  unread_state: z.object({ type: tag("unread_state"), dialogs: int, counts: z.record(text, int) }),
  ok: z.object({ type: tag("ok") }),
  chat: z.object({ type: tag("chat"), chat: s.chat }),
  chats: z.object({ type: tag("chats"), chats: list(s.chat), account_rev: int }),
  rooms: z.object({ type: tag("rooms"), rooms: list(s.roomEntry), next: s.next }),
  members: z.object({ type: tag("members"), members: s.members, next: s.next }),
  member: z.object({ type: tag("member"), member: s.member }),
  invite: z.object({ type: tag("invite"), invite: s.invite }),
  invites: z.object({ type: tag("invites"), invites: list(s.invite) }),
  invite_preview: z.object({ type: tag("invite_preview"), invite: s.invitePreview }),
  draft: z.object({ type: tag("draft"), draft: z.nullable(s.draft) }),
  scheduled: z.object({ type: tag("scheduled"), scheduled: s.scheduledMessage }),
  scheduled_list: z.object({ type: tag("scheduled_list"), scheduled: list(s.scheduledMessage) }),
  preferences: z.object({ type: tag("preferences"), preferences: z.record(text, text), account_rev: int }),
  account: z.object({ type: tag("account"), account: s.account }),
  user: z.object({ type: tag("user"), user: s.user }),
  users: z.object({ type: tag("users"), users: s.users }),
  sessions: z.object({ type: tag("sessions"), sessions: list(s.session) }),
  reset: z.object({ type: tag("reset"), ...inChat, chat: s.chat, messages: s.messages, has_more: flag }),
  account_reset: z.object({ type: tag("account_reset"), chats: list(s.chat), account_rev: int }),
  sync_done: z.object({ type: tag("sync_done"), account: maybe(int), chats: z.record(text, int), gone: z.optional(list(text)) }),
} satisfies ByType<W.Answer>;

/** What became of a text from the server. */
export type Decoded =
  | Received
  /** A newer server's word; passed over. */
  | { readonly kind: "unknown"; readonly skip?: Received | undefined }
  /** Not what it says it is; `id` when a command waits for it. */
  | { readonly kind: "malformed"; readonly type: string; readonly id?: string | undefined; readonly skip?: Received | undefined };

/** Reads one text frame. Never throws. */
export function decode(frame: string): Decoded {
  let json: unknown;
  try {
    json = JSON.parse(frame);
  } catch {
    return { kind: "malformed", type: "?" };
  }
  return decodeJson(json);
}

/** Reads one frame that is JSON already. Never throws. */
export function decodeJson(json: unknown): Decoded {
  if (typeof json !== "object" || json === null || !("type" in json) || typeof json.type !== "string") return { kind: "malformed", type: "?" };
  const { type } = json;
  const id = "id" in json && typeof json.id === "string" ? json.id : undefined;
  const skip = id === undefined ? placeOf(json) : undefined;
  const malformed = { kind: "malformed", type, id, ...(skip && { skip }) } as const;
  if (type === "read_marker" && !("account_rev" in json && json.account_rev != null)) return passing(type, json) ?? malformed;
  const event = read(chatEvents, type, json);
  if (event !== undefined) return event ? { kind: "chat", event: event as W.ChatEvent } : malformed;
  const own = read(accountEvents, type, json);
  if (own !== undefined) return own ? { kind: "account", event: own as W.AccountEvent } : malformed;
  if (Object.hasOwn(passingEvents, type)) return passing(type, json) ?? malformed;
  const answer = read(answers, type, json);
  if (answer !== undefined) return answer ? { kind: "answer", answer: answer as W.Answer, id } : malformed;
  if (type === "error") {
    const error = z.safeParse(s.apiError, json);
    return error.success ? { kind: "error", error: error.data, id } : malformed;
  }
  return { kind: "unknown", ...(skip && { skip }) };
}

const place = z.union([
  z.pipe(z.object({ account_rev: int }), z.transform(({ account_rev }): Received => ({ kind: "skip", chatId: null, rev: account_rev }))),
  z.pipe(z.object({ chat_id: text, rev: int }), z.transform(({ chat_id, rev }): Received => ({ kind: "skip", chatId: chat_id, rev }))),
]);

/** The place in a log that an event has taken, whatever it says. */
function placeOf(json: object): Received | undefined {
  const parsed = z.safeParse(place, json);
  return parsed.success ? parsed.data : undefined;
}

function passing(type: string, json: object): Received | null {
  const event = read(passingEvents, type, json);
  return event ? { kind: "passing", event: event as W.PassingEvent } : null;
}

/** The value; null when it is malformed; undefined when the table does not know the type. */
function read<T extends Record<string, s.Schema<unknown>>>(table: T, type: string, json: object): unknown {
  if (!Object.hasOwn(table, type)) return undefined;
  const parsed = z.safeParse(table[type]!, json);
  return parsed.success ? parsed.data : null;
}
