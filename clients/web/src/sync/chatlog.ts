/** Folding the log of one chat. The same rules as the reference reducer in `crates/client`, and held to its vectors. */
import type * as W from "@wire";
import type { ChatInfo, ChatState } from "./types";

/** What became of an event. */
export type Applied = "applied" | "duplicate" | "gap" | "unknown";

/** An event is applied only when its number is the next one. */
export function check(have: number, got: number): Applied {
  return got <= have ? "duplicate" : got === have + 1 ? "applied" : "gap";
}

/** What a freshly read chat says of itself for the caller. */
function infoOf(chat: W.Chat): ChatInfo {
  return {
    id: chat.id, type: chat.type, name: chat.name, description: chat.description, createdAt: chat.created_at,
    peer: chat.peer ?? null, role: chat.role ?? null, permissions: chat.permissions, readSeq: chat.read_seq,
    settings: chat.settings, draft: chat.draft ?? null,
  };
}

/** A chat with nothing loaded but its newest message. */
export function chatOf(chat: W.Chat): ChatState {
  const last = chat.last_message;
  return {
    info: infoOf(chat), rev: chat.rev, lastSeq: chat.last_seq, memberCount: chat.member_count,
    members: new Map(), messages: new Map(last ? [[last.seq, last]] : []), deleted: false,
  };
}

/** The chat that its first event makes; null for any other event. */
export function createdBy(event: W.ChatEvent): ChatState | null {
  if (event.type !== "chat_created" || event.rev !== 1) return null;
  return {
    info: {
      id: event.chat_id, type: event.kind, name: event.name, description: event.description, createdAt: event.timestamp,
      peer: null, role: null, permissions: [], readSeq: 0, settings: { archived: false, favourite: false, marked_unread: false }, draft: null,
    },
    rev: 1, lastSeq: 0, memberCount: 0, members: new Map(), messages: new Map(), deleted: false,
  };
}

/** Takes what of a freshly read chat is the caller's own. What the log tells is left to the log. */
export function loadOwn(state: ChatState, chat: W.Chat): void {
  const { peer, role, permissions, settings, draft } = infoOf(chat);
  state.info = { ...state.info, peer, role, permissions, settings, draft, readSeq: Math.max(state.info.readSeq, chat.read_seq) };
}

/** The caller has read up to a message; reading never goes back. */
export function readUpTo(chat: ChatState, me: W.UserId, seq: number): void {
  if (seq > chat.info.readSeq) chat.info = { ...chat.info, readSeq: seq };
  progress(chat, me, seq, seq);
}

/** Someone has read and received up to messages; none of it ever goes back. */
export function progress(chat: ChatState, userId: W.UserId, readSeq: number, deliveredSeq: number): boolean {
  const known = chat.members.get(userId);
  if (!known) return false;
  const moved = moveOn(known, readSeq, deliveredSeq);
  if (moved !== known) chat.members.set(userId, moved);
  return moved !== known;
}

function moveOn(known: W.Member, readSeq: number, deliveredSeq: number): W.Member {
  const read = Math.max(known.read_seq, readSeq);
  const delivered = Math.max(known.delivered_seq, deliveredSeq, readSeq);
  if (read === known.read_seq && delivered === (known.delivered_seq)) return known;
  return { ...known, read_seq: read, delivered_seq: delivered };
}

/** Adds a page of messages. Those that are here stay: the log has kept them current, the page may be older. */
export function addMessages(chat: ChatState, messages: readonly W.Message[]): void {
  for (const message of messages) {
    const kept = chat.messages.get(message.seq);
    if (!kept || (message.deleted && !kept.deleted)) chat.messages.set(message.seq, message);
  }
}

/** Adds a page of members. */
export function addMembers(chat: ChatState, members: readonly W.Member[]): void {
  for (const member of members) {
    if (!chat.members.has(member.user_id)) chat.members.set(member.user_id, member);
    progress(chat, member.user_id, member.read_seq, member.delivered_seq);
  }
}

/** Folds the next event into a chat. */
export function foldChat(chat: ChatState, me: W.UserId | null, event: W.ChatEvent): Applied {
  const applied = check(chat.rev, event.rev);
  if (applied === "applied") {
    chat.rev = event.rev;
    fold(chat, me, event);
  }
  return applied;
}

