/** Finding by pieces of a name, in any layout: "gnrl" finds general, "ghbdtn" finds привет. Pure. */

const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
const RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё";

const swap = (text: string, from: string, to: string): string =>
  [...text]
    .map((char) => {
      const at = from.indexOf(char);
      return at < 0 ? char : to[at]!;
    })
    .join("");

/** A text as it is compared: small letters, without accents; ё as е. */
export const fold = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .normalize("NFC")
    .toLowerCase();

/** What was typed, and the same keys on the other layout. */
export function spellings(query: string): string[] {
  const text = query.trim().toLowerCase();
  if (text === "") return [];
  const all = [text, swap(text, LATIN, RUSSIAN), swap(text, RUSSIAN, LATIN)].map(fold);
  return [...new Set(all)];
}

/**
 * How well a name fits: higher is better, null when it does not. A beginning beats the beginning of a word, which
 * beats a part of a word, which beats scattered letters; shorter names win among equals.
 */
export function score(query: readonly string[], name: string): number | null {
  const folded = fold(name);
  let best: number | null = null;
  for (const [index, one] of query.entries()) {
    const found = scoreOne(one, folded);
    // The other layout is a guess.
    if (found !== null && (best === null || found - index * 5 > best)) best = found - index * 5;
  }
  return best;
}

function scoreOne(query: string, name: string): number | null {
  const length = Math.min(name.length, 50) / 10;
  const at = name.indexOf(query);
  if (at === 0) return 100 - length;
  if (at > 0) return (isWordStart(name, at) ? 80 : 60) - length;
  const words = scatteredWords(query, name);
  if (words) return 70 - length;
  const gaps = subsequence(query, name);
  return gaps === null ? null : 40 - Math.min(gaps, 30) - length;
}

const isWordStart = (name: string, at: number): boolean => !/[\p{L}\p{N}]/u.test(name[at - 1] ?? " ");

/** Every word of the query begins a word of the name, in any order. */
function scatteredWords(query: string, name: string): boolean {
  const asked = query.split(/\s+/);
  const have = name.split(/[^\p{L}\p{N}]+/u);
  return asked.length > 1 && asked.every((word) => have.some((other) => other.startsWith(word)));
}

/** The letters of the query in order with gaps between; how many letters were passed over, null when they are not there.
 * The first letter must begin a word, else everything would fit everything. */
function subsequence(query: string, name: string): number | null {
  const letters = [...query.replace(/\s+/g, "")];
  if (letters.length < 2) return null;
  for (let start = 0; start < name.length; start++) {
    if (name[start] !== letters[0] || !isWordStart(name, start)) continue;
    let at = start;
    let gaps = 0;
    const fits = letters.every((letter, index) => {
      if (index === 0) return true;
      const next = name.indexOf(letter, at + 1);
      if (next < 0) return false;
      gaps += next - at - 1;
      at = next;
      return true;
    });
    if (fits) return gaps;
  }
  return null;
}

/** The items that fit, best first; equal ones keep their order. */
export function rank<T>(query: string, items: readonly T[], names: (item: T) => readonly string[], bonus: (item: T) => number = () => 0): T[] {
  const asked = spellings(query);
  if (asked.length === 0) return [...items];
  return items
    .flatMap((item, index) => {
      const scores = names(item).flatMap((name) => score(asked, name) ?? []);
      return scores.length > 0 ? [{ item, index, points: Math.max(...scores) + bonus(item) }] : [];
    })
    .sort((a, b) => b.points - a.points || a.index - b.index)
    .map(({ item }) => item);
}
