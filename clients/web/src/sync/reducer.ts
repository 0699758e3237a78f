/** The one place where what the server says becomes state. A port of the reference reducer in `crates/client`. */
import type * as W from "@wire";
import { addMessages, type Applied, chatOf, check, createdBy, foldChat, loadOwn, progress, readUpTo } from "./chatlog";
import type { State } from "./types";
import type { ChatReset, Received, SyncDone } from "./wire";

export type { Applied } from "./chatlog";

/** What a frame changed besides being applied. */
export interface Touched {
  readonly chats: Set<W.ChatId>;
  /** Chats came or went. */
  list: boolean;
  people: boolean;
  profile: boolean;
  scheduled: boolean;
  preferences: boolean;
}

export const untouched = (): Touched => ({ chats: new Set(), list: false, people: false, profile: false, scheduled: false, preferences: false });

/** The empty state of an account. */
export function emptyState(me: W.UserId | null): State {
  return { me, profile: null, accountRev: 0, chats: new Map(), scheduled: new Map(), preferences: new Map() };
}

/** Folds whatever the server sent: events, resets, and the answers that carry state. Null when it has nothing for the state. */
export function apply(state: State, frame: Received, touched: Touched = untouched()): Applied | null {
  switch (frame.kind) {
    case "chat":
      return applyChat(state, frame.event, touched);
    case "account":
      return applyAccount(state, frame.event, touched);
    case "passing":
      applyPassing(state, frame.event, touched);
      return null;
    case "error":
      return null;
    case "skip":
      return skip(state, frame, touched);
    case "answer":
      return applyAnswer(state, frame.answer, touched);
  }
}

function applyAnswer(state: State, answer: Extract<Received, { kind: "answer" }>["answer"], touched: Touched): Applied | null {
  switch (answer.type) {
    case "reset":
      reset(state, answer, touched);
      return "applied";
    case "account_reset":
      accountReset(state, answer.chats, answer.account_rev, touched);
      return "applied";
    case "chats":
      // A list older than the state says nothing new.
      if (answer.account_rev >= state.accountRev) accountReset(state, answer.chats, answer.account_rev, touched);
      return "applied";
    case "chat":
      loadChat(state, answer.chat, touched);
      return "applied";
    case "history": {
      const chat = state.chats.get(answer.chat_id);
      if (!chat) return null;
      addMessages(chat, answer.messages);
      touched.chats.add(answer.chat_id);
      return "applied";
    }
    case "preferences":
      // An event was quicker than the list, maybe about a preference: it is to be read again.
      if (answer.account_rev < state.accountRev) return null;
      state.preferences = new Map(Object.entries(answer.preferences));
      touched.preferences = true;
      return "applied";
    case "sync_done":
      syncDone(state, answer, touched);
      return "applied";
    default:
      return null;
  }
}

/** Folds the next event of a chat's log. */
export function applyChat(state: State, event: W.ChatEvent, touched: Touched): Applied {
  const chat = state.chats.get(event.chat_id);
  if (chat) {
    const applied = foldChat(chat, state.me, event);
    if (applied === "applied") touched.chats.add(event.chat_id);
    if (applied === "applied" && event.type === "member_changed") touched.people = true;
    return applied;
  }
  const made = createdBy(event);
  if (!made) return "unknown";
  put(state, event.chat_id, made, touched);
  return "applied";
}

/** An event that cannot be read takes its place, so that those after it are not taken for a gap. */
function skip(state: State, { chatId, rev }: Extract<Received, { kind: "skip" }>, touched: Touched): Applied {
  const log = chatId === null ? null : state.chats.get(chatId);
  if (log === undefined) return "unknown";
  const applied = check(log ? log.rev : state.accountRev, rev);
  if (applied !== "applied") return applied;
  if (log) log.rev = rev;
  else state.accountRev = rev;
  if (chatId !== null) touched.chats.add(chatId);
  return applied;
}

function put(state: State, chatId: W.ChatId, chat: ReturnType<typeof chatOf>, touched: Touched): void {
  if (!state.chats.has(chatId)) touched.list = true;
  state.chats.set(chatId, chat);
  touched.chats.add(chatId);
}

function drop(state: State, chatId: W.ChatId, touched: Touched): void {
  if (!state.chats.delete(chatId)) return;
  touched.list = true;
  touched.chats.add(chatId);
}

