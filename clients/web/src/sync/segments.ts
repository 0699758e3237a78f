/** Runs of messages for the timeline. Rows keep their identity while nothing about them changes. */
import type * as W from "@wire";
import { type Entry, isAbout, isChange, messageOf, overlay } from "./entries";
import type { ChatState, Segment, ShownMessage } from "./types";

/** What is shown of a chat. */
export interface View {
  readonly chat: ChatState;
  readonly entries: readonly Entry[];
  readonly me: W.UserId | null;
  readonly username: string;
  /** One's own recent messages keep the name they had in the outbox. */
  keyOf(messageId: W.MessageId): string | undefined;
}

interface Row {
  readonly shown: ShownMessage;
  readonly entries: readonly Entry[];
}

const NO_ENTRIES: readonly Entry[] = [];
export const EMPTY: Segment = { messages: [], hasOlder: false, hasNewer: false };

/** The ends of the run of loaded messages around a message; null when it is not loaded. */
export function runAround(chat: ChatState, seq: number): { first: number; last: number } | null {
  if (!chat.messages.has(seq)) return null;
  let first = seq;
  let last = seq;
  while (chat.messages.has(first - 1)) first -= 1;
  while (chat.messages.has(last + 1)) last += 1;
  return { first, last };
}

export class Segments {
  private readonly rows = new WeakMap<W.Message, Row>();
  private readonly unsent = new WeakMap<Entry, Row>();

  /** The run around `seq`; the earlier segment itself when nothing in it changed. */
  of(view: View, seq: number | undefined, before: Segment | undefined): Segment {
    const { chat } = view;
    const run = runAround(chat, seq ?? chat.lastSeq);
    const at = seq ?? chat.lastSeq + 1;
    const messages = run ? this.stored(view, run) : [];
    const hasNewer = run ? run.last < chat.lastSeq : at <= chat.lastSeq || (seq === undefined && chat.lastSeq > 0);
    if (!hasNewer) messages.push(...this.pending(view));
    const segment = { messages, hasOlder: run ? run.first > 1 : Math.min(at, chat.lastSeq + 1) > 1, hasNewer };
    return before && same(before, segment) ? before : segment;
  }

  private stored(view: View, run: { first: number; last: number }): ShownMessage[] {
    const { chat, me } = view;
    const changes = new Map<W.MessageId, Entry[]>();
    for (const entry of view.entries) {
      if (!isChange(entry.action)) continue;
      const about = changes.get(entry.action.messageId) ?? [];
      changes.set(entry.action.messageId, [...about, entry]);
    }
    const come = me === null ? null : howFar(chat, me);
    const messages: ShownMessage[] = [];
    for (let seq = run.first; seq <= run.last; seq++) {
      const message = chat.messages.get(seq)!;
      const delivery = come && message.sender_id === me && !message.deleted ? (seq <= come.read ? "read" : seq <= come.delivered ? "delivered" : "sent") : undefined;
      messages.push(this.row(message, changes.get(message.id) ?? NO_ENTRIES, delivery, view));
    }
    return messages;
  }

  private row(message: W.Message, entries: readonly Entry[], delivery: ShownMessage["delivery"], view: View): ShownMessage {
    const key = view.keyOf(message.id) ?? message.id;
    const known = this.rows.get(message);
    if (known && known.shown.key === key && known.shown.delivery === delivery && equal(known.entries, entries)) return known.shown;
    const pending = entries.findLast((entry) => !entry.sent);
    const shown: ShownMessage = { key, message: overlay(message, entries, view.me), ...(pending && { pending }), ...(delivery && { delivery }) };
    this.rows.set(message, { shown, entries });
    return shown;
  }

  /** Messages of the outbox whose event has not come. */
  private pending(view: View): ShownMessage[] {
    const { chat, entries, me } = view;
    const echoed = echoes(view);
    const messages: ShownMessage[] = [];
    for (const entry of entries) {
      if (isChange(entry.action) || echoed.has(entry.id) || (entry.sent && chat.messages.has(entry.sent.seq))) continue;
      const seq = chat.lastSeq + messages.length + 1;
      const about = entries.filter((other) => isAbout(other, entry.id) || (entry.sent && isAbout(other, entry.sent.messageId)));
      const known = this.unsent.get(entry);
      if (known && (entry.sent || known.shown.message.seq === seq) && equal(known.entries, about)) {
        messages.push(known.shown);
        continue;
      }
      const message = messageOf(entry, seq, me, view.username);
      if (!message) continue;
      const delivery = entry.state === "failed" ? "failed" : entry.sent ? "sent" : "waiting";
      const shown: ShownMessage = { key: entry.id, message: overlay(message, about, me), delivery, ...(!entry.sent && { pending: entry }) };
      this.unsent.set(entry, { shown, entries: about });
      messages.push(shown);
    }
    return messages;
  }
}

/** Entries that may have reached the server without an answer, and whose message seems to have come: not shown twice meanwhile. */
function echoes({ chat, entries, me }: View): Set<string> {
  const found = new Set<string>();
  const taken = new Set<number>();
  for (const entry of entries) {
    const { action } = entry;
    if (action.type !== "message" || !entry.tried || entry.sent || entry.state === "failed") continue;
    for (let seq = Math.max(entry.baseSeq + 1, chat.lastSeq - 50); seq <= chat.lastSeq; seq++) {
      const message = chat.messages.get(seq);
      if (!message || taken.has(seq) || message.sender_id !== me || message.content !== action.content || message.reply_to !== action.replyTo) continue;
      if (Date.parse(message.timestamp) < entry.createdAt - 60_000) continue;
      taken.add(seq);
      found.add(entry.id);
      break;
    }
  }
  return found;
}

/** How far any other member has received and read; in a direct chat that is the other person. */
function howFar(chat: ChatState, me: W.UserId): { read: number; delivered: number } {
  let read = 0;
  let delivered = 0;
  for (const member of chat.members.values() as Iterable<W.Member>) {
    if (member.user_id === me || member.role === "blocked") continue;
    read = Math.max(read, member.read_seq);
    delivered = Math.max(delivered, member.delivered_seq, member.read_seq);
  }
  return { read, delivered };
}

const equal = (a: readonly Entry[], b: readonly Entry[]): boolean => a === b || (a.length === b.length && a.every((entry, at) => entry === b[at]));

function same(a: Segment, b: Segment): boolean {
  return a.hasOlder === b.hasOlder && a.hasNewer === b.hasNewer && a.messages.length === b.messages.length && a.messages.every((message, at) => message === b.messages[at]);
}
