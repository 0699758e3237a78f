/** When a chat counts as read, and where its unread part begins. Pure. */

/** What is seen of a chat. */
export interface Seen {
  /** The newest message the account has read. */
  readonly readSeq: number;
  /** The first and the last stored message in view; 0 when there is none. */
  readonly first: number;
  readonly last: number;
  /** Whether the very end of the chat is in view. */
  readonly atEnd: boolean;
  /** Whether a person can be looking: the tab is visible and has the focus. */
  readonly attentive: boolean;
}

/** Up to which message the chat is now read; null when nothing changes. Someone who jumped into the middle of the
 * unread part has not read what is between. */
export function readUpTo({ readSeq, first, last, atEnd, attentive }: Seen): number | null {
  if (!attentive || last <= readSeq) return null;
  return atEnd || first <= readSeq + 1 ? last : null;
}

/** Where the "New" line goes when a chat is opened; null when everything was read or the caller is no member. */
export function firstUnread(readSeq: number, lastSeq: number, member: boolean): number | null {
  return member && lastSeq > readSeq ? readSeq + 1 : null;
}
