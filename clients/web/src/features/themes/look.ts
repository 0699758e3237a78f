/** From what a person chose and what the system says to what is set on the page. Pure. */
import { accentTokens, DEFAULT_ACCENT, sameAccent } from "./accent";
import type { Appearance } from "./appearance";
import { SEASON_ACCENTS, type Season } from "./season";
import { PALETTES, type Base, type TokenSet } from "./tokens";

/** What the system prefers, and the season of today. */
export interface Surroundings {
  readonly dark: boolean;
  readonly moreContrast: boolean;
  readonly season: Season;
}

/** A theme of one base, ready to be set. */
export interface Skin {
  readonly base: Base;
  readonly strong: boolean;
  /** Every token, for computing. */
  readonly tokens: TokenSet;
  /** Only what differs from the style sheet. */
  readonly overrides: Partial<TokenSet>;
}

export interface Look {
  /** How the base is chosen at the next start, before anything is loaded. */
  readonly mode: "system" | Base;
  readonly skin: Skin;
  /** The skin the other system setting would give; the same when the mode is fixed. */
  readonly other: Skin;
  readonly density: Appearance["density"];
  readonly fontScale: number;
  /** The season to decorate with, if any. */
  readonly season: Season | null;
}

/** Puts the look together. */
export function resolveLook(appearance: Appearance, around: Surroundings): Look {
  const own = appearance.custom.find(({ id }) => id === appearance.theme);
  const strong = appearance.theme === "contrast" || (appearance.theme === "system" && around.moreContrast);
  const season = appearance.seasonal ? around.season : null;
  const mode = own?.base ?? (appearance.theme === "light" || appearance.theme === "dark" ? appearance.theme : "system");
  const base: Base = mode === "system" ? (around.dark ? "dark" : "light") : mode;
  const skinOf = (which: Base): Skin =>
    own ? { base: own.base, strong: false, tokens: own.tokens, overrides: own.tokens } : plainSkin(which, strong, accentOf(appearance, season));
  return {
    mode,
    skin: skinOf(base),
    other: skinOf(mode === "system" ? (base === "dark" ? "light" : "dark") : base),
    density: appearance.density,
    fontScale: appearance.fontScale,
    season: strong ? null : season,
  };
}

function accentOf(appearance: Appearance, season: Season | null) {
  if (appearance.accent !== "season") return appearance.accent;
  return season ? SEASON_ACCENTS[season] : DEFAULT_ACCENT;
}

function plainSkin(base: Base, strong: boolean, accent: { hue: number; chroma: number }): Skin {
  const palette = PALETTES[strong ? (base === "dark" ? "strongDark" : "strongLight") : base];
  const laid = sameAccent(accent, DEFAULT_ACCENT) ? {} : accentTokens(accent, palette, base, strong ? 7 : 4.5);
  return { base, strong, tokens: { ...palette, ...laid }, overrides: strong ? { ...palette, ...laid } : laid };
}
