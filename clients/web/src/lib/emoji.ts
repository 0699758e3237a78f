/**
 * Emoji by name. The data is loaded when it is first needed: the table with its shortcodes, and the words of a
 * language each in a chunk of its own.
 */

/** One emoji without its skin tone. */
export interface Emoji {
  readonly emoji: string;
  /** Names between colons, the usual one first. */
  readonly codes: readonly string[];
  /** Index of its group in `EMOJI_GROUPS`. */
  readonly group: number;
  /** Its place among all. */
  readonly index: number;
  /** 0 when it has no tones, 1 when they are derived, else its five forms. */
  readonly tones: 0 | 1 | string;
}

/** Languages whose words emoji can be found by. */
export type EmojiLanguage = "en" | "ru";

/** Skin tones from none to dark. */
export type SkinTone = 0 | 1 | 2 | 3 | 4 | 5;

/** Groups in the order of the data. */
export const EMOJI_GROUPS = [
  "smileys", "people", "animals", "food", "travel", "activities", "objects", "symbols", "flags",
] as const;

/** The loaded table. */
export interface EmojiData {
  readonly all: readonly Emoji[];
  readonly byCode: ReadonlyMap<string, Emoji>;
  readonly byEmoji: ReadonlyMap<string, Emoji>;
  /** Per language, per emoji: its label, then further words, lower case. */
  readonly words: Map<EmojiLanguage, readonly (readonly string[])[]>;
  /** Per language the labels as they are shown. */
  readonly labels: Map<EmojiLanguage, readonly string[]>;
}

let loading: Promise<EmojiData> | null = null;
let loaded: EmojiData | null = null;

/** The table if it is there already. */
export function emojiNow(): EmojiData | null {
  return loaded;
}

/** Loads the table and the words of `language`; English words are always there. */
export async function loadEmoji(language: EmojiLanguage = "en"): Promise<EmojiData> {
  loading ??= read().catch((failure: unknown) => {
    loading = null;
    throw failure;
  });
  const data = await loading;
  if (!data.words.has(language)) await (await import("./emoji/table")).loadWords(data, language);
  return data;
}

/** How the table is read is not needed before the table. */
async function read(): Promise<EmojiData> {
  return (loaded = await (await import("./emoji/table")).loadTable());
}

/** Lower case, `ё` as `е`: how words are compared. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll("ё", "е");
}

/** An emoji without variation selectors and skin tones, for looking it up. */
export function plain(emoji: string): string {
  return emoji.replace(/[\uFE0F\u{1F3FB}-\u{1F3FF}]/gu, "");
}

/** The emoji in a skin tone, unchanged when it has none. */
export function withTone(entry: Emoji, tone: SkinTone): string {
  if (tone === 0 || entry.tones === 0) return entry.emoji;
  if (typeof entry.tones === "string") return entry.tones.split(" ")[tone - 1] ?? entry.emoji;
  const [first = "", ...rest] = [...entry.emoji];
  const tail = rest[0] === "\uFE0F" ? rest.slice(1) : rest;
  return [first, String.fromCodePoint(0x1f3fa + tone), ...tail].join("");
}

/** The entry of an emoji in whatever skin tone. */
export function findEmoji(data: EmojiData, emoji: string): Emoji | undefined {
  return data.byEmoji.get(plain(emoji));
}

/** What a screen reader says for it, in the language if its words are loaded. */
export function emojiLabel(data: EmojiData, entry: Emoji, language: EmojiLanguage): string {
  return data.labels.get(language)?.[entry.index] ?? data.labels.get("en")?.[entry.index] ?? entry.emoji;
}

/** How well a word matches: 0 exactly, 1 at its beginning, 2 at a later word's beginning, 3 within; null not at all. */
function rank(words: readonly string[], query: string): number | null {
  let best: number | null = null;
  words.forEach((word, at) => {
    const found = word.indexOf(query);
    if (found < 0) return;
    const start = found === 0 ? 1 : /[\s_-]/.test(word[found - 1] ?? "") ? 2 : 3;
    const value = (word === query ? 0 : start) + (at === 0 ? 0 : 0.4);
    if (best === null || value < best) best = value;
  });
  return best;
}

/** Emoji whose shortcodes or words match, best first: in every language that is loaded. */
export function searchEmoji(data: EmojiData, query: string, limit = 200): Emoji[] {
  const wanted = fold(query.trim()).replace(/^:|:$/g, "");
  if (wanted === "") return [];
  const spoken = wanted.replaceAll("_", " ");
  const found: { entry: Emoji; value: number }[] = [];
  for (const entry of data.all) {
    const values = [rank(entry.codes, wanted)];
    for (const words of data.words.values()) {
      const value = rank(words[entry.index] ?? [], spoken);
      values.push(value === null ? null : value + 0.2);
    }
    const real = values.filter((value) => value !== null);
    if (real.length > 0) found.push({ entry, value: Math.min(...real) });
  }
  found.sort((a, b) => a.value - b.value || a.entry.index - b.entry.index);
  return found.slice(0, limit).map(({ entry }) => entry);
}

const EMOTICONS: ReadonlyMap<string, string> = new Map([
  [":)", "🙂"], [":-)", "🙂"], [":(", "🙁"], [":-(", "🙁"], [":D", "😄"], [":-D", "😄"], [";)", "😉"], [";-)", "😉"],
  [":P", "😛"], [":-P", "😛"], [":p", "😛"], [":-p", "😛"], [":O", "😮"], [":-O", "😮"], [":o", "😮"], [":-o", "😮"],
  [":|", "😐"], [":-|", "😐"], [":'(", "😢"], [":*", "😗"], [":-*", "😗"], ["<3", "❤️"], ["</3", "💔"], ["XD", "😆"],
  ["xD", "😆"], ["B)", "😎"], ["B-)", "😎"],
]);

/** Code between backticks, fenced or not, is left alone. */
const CODE = /(```[\s\S]*?(?:```|$)|`[^`\n]+`)/;

/** `:smile:` by the emoji of exactly that name, and emoticons too where wanted; code stays as it is. */
export function replaceShortcodes(text: string, data: EmojiData | null, tone: SkinTone = 0, emoticons = false): string {
  return text
    .split(CODE)
    .map((part, at) => (at % 2 === 1 ? part : replacePart(part, data, tone, emoticons)))
    .join("");
}

function replacePart(text: string, data: EmojiData | null, tone: SkinTone, emoticons: boolean): string {
  const named = data
    ? text.replace(/(?<![\p{L}\p{N}]):([a-z0-9_+-]+):(?![\p{L}\p{N}])/gu, (typed, code: string) => {
        const entry = data.byCode.get(code);
        return entry ? withTone(entry, tone) : typed;
      })
    : text;
  if (!emoticons) return named;
  return named.replace(/(?<=^|\s)\S{2,4}(?=$|\s)/g, (typed) => EMOTICONS.get(typed) ?? typed);
}
