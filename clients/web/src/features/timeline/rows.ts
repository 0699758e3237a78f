/** From messages to rows: who begins a group, where a day begins, where the unread part begins. Pure. */
import type { ShownMessage } from "@/sync/types";
import type { Message, MessageId } from "@wire";

/** One row of the timeline. Separators are part of the row below them, so that rows are keyed by messages alone
 * and loading older ones never moves a separator's identity. */
export interface Row {
  readonly key: string;
  readonly shown: ShownMessage;
  /** Shows picture, name and time: it begins a group. */
  readonly header: boolean;
  /** Begins a calendar day. */
  readonly day: boolean;
  /** The first unread message, with the "New" line above it. */
  readonly unread: boolean;
}

/** Messages of one author closer than this stand together. */
const GROUP_MS = 5 * 60_000;

/** Numbers calendar days; `times().dayNumber` of lib/time. */
export type DayOf = (timestamp: string) => number;

/** Whether `next` continues the group `before` belongs to. */
function continues(before: Message, next: Message): boolean {
  return (
    before.sender_id === next.sender_id &&
    before.message_type === "text" &&
    next.message_type === "text" &&
    next.reply_to === null &&
    before.deleted === next.deleted &&
    Math.abs(Date.parse(next.timestamp) - Date.parse(before.timestamp)) <= GROUP_MS
  );
}

/**
 * Rows for a run of messages. A row whose message and flags did not change stays the same object, so that its
 * component is not rendered again. Linear in the number of messages.
 */
export function buildRows(messages: readonly ShownMessage[], firstUnread: number | null, dayOf: DayOf, before: readonly Row[] = []): readonly Row[] {
  const known = new Map(before.map((row) => [row.key, row]));
  const rows: Row[] = [];
  let unreadAt = firstUnread;
  let previous: ShownMessage | null = null;
  for (const shown of messages) {
    const { message } = shown;
    const day = previous === null || dayOf(previous.message.timestamp) !== dayOf(message.timestamp);
    // The line stands above the first message that is there, should the very first unread one be missing.
    const unread: boolean = unreadAt !== null && message.seq >= unreadAt && (previous === null || previous.message.seq < unreadAt);
    if (unread) unreadAt = null;
    const header = day || unread || previous === null || !continues(previous.message, message);
    const same = known.get(shown.key);
    const kept = same !== undefined && same.shown === shown && same.header === header && same.day === day && same.unread === unread;
    rows.push(kept ? same : { key: shown.key, shown, header, day, unread });
    previous = shown;
  }
  return rows;
}

/** Where a message stands, by its number; the nearest later one when it is missing, -1 when there is none. */
export function indexOfSeq(rows: readonly Row[], seq: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    // Messages not sent yet have no number and stand at the end.
    if (seqOf(rows[middle]) < seq) low = middle + 1;
    else high = middle;
  }
  return low < rows.length ? low : -1;
}

function seqOf(row: Row | undefined): number {
  return row === undefined || isUnsent(row.shown) ? Number.POSITIVE_INFINITY : row.shown.message.seq;
}

/** Whether a message has not reached the server yet: it has no number and cannot be replied to. */
export function isUnsent(shown: ShownMessage): boolean {
  return shown.pending?.action.type === "message";
}

/** The newest stored message of the rows from `first` to `last`; 0 when there is none. */
export function newestSeq(rows: readonly Row[], first: number, last: number): number {
  for (let index = Math.min(last, rows.length - 1); index >= Math.max(0, first); index--) {
    const row = rows[index];
    if (row !== undefined && !isUnsent(row.shown)) return row.shown.message.seq;
  }
  return 0;
}

/** Finds messages of a run by id, for quotes. */
export function byId(messages: readonly ShownMessage[]): ReadonlyMap<MessageId, Message> {
  return new Map(messages.map(({ message }) => [message.id, message]));
}

const LINE_PX = 22;
const PER_LINE = 80;

/** A guess at a row's height, good enough that the scroll bar does not jump when it is measured. */
export function estimateHeight(row: Row, width: number): number {
  const { message } = row.shown;
  const perLine = Math.max(24, Math.min(PER_LINE, Math.floor((width - 90) / 8)));
  let lines = 0;
  let start = 0;
  for (let end = message.content.indexOf("\n"); lines < MAX_LINES; end = message.content.indexOf("\n", start)) {
    const length = (end < 0 ? message.content.length : end) - start;
    lines += Math.max(1, Math.ceil(length / perLine));
    if (end < 0) break;
    start = end + 1;
  }
  const separators = (row.day ? 52 : 0) + (row.unread ? 42 : 0);
  const reactions = Object.keys(message.reactions).length > 0 ? 33 : 0;
  const quote = message.reply_to === null ? 0 : 30;
  return separators + (row.header ? 14 + LINE_PX : 1) + 4 + quote + Math.min(lines, MAX_LINES) * LINE_PX + reactions;
}

/** Longer messages are shown folded. */
const MAX_LINES = 40;

/** Whether a text is so long that it is folded. Long lines count as several. */
export function isLong(text: string): boolean {
  if (text.length > MAX_LINES * PER_LINE) return true;
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) if (++lines > MAX_LINES) return true;
  return false;
}
