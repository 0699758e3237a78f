/** How the client looks for a person: the synced preference `appearance`. */
import type { LanguageChoice } from "@/lib/i18n";
import { DEFAULT_ACCENT, decodeAccent, type Accent } from "./accent";
import { decodeCustomThemes, type CustomTheme } from "./custom";

/** `season` follows the calendar. */
export type AccentChoice = Accent | "season";
export type Density = "cozy" | "compact";
export const FONT_SCALE = { least: 0.85, most: 2, step: 0.05 } as const;

export interface Appearance {
  /** `system`, `light`, `dark`, `contrast`, or the id of one's own theme. */
  readonly theme: string;
  readonly accent: AccentChoice;
  readonly density: Density;
  readonly fontScale: number;
  /** Whether the calendar may decorate. */
  readonly seasonal: boolean;
  readonly custom: readonly CustomTheme[];
  readonly language: LanguageChoice;
}

export const DEFAULT_APPEARANCE: Appearance = {
  theme: "system",
  accent: DEFAULT_ACCENT,
  density: "cozy",
  fontScale: 1,
  seasonal: true,
  custom: [],
  language: "system",
};

/** Reads the preference; null when there is none, and the default for every part that is wrong. */
export function decodeAppearance(value: unknown): Appearance | null {
  if (typeof value !== "object" || value === null) return null;
  const given = value as Record<string, unknown>;
  const custom = decodeCustomThemes(given["custom"]);
  const theme = given["theme"];
  const known = ["system", "light", "dark", "contrast", ...custom.map(({ id }) => id)];
  const scale = Number(given["fontScale"]);
  const language = given["language"];
  return {
    theme: typeof theme === "string" && known.includes(theme) ? theme : DEFAULT_APPEARANCE.theme,
    accent: given["accent"] === "season" ? "season" : (decodeAccent(given["accent"]) ?? DEFAULT_ACCENT),
    density: given["density"] === "compact" ? "compact" : "cozy",
    fontScale: Number.isFinite(scale) && scale > 0 ? Math.min(FONT_SCALE.most, Math.max(FONT_SCALE.least, scale)) : 1,
    seasonal: given["seasonal"] !== false,
    custom,
    language: language === "en" || language === "ru" ? language : "system",
  };
}
