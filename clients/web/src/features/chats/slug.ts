/** Addresses of rooms. */

const CYRILLIC: Record<string, string> = {
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ё: "e", ж: "zh", з: "z", и: "i", й: "i", к: "k", л: "l", м: "m", н: "n", о: "o", п: "p",
  р: "r", с: "s", т: "t", у: "u", ф: "f", х: "kh", ц: "ts", ч: "ch", ш: "sh", щ: "shch", ъ: "", ы: "y", ь: "", э: "e", ю: "iu", я: "ia",
};
const CHARS = 64;

/** A room's address made from its name; empty when nothing of the name can stand in one. */
export const slugOf = (name: string): string =>
  [...name.toLowerCase()]
    .map((char) => CYRILLIC[char] ?? char)
    .join("")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, CHARS)
    .replace(/^-+|-+$/g, "");

/** Whether it fulfils the server's pattern; a pattern that this browser cannot read accepts all, for the server decides. */
export function isSlug(slug: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, "u").test(slug);
  } catch {
    return slug !== "";
  }
}
