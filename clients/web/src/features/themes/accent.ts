/** Accents: any hue, made legible on the theme it is laid over. */
import { contrast, oklch, parseColor, toHex, type Rgb } from "./color";
import type { Base, Token, TokenSet } from "./tokens";

/** A hue (degrees) and how colourful it is. */
export interface Accent {
  readonly hue: number;
  readonly chroma: number;
}

export const ACCENTS = {
  teal: { hue: 195, chroma: 0.1 },
  blue: { hue: 255, chroma: 0.14 },
  violet: { hue: 295, chroma: 0.15 },
  pink: { hue: 350, chroma: 0.16 },
  red: { hue: 25, chroma: 0.16 },
  orange: { hue: 55, chroma: 0.13 },
  green: { hue: 148, chroma: 0.13 },
  graphite: { hue: 250, chroma: 0.025 },
} as const satisfies Readonly<Record<string, Accent>>;

export const DEFAULT_ACCENT: Accent = ACCENTS.teal;
/** What a hue of one's own gets. */
export const FREE_CHROMA = 0.13;

type AccentToken = Extract<Token, "accent" | "accent-ink" | "accent-soft" | "mine">;

/** The accent's tokens over a palette, each pair at least `least` to one. */
export function accentTokens(accent: Accent, palette: TokenSet, base: Base, least = 4.5): Readonly<Record<AccentToken, string>> {
  const { hue, chroma } = accent;
  const dark = base === "dark";
  const strong = least > 5;
  const soft = dark ? oklch(strong ? 0.24 : 0.28, Math.min(chroma, 0.045), hue) : oklch(0.95, Math.min(chroma, 0.03), hue);
  const mine = dark ? oklch(strong ? 0.22 : 0.27, Math.min(chroma, 0.04), hue) : oklch(0.955, Math.min(chroma, 0.028), hue);
  const grounds = [soft, mine, ...(["bg", "surface", "raised", "sunken"] as const).map((token) => parseColor(palette[token]) ?? soft)];
  const color = legible(hue, chroma, grounds, base, least);
  const inks: readonly Rgb[] = [[255, 255, 255], oklch(0.21, Math.min(chroma, 0.04), hue), [0, 0, 0]];
  const ink = inks.find((candidate) => contrast(candidate, color) >= least) ?? inks[contrast(inks[0]!, color) > contrast(inks[2]!, color) ? 0 : 2]!;
  return { accent: toHex(color), "accent-ink": toHex(ink), "accent-soft": toHex(soft), mine: toHex(mine) };
}

/** Starts at the theme's usual lightness and moves away from the grounds until every contrast is enough. */
function legible(hue: number, chroma: number, grounds: readonly Rgb[], base: Base, least: number): Rgb {
  const step = base === "dark" ? 0.01 : -0.01;
  const end = base === "dark" ? 1 : 0;
  let lightness = base === "dark" ? 0.72 : 0.52;
  let color = oklch(lightness, chroma, hue);
  while (Math.abs(lightness - end) > 0.005 && grounds.some((ground) => contrast(color, ground) < least)) {
    lightness += step;
    color = oklch(lightness, chroma, hue);
  }
  return color;
}

/** Whether two accents are the same. */
export function sameAccent(one: Accent, other: Accent): boolean {
  return one.hue === other.hue && one.chroma === other.chroma;
}

/** Reads an accent from storage; null for what is none. */
export function decodeAccent(value: unknown): Accent | null {
  if (typeof value !== "object" || value === null) return null;
  const { hue, chroma } = value as { hue?: unknown; chroma?: unknown };
  const fits = (part: unknown, most: number): part is number => typeof part === "number" && part >= 0 && part <= most;
  return fits(hue, 360) && fits(chroma, 0.3) ? { hue, chroma } : null;
}
