/** Which colours stand on which, and whether they can be told apart: for the editor. */
import { contrast, parseColor } from "./color";
import type { Token, TokenSet } from "./tokens";

/** Two tokens that are seen one on the other, and the contrast they need. */
export interface Pair {
  readonly text: Token;
  readonly on: Token;
  readonly least: number;
}

/** Text needs 4.5, what only marks a field's edge needs 3 (WCAG 1.4.3 and 1.4.11). */
export const PAIRS: readonly Pair[] = [
  ...(["bg", "surface", "raised", "sunken", "mine", "accent-soft"] as const).map((on): Pair => ({ text: "ink", on, least: 4.5 })),
  ...(["bg", "surface", "sunken"] as const).flatMap((on): Pair[] => [
    { text: "ink-2", on, least: 4.5 },
    { text: "ink-3", on, least: 4.5 },
    { text: "accent", on, least: 4.5 },
  ]),
  { text: "accent", on: "accent-soft", least: 4.5 },
  { text: "accent-ink", on: "accent", least: 4.5 },
  { text: "warn-ink", on: "warn", least: 4.5 },
  { text: "danger-ink", on: "danger", least: 4.5 },
  { text: "danger", on: "surface", least: 4.5 },
  { text: "ok", on: "surface", least: 3 },
  { text: "line-strong", on: "surface", least: 3 },
];

/** How a pair stands: its contrast and whether that is enough. */
export function judge(tokens: TokenSet, pair: Pair): { ratio: number; passes: boolean } {
  const [text, on] = [parseColor(tokens[pair.text]), parseColor(tokens[pair.on])];
  const ratio = text && on ? contrast(text, on) : 1;
  return { ratio, passes: ratio >= pair.least };
}
