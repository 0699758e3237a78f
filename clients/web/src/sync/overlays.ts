/** One's own wishes shown before the server has heard of them. */
import type { Draft } from "@wire";
import { readUpTo } from "./chatlog";
import { type Intent, type Intents, keyOf } from "./intents";
import type { Touched } from "./reducer";
import type { State } from "./types";

/** Lays one wish over the state. */
export function layOver(state: State, intent: Intent, touched: Touched): void {
  if (intent.kind === "preference") {
    if (intent.value === null) state.preferences.delete(intent.name);
    else state.preferences.set(intent.name, intent.value);
    touched.preferences = true;
    return;
  }
  const chat = state.chats.get(intent.chatId);
  if (!chat || intent.kind === "delivered") return;
  touched.chats.add(intent.chatId);
  if (intent.kind === "read") {
    if (state.me !== null) readUpTo(chat, state.me, Math.min(intent.seq, chat.lastSeq));
    if (chat.info.settings.marked_unread) chat.info = { ...chat.info, settings: { ...chat.info.settings, marked_unread: false } };
  } else {
    chat.info = { ...chat.info, draft: draftOf(intent) };
  }
}

/** After the server told something, what is wished for is laid over it again; of drafts the newer one counts. */
export function layOverAgain(state: State, intents: Intents, touched: Touched): void {
  for (const intent of [...intents.all()]) {
    const about = intent.kind === "preference" ? touched.preferences : touched.chats.has(intent.chatId);
    if (!about) continue;
    if (intent.kind === "draft") {
      const told = state.chats.get(intent.chatId)?.info.draft ?? null;
      if (told && Date.parse(told.updated_at) > intent.at && !sameDraft(told, intent)) {
        intents.drop(keyOf(intent));
        continue;
      }
    }
    layOver(state, intent, touched);
  }
}

type DraftIntent = Extract<Intent, { kind: "draft" }>;

function draftOf(intent: DraftIntent): Draft | null {
  if (!intent.content && intent.replyTo === null) return null;
  return { content: intent.content, reply_to: intent.replyTo, updated_at: new Date(intent.at).toISOString() };
}

export function sameDraft(draft: Draft | null, wish: { content: string; replyTo: string | null }): boolean {
  return (draft?.content ?? "") === wish.content && (draft?.reply_to ?? null) === wish.replyTo;
}
