/** When a popup of suggestions opens, and what choosing does to the text. */
import { inCode, inFence } from "./format";

/** What is being typed: from `start` (the sign itself) to the cursor. */
export interface Trigger {
  readonly sign: "@" | "#" | ":" | "/";
  readonly start: number;
  readonly query: string;
}

/** Names may hold dots and dashes; what stands before the sign must not belong to a word or an address. */
const PATTERNS: readonly [sign: Trigger["sign"], pattern: RegExp][] = [
  ["@", /(?:^|[^\p{L}\p{N}@/._])(@)([\p{L}\p{N}._-]{0,50})$/u],
  ["#", /(?:^|[\s(])(#)([\p{L}\p{N}_-]{0,64})$/u],
  [":", /(?:^|[^\p{L}\p{N}:/])(:)([\p{L}\p{N}_+-]{2,40})$/u],
];

/** What is being typed at the cursor, if it is something to complete. Nothing is in code. */
export function findTrigger(text: string, cursor: number): Trigger | null {
  const before = text.slice(0, cursor);
  const command = /^\/([\p{L}\p{N}]*)$/u.exec(before);
  if (command) return { sign: "/", start: 0, query: command[1] ?? "" };
  // Looked at only where it matters: a sign must be near.
  const near = before.slice(-80);
  for (const [sign, pattern] of PATTERNS) {
    const match = pattern.exec(near);
    if (!match) continue;
    if (inFence(text, cursor) || inCode(text, cursor)) return null;
    const query = match[2] ?? "";
    return { sign, start: cursor - query.length - 1, query };
  }
  return null;
}

/** Puts what was chosen in the place of what was typed, with one space after it. */
export function insertChoice(
  text: string,
  cursor: number,
  trigger: Trigger,
  chosen: string,
): { text: string; cursor: number } {
  const after = text.slice(cursor);
  const spaced = /^\s/.test(after) ? chosen : `${chosen} `;
  const head = text.slice(0, trigger.start) + spaced;
  return { text: head + after, cursor: /^\s/.test(after) ? head.length + 1 : head.length };
}

/** The next place of the marked row: around the ends. */
export function step(at: number, by: 1 | -1, count: number): number {
  return count === 0 ? 0 : (at + by + count) % count;
}

function fold(text: string): string {
  return text.toLowerCase().replaceAll("ё", "е");
}

/** How well a person or room fits: 0 name begins so, 1 a later word does, 2 it is within, null not at all. */
export function fit(query: string, ...names: readonly string[]): number | null {
  const wanted = fold(query);
  if (wanted === "") return 0;
  let best: number | null = null;
  for (const name of names) {
    const folded = fold(name);
    const at = folded.indexOf(wanted);
    if (at < 0) continue;
    const words = folded.split(/[\s._-]+/).some((word) => word.startsWith(wanted));
    const value = at === 0 ? 0 : words ? 1 : 2;
    if (best === null || value < best) best = value;
  }
  return best;
}

/** Those that fit, best first; equals keep their order. */
export function fitting<T>(items: Iterable<T>, query: string, names: (item: T) => readonly string[], limit: number): T[] {
  const found: { item: T; value: number }[] = [];
  for (const item of items) {
    const value = fit(query, ...names(item));
    if (value !== null) found.push({ item, value });
  }
  return found.sort((a, b) => a.value - b.value).slice(0, limit).map(({ item }) => item);
}
