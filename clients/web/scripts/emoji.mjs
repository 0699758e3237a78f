/**
 * Writes src/lib/emoji/{base,en,ru}.json from emojibase-data: `node scripts/emoji.mjs`, run by hand when that
 * package changes. The package's own files are 1.3 MB, mostly skin tones that can be derived; ours are a tenth.
 */
import { createRequire } from "node:module";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const load = createRequire(import.meta.url);
const data = load("emojibase-data/en/data.json");
const russian = new Map(load("emojibase-data/ru/compact.json").map((entry) => [entry.hexcode, entry]));
const codes = ["github", "iamcal", "emojibase"].map((set) => load(`emojibase-data/en/shortcodes/${set}.json`));

/** emojibase's group numbers in the order shown; 2 is loose skin tones and hair. */
const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9];
/** Emoji newer than this are marked with their version, since fonts of some systems lack them. */
const COMMON_VERSION = 14;
const TONES = ["\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];

/** emojibase puts U+FE0F also where it changes nothing; one emoji must not become two different reactions. */
function canonical(emoji) {
  return emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");
}

function shortcodes(hexcode) {
  const names = codes.flatMap((set) => set[hexcode] ?? []);
  return [...new Set(names)].slice(0, 4).join(" ");
}

/** 0 without tones, 1 when a tone is put after the first character, else the five of one tone. */
function tones(entry) {
  if (!entry.skins) return 0;
  const even = entry.skins.filter((skin) => typeof skin.tone === "number" || new Set(skin.tone).size === 1);
  const forms = even.map((skin) => canonical(skin.emoji)).slice(0, 5);
  const [first, ...rest] = [...canonical(entry.emoji)];
  const tail = rest[0] === "\uFE0F" ? rest.slice(1) : rest;
  const derived = TONES.map((tone) => [first, tone, ...tail].join(""));
  return derived.every((form, at) => form === forms[at]) ? 1 : forms.join(" ");
}

/** The label, then words one may look for that are not in it. */
function words(entry) {
  const label = entry.label.toLowerCase();
  const tags = (entry.tags ?? []).filter((tag) => !label.includes(tag.toLowerCase()));
  return [entry.label, ...tags].join("|");
}

const groups = GROUPS.map((group) => data.filter((entry) => entry.group === group).sort((a, b) => a.order - b.order));
const base = groups.map((entries) =>
  entries.map((entry) => {
    const row = [canonical(entry.emoji), shortcodes(entry.hexcode)];
    const tone = tones(entry);
    const version = entry.version > COMMON_VERSION ? entry.version : 0;
    if (tone || version) row.push(tone);
    if (version) row.push(version);
    return row;
  }),
);
const folder = fileURLToPath(new URL("../src/lib/emoji/", import.meta.url));
mkdirSync(folder, { recursive: true });
const write = (name, value) => writeFileSync(`${folder}${name}.json`, `${JSON.stringify(value)}\n`);
write("base", base);
write("en", groups.flat().map(words));
write("ru", groups.flat().map((entry) => words(russian.get(entry.hexcode) ?? entry)));
