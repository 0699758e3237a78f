/** Reads the emoji data. */
import { type Emoji, type EmojiData, type EmojiLanguage, fold, plain } from "../emoji";

type Row = readonly [emoji: string, codes: string, tones?: 0 | 1 | string, version?: number];

/** One known emoji per Unicode version: when a font draws it, it is taken to draw the version. */
const PROBES: ReadonlyMap<number, string> = new Map([[15, "🫨"], [15.1, "🙂‍↔️"], [16, "🫩"], [17, "🫪"]]);

/** The table, with its English words. */
export async function loadTable(): Promise<EmojiData> {
  const { default: rows } = await import("./base.json");
  const all: Emoji[] = [];
  const byCode = new Map<string, Emoji>();
  const byEmoji = new Map<string, Emoji>();
  let index = 0;
  (rows as unknown as readonly (readonly Row[])[]).forEach((entries, group) => {
    for (const [emoji, codes, tones = 0, version = 0] of entries) {
      const entry: Emoji = { emoji, codes: codes.split(" "), group, index, tones };
      index += 1;
      for (const code of entry.codes) if (!byCode.has(code)) byCode.set(code, entry);
      byEmoji.set(plain(emoji), entry);
      if (drawn(version)) all.push(entry);
    }
  });
  const data: EmojiData = { all, byCode, byEmoji, words: new Map(), labels: new Map() };
  await loadWords(data, "en");
  return data;
}

/** Adds the words of a language. */
export async function loadWords(data: EmojiData, language: EmojiLanguage): Promise<void> {
  const { default: lines } = language === "ru" ? await import("./ru.json") : await import("./en.json");
  data.labels.set(language, lines.map((line) => line.split("|", 1)[0] ?? ""));
  data.words.set(language, lines.map((line) => fold(line).split("|")));
}

const support = new Map<number, boolean>();

/** Whether the fonts here draw the emoji of a version; a place without canvas is trusted. */
function drawn(version: number): boolean {
  const probe = PROBES.get(version);
  if (!probe) return true;
  const known = support.get(version);
  if (known !== undefined) return known;
  const answer = draws(probe);
  support.set(version, answer);
  return answer;
}

function draws(probe: string): boolean {
  if (typeof OffscreenCanvas === "undefined") return true;
  const context = new OffscreenCanvas(24, 24).getContext("2d", { willReadFrequently: true });
  if (!context) return true;
  context.font = '16px "Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji", sans-serif';
  // A sequence that is not known falls apart into two pictures.
  if (context.measureText(probe).width > 1.6 * context.measureText("🙂").width) return false;
  context.fillText(probe, 2, 18);
  const { data } = context.getImageData(0, 0, 24, 24);
  // The box drawn for a missing glyph has no colour.
  for (let at = 0; at < data.length; at += 4) if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return true;
  return false;
}