function fold(chat: ChatState, me: W.UserId | null, event: W.ChatEvent): void {
  switch (event.type) {
    case "chat_created":
      chat.info = { ...chat.info, type: event.kind, name: event.name, description: event.description, createdAt: event.timestamp };
      return;
    case "chat_updated":
      chat.info = { ...chat.info, name: event.name, description: event.description };
      return;
    case "chat_deleted":
      chat.deleted = true;
      return;
    case "member_changed":
      return foldMember(chat, me, event.change, event.member);
    case "new_message":
      return foldMessage(chat, me, event.message);
    default: {
      // Of a stub nothing changes any more: a replay materialises present state, so an edit may come after it.
      const message = chat.messages.get(event.seq);
      if (message) chat.messages.set(event.seq, changed(message, event));
    }
  }
}

/** A message after an event about it; the same one when nothing changes. */
export function changed(message: W.Message, event: W.ChatEvent): W.Message {
  if (message.deleted) return message;
  switch (event.type) {
    case "message_edited":
      return {
        ...message, content: event.content, mentions: event.mentions, mention_all: event.mention_all ?? null,
        edited: true, edited_at: event.edited_at,
      };
    case "message_deleted":
      return {
        ...message, content: "", mentions: [], mention_all: null, reactions: {}, edited: false, edited_at: null,
        pinned: false, deleted: true, deleted_at: event.deleted_at, deleted_by: event.deleted_by,
      };
    case "reaction_changed":
      return { ...message, reactions: withReaction(message.reactions, event.emoji, event.user_id, event.added) };
    case "pin_changed":
      return { ...message, pinned: event.pinned };
    default:
      return message;
  }
}

/** Puts a user at the end of an emoji's list, or takes them out; no empty list stays.
 *
 * One who is in the list already moves to its end: a replay may begin with a message that carries later reactions,
 * and only so do the adds that follow restore the true order. */
export function withReaction(reactions: W.Message["reactions"], emoji: string, userId: W.UserId, added: boolean): W.Message["reactions"] {
  const others = (Object.hasOwn(reactions, emoji) ? reactions[emoji]! : []).filter((user) => user !== userId);
  const users = added ? [...others, userId] : others;
  const { [emoji]: _, ...rest } = reactions;
  if (!users.length) return rest;
  // An emoji keeps its place among the others while somebody stays with it.
  return Object.hasOwn(reactions, emoji) ? { ...reactions, [emoji]: users } : { ...rest, [emoji]: users };
}

function foldMessage(chat: ChatState, me: W.UserId | null, message: W.Message): void {
  chat.lastSeq = Math.max(chat.lastSeq, message.seq);
  // Sending means having read what stands before. One who only looks in has no marker.
  if (message.sender_id === me && chat.info.role !== null && message.seq > chat.info.readSeq) {
    chat.info = { ...chat.info, readSeq: message.seq };
  }
  progress(chat, message.sender_id, message.seq, message.seq);
  // A page loaded before this event may already know that the message is gone.
  if (!chat.messages.get(message.seq)?.deleted) chat.messages.set(message.seq, message);
}

function foldMember(chat: ChatState, me: W.UserId | null, change: W.MemberChange, member: W.Member): void {
  const known = chat.members.get(member.user_id);
  const gone = change === "left" || change === "removed";
  const counts = !gone && member.role !== "blocked";
  const counted = known ? known.role !== "blocked" : countedBefore(chat, change, member);
  chat.memberCount += Number(counts) - Number(counted);
  if (gone) chat.members.delete(member.user_id);
  else chat.members.set(member.user_id, member);
  if (member.user_id !== me) return;
  const readSeq = gone ? chat.info.readSeq : Math.max(chat.info.readSeq, member.read_seq);
  chat.info = { ...chat.info, role: gone ? null : member.role, readSeq };
}

/** Of one who is not loaded, the event itself tells what they were: who came was none, who went had the role inside,
 * and whose role changed was a member, unless all members are known: then it is a stranger, or one blocked before. */
function countedBefore(chat: ChatState, change: W.MemberChange, member: W.Member): boolean {
  if (change === "joined" || change === "added") return false;
  if (change === "left" || change === "removed") return member.role !== "blocked";
  let known = 0;
  for (const one of chat.members.values()) if (one.role !== "blocked") known += 1;
  return known < chat.memberCount;
}
