/** What the wire's types look like at run time. Everything from outside is read through these: frames, REST answers, the cache. */
import * as z from "zod/mini";
import type * as W from "@wire";
import { ERROR_CODES } from "@wire";

// Schemas must not compile themselves with `new Function`: the content security policy forbids it.
z.config({ jitless: true });

/** A schema of a wire type; `satisfies` keeps each in step with the generated types. */
export type Schema<T> = z.ZodMiniType<T>;

const int = z.int();
const text = z.string();
const flag = z.boolean();
const maybe = <T extends z.core.SomeType>(of: T) => z.optional(z.nullable(of));
/** A list that may be left out. */
const list = <T extends z.core.SomeType>(of: T) => z.array(of);

export const chatKind = z.enum(["direct", "group", "channel", "room"]) satisfies Schema<W.ChatKind>;
export const role = z.enum(["owner", "admin", "member", "viewer", "blocked"]) satisfies Schema<W.Role>;
const mentionAll = z.enum(["here", "room"]) satisfies Schema<W.MentionAll>;
const messageType = z.enum(["text", "emote"]) satisfies Schema<W.MessageType>;
export const presenceStatus = z.enum(["online", "away", "dnd", "offline"]) satisfies Schema<W.PresenceStatus>;
const errorCode = z.enum(Object.keys(ERROR_CODES) as [W.ErrorCode]) satisfies Schema<W.ErrorCode>;

const PERMISSIONS: Record<W.Permission, true> = {
  read: true, list_members: true, write: true, edit_own: true, delete_own: true, delete_any: true, react: true,
  pin: true, mention_here: true, mention_room: true, invite: true, add_member: true, manage_members: true,
  edit_chat: true, delete_chat: true, transfer_ownership: true, join: true, leave: true,
};
/** A newer server's permissions that this client does not know are passed over. */
export const permissions = z.pipe(
  list(text),
  z.transform((names: string[]) => names.filter((name): name is W.Permission => Object.hasOwn(PERMISSIONS, name))),
) satisfies Schema<W.Permission[]>;

export const apiError = z.object({
  code: errorCode, message: text, field: maybe(text), retry_after_ms: maybe(int),
}) satisfies Schema<W.ApiError>;

export const user = z.object({
  id: int, username: text, display_name: text, bio: z.optional(text), status_text: maybe(text),
  status_emoji: maybe(text), created_at: text, last_seen: maybe(text),
}) satisfies Schema<W.User>;

export const account = z.object({
  user, email: maybe(text), server_role: z.enum(["owner", "admin", "user"]), account_rev: int,
}) satisfies Schema<W.Account>;

export const member = z.object({
  user_id: int, username: text, display_name: text, role, joined_at: text, read_seq: int,
  delivered_seq: z._default(int, 0),
}) satisfies Schema<W.Member>;

export const message = z.object({
  id: text, seq: int, sender_id: int, sender_username: text, content: text, message_type: messageType,
  timestamp: text, reply_to: z.nullable(text), mentions: list(int), mention_all: maybe(mentionAll),
  reactions: z.record(text, list(int)), edited: flag, edited_at: z.nullable(text), deleted: flag,
  deleted_at: maybe(text), deleted_by: maybe(int), pinned: z.optional(flag),
}) satisfies Schema<W.Message>;

export const chatSettings = z.object({
  muted_until: maybe(text), archived: flag, favourite: flag, marked_unread: flag,
}) satisfies Schema<W.ChatSettings>;

export const draft = z.object({ content: text, reply_to: maybe(text), updated_at: text }) satisfies Schema<W.Draft>;

export const chat = z.object({
  id: text, type: chatKind, name: text, description: text, created_at: text, rev: int, last_seq: int,
  member_count: int, peer: maybe(user), role: maybe(role), permissions, read_seq: int, unread: int, mentions: int,
  last_message: maybe(message), settings: chatSettings, draft: maybe(draft),
}) satisfies Schema<W.Chat>;

export const roomEntry = z.object({
  id: text, name: text, description: text, member_count: int, joined: flag,
}) satisfies Schema<W.RoomEntry>;

export const invite = z.object({
  code: text, chat_id: text, created_by: int, created_at: text, expires_at: maybe(text), max_uses: maybe(int),
  uses: int, role,
}) satisfies Schema<W.Invite>;

export const invitePreview = z.object({
  code: text, chat_name: text, type: chatKind, member_count: int, invited_by: text, expires_at: maybe(text),
}) satisfies Schema<W.InvitePreview>;

export const scheduledMessage = z.object({
  id: text, chat_id: text, content: text, message_type: messageType, reply_to: maybe(text), send_at: text,
  failed: maybe(errorCode),
}) satisfies Schema<W.ScheduledMessage>;

export const session = z.object({
  id: text, device: text, ip: text, created_at: text, last_used_at: text, expires_at: text, current: flag,
}) satisfies Schema<W.Session>;

export const presence = z.object({
  user_id: int, status: presenceStatus, last_seen: maybe(text),
}) satisfies Schema<W.Presence>;

export const reader = z.object({ user_id: int, username: text, display_name: text }) satisfies Schema<W.Reader>;
export const messageVersion = z.object({ content: text, timestamp: text }) satisfies Schema<W.MessageVersion>;

export const tokenAnswer = z.object({
  user, access_token: text, refresh_token: text, expires_in: int,
}) satisfies Schema<W.TokenAnswer>;
export const guestToken = z.object({ access_token: text, expires_in: int }) satisfies Schema<W.GuestToken>;

export const passwordRules = z.object({
  min_length: int, max_bytes: int, rules: list(text),
}) satisfies Schema<W.PasswordRules>;

export const clientConfig = z.object({
  usernameMaxLength: int, chatMessageMaxLength: int, chatNameMaxLength: int, chatRoomSlugRegex: text,
  mediaUrlTtlSeconds: int, mediaMode: text, registration: z.enum(["open", "invite", "closed"]), guests: flag,
  setupRequired: flag, version: text,
}) satisfies Schema<W.ClientConfig>;

export const messages = list(message);
export const members = list(member);
export const users = list(user);
export const next = maybe(text);
export { z, int, text, flag, maybe, list, mentionAll, messageType };
