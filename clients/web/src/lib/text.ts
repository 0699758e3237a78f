/**
 * Makes what other people wrote harmless to show: no controls, no bidirectional overrides, no towers of
 * combining marks, no floods of invisible characters. What is left is meant to be shown as text, never as HTML.
 */

/** Most combining marks on one letter. Real writing needs three or four. */
const MARKS_PER_LETTER = 4;
/** Most invisible joiners in one run: emoji sequences and Persian need one, Hebrew with marks two. */
const INVISIBLE_PER_RUN = 2;

const PLAIN = /^[\t\n\x20-\x7e]*$/;

/** Removed wherever they stand: controls, bidirectional embeddings, overrides and isolates, deprecated formatting,
 * interlinear annotation, and halves of surrogate pairs (shown as a replacement). */
const REMOVED =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/g;
const LINE_ENDS = /\r\n?|[\u2028\u2029\u0085]/g;
const LONE_SURROGATE = /\p{Cs}/gu;
/** A flag spelled by tags (England, Scotland, Wales) is kept; tags elsewhere hide text. */
const TAGS = /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{2,6}\u{e007f})|[\u{e0000}-\u{e007f}]/gu;
/** Marks and invisible characters: alone they take no width, so they can be piled up. */
const INVISIBLE = "\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2060-\\u2065\\ufeff";
const PILE = new RegExp(`[\\p{M}${INVISIBLE}]{3,}`, "gu");
const INVISIBLE_ONE = new RegExp(`[${INVISIBLE}]`, "u");
const INVISIBLE_ALL = new RegExp(`[${INVISIBLE}]`, "gu");
const ZWJ = "\u200d";
/** Letters that look like nothing: Hangul fillers, the blank Braille cell. */
const BLANK_LETTERS = /[\u115f\u1160\u3164\uffa0\u2800]/g;

function clampPile(pile: string): string {
  let marks = 0;
  let invisible = 0;
  let out = "";
  for (const char of pile) {
    if (INVISIBLE_ONE.test(char)) {
      if (invisible++ < INVISIBLE_PER_RUN) out += char;
    } else if (marks++ < MARKS_PER_LETTER) {
      out += char;
    }
  }
  return out;
}

/** A text of several lines, harmless. Idempotent; plain ASCII comes back as it is. */
export function safeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(LINE_ENDS, "\n")
    .replace(REMOVED, "")
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(TAGS, "$1")
    .replace(PILE, clampPile);
}

/** One harmless line: for previews, titles and topics. Line ends and tabs become spaces. */
export function safeLine(text: string): string {
  return safeText(text).replace(/[\s\u00a0]+/g, " ").trim();
}

/** A harmless name, at most `max` letters; `fallback` when nothing visible is left. Show it inside `<bdi>`. */
export function safeName(name: string, fallback = "?", max = 100): string {
  if (/^[\x21-\x7e]+$/.test(name) && name.length <= max) return name;
  const line = safeLine(name).replace(INVISIBLE_ALL, (char) => (char === ZWJ ? char : ""));
  if (line.replace(BLANK_LETTERS, "").replace(/[\u200d\p{M}\s]/gu, "") === "") return fallback;
  return truncate(line, max);
}

let segmenter: Intl.Segmenter | undefined;

function segments(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** What a person would call the letters of a text. */
export function graphemes(text: string): string[] {
  if (PLAIN.test(text)) return text.split("");
  return Array.from(segments(text), (part) => part.segment);
}

/** The first `max` letters, with an ellipsis when something was cut off. Never cuts through an emoji. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  let count = 0;
  for (const part of segments(text)) {
    if (count++ >= max) return `${text.slice(0, part.index).trimEnd()}…`;
  }
  return text;
}

const EMOJI = /^(?:\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Extended_Pictographic}\p{Emoji_Modifier})/u;
const MAX_BIG = 8;

/** Whether a letter is shown as a picture. */
export function isEmoji(grapheme: string): boolean {
  return EMOJI.test(grapheme);
}

/** How many emoji a text consists of, when it is nothing but 1 to 8 of them; else 0. Those are shown big. */
export function bigEmoji(text: string): number {
  // The longest emoji (a family with skin tones) has about 30 code units.
  if (text.length > MAX_BIG * 32 || /[\p{L}]/u.test(text) || PLAIN.test(text)) return 0;
  let count = 0;
  for (const { segment } of segments(text)) {
    if (/^\s+$/.test(segment)) continue;
    if (!isEmoji(segment) || ++count > MAX_BIG) return 0;
  }
  return count;
}
