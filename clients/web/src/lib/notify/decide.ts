/**
 * The rules of notification, in one place: the real path and the explanation "Why was I not notified?" ask the
 * same function.
 */
import type { ChatId, ChatKind, ChatSettings, Message, UserId } from "@wire";
import { quietAt } from "./dnd";
import { levelOf, type NotificationPrefs } from "./prefs";

/** Why a message notifies, or why it does not. */
export type Reason =
  | "direct"
  | "mention"
  | "keyword"
  | "all"
  | "own"
  | "muted"
  | "levelNone"
  | "levelMentions"
  | "dndUntil"
  | "dndSchedule"
  | "dndPresence"
  | "watching"
  | "read";

export interface Decision {
  readonly notify: boolean;
  readonly reason: Reason;
}

/** What is known of a message that came; `Incoming` of the engine is one. */
export interface Arrived {
  readonly chat: { readonly id: ChatId; readonly type: ChatKind; readonly settings: ChatSettings };
  readonly message: Pick<Message, "content" | "sender_id" | "seq">;
  readonly mentionsMe: boolean;
}

/** What else counts at that moment. */
export interface Situation {
  readonly me: UserId | null;
  /** The chat in view of a window that has the focus. */
  readonly watching: ChatId | null;
  /** Whether one's presence says: do not disturb. */
  readonly dnd: boolean;
  /** Read up to this message, here or on another device. */
  readonly readSeq: number;
}

const ALONE: Situation = { me: null, watching: null, dnd: false, readSeq: 0 };
const no = (reason: Reason): Decision => ({ notify: false, reason });
const yes = (reason: Reason): Decision => ({ notify: true, reason });

/** Whether a chat is muted at this moment. */
const isMuted = (settings: ChatSettings, now: number): boolean =>
  typeof settings.muted_until === "string" && Date.parse(settings.muted_until) > now;

/** Whether a message asks for attention. Pure: the same question has the same answer. */
export function decide(arrived: Arrived, prefs: NotificationPrefs, now: number, situation: Partial<Situation> = {}): Decision {
  const { me, watching, dnd, readSeq } = { ...ALONE, ...situation };
  const { chat, message, mentionsMe } = arrived;
  if (message.sender_id === me) return no("own");
  if (isMuted(chat.settings, now)) return no("muted");
  const level = levelOf(prefs, chat.id);
  if (level === "none") return no("levelNone");
  const cause = addressed(chat.type, message.content, mentionsMe, prefs.keywords);
  if (cause === null && level === "mentions") return no("levelMentions");
  const quiet = quietAt(prefs, now);
  if (quiet.on) return no(quiet.cause === "until" ? "dndUntil" : "dndSchedule");
  if (dnd) return no("dndPresence");
  if (watching === chat.id) return no("watching");
  if (message.seq <= readSeq) return no("read");
  return yes(cause ?? "all");
}

function addressed(kind: ChatKind, content: string, mentionsMe: boolean, keywords: readonly string[]): Reason | null {
  if (mentionsMe) return "mention";
  if (kind === "direct") return "direct";
  return keywords.some((word) => containsWord(content, word)) ? "keyword" : null;
}

/** Whether a text has a keyword as a word of its own: `cat` is in "a Cat!", not in "category". */
export function containsWord(text: string, word: string): boolean {
  const [hay, needle] = [text.normalize("NFC").toLowerCase(), word.normalize("NFC").toLowerCase()];
  if (needle === "") return false;
  for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, at + 1)) {
    const [before, after] = [hay.slice(0, at), hay.slice(at + needle.length)];
    const open = /[\p{L}\p{N}_]$/u.test(before.slice(-2)) && /^[\p{L}\p{N}_]/u.test(needle);
    const shut = /^[\p{L}\p{N}_]/u.test(after.slice(0, 2)) && /[\p{L}\p{N}_]$/u.test(needle);
    if (!open && !shut) return true;
  }
  return false;
}
