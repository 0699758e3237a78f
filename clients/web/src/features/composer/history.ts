/** One's own messages: for editing the last, and for walking through what was sent. */
import type { Message, UserId } from "@wire";

/** The newest message that fits, deleted ones passed over. */
export function newest(messages: Iterable<Message>, fits: (message: Message) => boolean): Message | null {
  let best: Message | null = null;
  for (const message of messages) {
    if (!message.deleted && (best === null || message.seq > best.seq) && fits(message)) best = message;
  }
  return best;
}

/** Texts one sent in this chat, newest first; the same text in a row once. */
export function sentTexts(messages: Iterable<Message>, me: UserId): string[] {
  return [...messages]
    .filter((message) => message.sender_id === me && !message.deleted)
    .sort((a, b) => b.seq - a.seq)
    .map(({ content }) => content)
    .filter((text, at, all) => text !== all[at - 1]);
}

/** A walk through sent texts: `at` is -1 at one's own unsent text, which is kept. */
export interface Walk {
  readonly at: number;
  readonly own: string;
}

/** One step older (1) or newer (-1); null where there is nothing more. */
export function walk(
  texts: readonly string[],
  current: Walk | null,
  by: 1 | -1,
  typed: string,
): { text: string; walk: Walk | null } | null {
  const own = current?.own ?? typed;
  const at = (current?.at ?? -1) + by;
  if (at < -1 || at >= texts.length) return null;
  if (at === -1) return { text: own, walk: null };
  return { text: texts[at] ?? "", walk: { at, own } };
}
