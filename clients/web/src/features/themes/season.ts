/** The seasonal pack: which season a date belongs to, and its colours. */
import type { Accent } from "./accent";

export type Season = "newYear" | "winter" | "spring" | "summer" | "autumn";

/** The accent "as the season" stands for. */
export const SEASON_ACCENTS: Readonly<Record<Season, Accent>> = {
  newYear: { hue: 155, chroma: 0.12 },
  winter: { hue: 235, chroma: 0.11 },
  spring: { hue: 350, chroma: 0.13 },
  summer: { hue: 140, chroma: 0.14 },
  autumn: { hue: 50, chroma: 0.13 },
};

/** The season of a local date. New Year is from 15 December to 14 January, when Russia's old one is over too. */
export function seasonOf(date: Date): Season {
  const [month, day] = [date.getMonth(), date.getDate()];
  if ((month === 11 && day >= 15) || (month === 0 && day <= 14)) return "newYear";
  if (month === 11 || month <= 1) return "winter";
  if (month <= 4) return "spring";
  return month <= 7 ? "summer" : "autumn";
}
