/** What the outbox holds, and how it lies over what is stored. */
import type * as W from "@wire";
import { withReaction } from "./chatlog";
import type { OutboxEntry } from "./types";

/** An entry as it is kept. */
export interface Entry extends OutboxEntry {
  /** Whether it may have reached the server: from then on its content must not change, for the server knows its id. */
  readonly tried: boolean;
  /** What the server made of it; it stays until its event is part of the state. */
  readonly sent: { readonly messageId: W.MessageId; readonly seq: number; readonly rev: number } | null;
  /** The newest message when it was made. */
  readonly baseSeq: number;
}

export type Action = Entry["action"];
/** Something done to a message that exists, or to one that is still in the outbox (then by the entry's id). */
export type Change = Exclude<Action, { type: "message" }>;

export const isChange = (action: Action): action is Change => action.type !== "message";

/** Whether the entry does something to this message. */
export function isAbout(entry: Entry, messageId: W.MessageId): entry is Entry & { action: Change } {
  return isChange(entry.action) && entry.action.messageId === messageId;
}

/** Lays pending changes over a message. What has failed is not laid over, but for its row to tell. */
export function overlay(message: W.Message, entries: readonly Entry[], me: W.UserId | null): W.Message {
  return entries.reduce((shown, entry) => (entry.state === "failed" || shown.deleted ? shown : laid(shown, entry, me)), message);
}

function laid(message: W.Message, { action, createdAt }: Entry, me: W.UserId | null): W.Message {
  const at = new Date(createdAt).toISOString();
  switch (action.type) {
    case "edit_message":
      return { ...message, content: action.content, edited: true, edited_at: at };
    case "delete_message":
      return {
        ...message, content: "", mentions: [], mention_all: null, reactions: {}, edited: false, edited_at: null, pinned: false, deleted: true,
        deleted_at: at, deleted_by: me,
      };
    case "react":
      if (me === null || (message.reactions[action.emoji]?.includes(me) ?? false) === action.on) return message;
      return { ...message, reactions: withReaction(message.reactions, action.emoji, me, action.on) };
    default:
      return message;
  }
}

/** The message an entry will become. */
export function messageOf(entry: Entry, seq: number, me: W.UserId | null, username: string): W.Message | null {
  const { action } = entry;
  if (action.type !== "message") return null;
  return {
    id: entry.sent?.messageId ?? entry.id, seq: entry.sent?.seq ?? seq, sender_id: me ?? 0, sender_username: username, content: action.content,
    message_type: action.messageType, timestamp: new Date(entry.createdAt).toISOString(), reply_to: action.replyTo, mentions: [],
    reactions: {}, edited: false, edited_at: null, deleted: false,
  };
}