/** Starts a chat anew: what was known of its log is dropped. The page is the newest one, so it holds the newest message. */
function reset(state: State, answer: ChatReset, touched: Touched): void {
  const messages = new Map(answer.messages.map((message) => [message.seq, message]));
  put(state, answer.chat_id, { ...chatOf(answer.chat), rev: answer.rev, messages }, touched);
}

/** Takes one chat as the server has it now. */
function loadChat(state: State, chat: W.Chat, touched: Touched): void {
  const known = state.chats.get(chat.id);
  if (!known) return put(state, chat.id, chatOf(chat), touched);
  loadOwn(known, chat);
  touched.chats.add(chat.id);
}

/** Starts the account stream anew: these are the caller's chats. The logs of chats that are still listed are kept. */
function accountReset(state: State, chats: readonly W.Chat[], accountRev: number, touched: Touched): void {
  state.accountRev = accountRev;
  const listed = new Set(chats.map((chat) => chat.id));
  for (const id of [...state.chats.keys()]) if (!listed.has(id)) drop(state, id, touched);
  for (const chat of chats) loadChat(state, chat, touched);
  touched.people = true;
}

/** Drops the chats that are not there, or may not be read any more. */
function syncDone(state: State, done: SyncDone, touched: Touched): void {
  for (const chatId of done.gone ?? []) drop(state, chatId, touched);
}

/** Folds the next event of the account stream. */
function applyAccount(state: State, event: W.AccountEvent, touched: Touched): Applied {
  const applied = check(state.accountRev, event.account_rev);
  if (applied === "applied") {
    state.accountRev = event.account_rev;
    foldAccount(state, event, touched);
  }
  return applied;
}

function foldAccount(state: State, event: W.AccountEvent, touched: Touched): void {
  switch (event.type) {
    case "chat_joined": {
      // Of a log that does not go as far, the events between may never come: it starts afresh.
      const known = state.chats.get(event.chat.id);
      if (known && known.rev >= event.chat.rev) loadChat(state, event.chat, touched);
      else put(state, event.chat.id, chatOf(event.chat), touched);
      touched.people = true;
      return;
    }
    case "chat_left":
      return drop(state, event.chat_id, touched);
    case "profile_changed":
      // One is the other person of the direct chat with oneself, and a member of one's chats.
      showProfile(state, event.user, touched);
      state.profile = event.user;
      touched.profile = true;
      return;
    case "scheduled_changed":
      if (event.scheduled) state.scheduled.set(event.scheduled_id, event.scheduled);
      else state.scheduled.delete(event.scheduled_id);
      touched.scheduled = true;
      return;
    case "preference_changed":
      if (event.value !== null) state.preferences.set(event.name, event.value);
      else state.preferences.delete(event.name);
      touched.preferences = true;
      return;
    default: {
      const chat = state.chats.get(event.chat_id);
      if (!chat) return;
      touched.chats.add(event.chat_id);
      if (event.type === "read_marker") readUpTo(chat, event.user_id, event.seq);
      else if (event.type === "draft_changed") chat.info = { ...chat.info, draft: event.draft };
      else chat.info = { ...chat.info, settings: event.settings };
    }
  }
}

/** Takes what passing events tell of lasting things: names, and how far others have come. */
function applyPassing(state: State, event: W.PassingEvent, touched: Touched): void {
  if (event.type === "profile") return showProfile(state, event.user, touched);
  if (event.type !== "read_marker" && event.type !== "delivery_marker") return;
  const chat = state.chats.get(event.chat_id);
  const read = event.type === "read_marker" ? event.seq : 0;
  if (chat && progress(chat, event.user_id, read, event.seq)) touched.chats.add(event.chat_id);
}

/** Takes someone's profile everywhere they are shown. */
function showProfile(state: State, user: W.User, touched: Touched): void {
  touched.people = true;
  for (const [id, chat] of state.chats) {
    const member = chat.members.get(user.id);
    if (chat.info.peer?.id === user.id) chat.info = { ...chat.info, peer: user };
    if (member) chat.members.set(user.id, { ...member, display_name: user.display_name });
    if (member || chat.info.peer?.id === user.id) touched.chats.add(id);
  }
}
