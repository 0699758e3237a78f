/** A chat's background: drawn by CSS from the theme's own tokens, so that it fits every theme and stays legible. */
import type { CSSProperties } from "react";

const tint = (percent: number) => `color-mix(in oklab, var(--accent) ${percent}%, var(--surface))`;
const mark = "color-mix(in oklab, var(--line) 45%, var(--surface))";
const gradient = (angle: number, from: number, to: number): CSSProperties => ({ backgroundImage: `linear-gradient(${angle}deg, ${tint(from)}, ${tint(to)})` });

export const BACKGROUNDS = {
  none: {},
  tint: { backgroundColor: tint(4) },
  sunken: { backgroundColor: "var(--bg)" },
  dawn: gradient(180, 6, 0),
  dusk: gradient(0, 6, 0),
  slope: gradient(135, 0, 7),
  glow: { backgroundImage: `radial-gradient(ellipse at 50% 0%, ${tint(7)}, var(--surface) 70%)` },
  dots: { backgroundImage: `radial-gradient(${mark} 1.5px, transparent 1.6px)`, backgroundSize: "22px 22px" },
  grid: {
    backgroundImage: `linear-gradient(${mark} 1px, transparent 1px), linear-gradient(90deg, ${mark} 1px, transparent 1px)`,
    backgroundSize: "28px 28px",
  },
  stripes: { backgroundImage: `repeating-linear-gradient(135deg, ${tint(5)} 0 14px, transparent 14px 28px)` },
  scales: {
    backgroundImage: `radial-gradient(circle at 50% 100%, transparent 15px, ${mark} 15.5px 16.5px, transparent 17px)`,
    backgroundSize: "34px 17px",
  },
} as const satisfies Readonly<Record<string, CSSProperties>>;

export type Background = keyof typeof BACKGROUNDS;
export const BACKGROUND_NAMES = Object.keys(BACKGROUNDS) as readonly Background[];

/** Whether this names a background. */
export function isBackground(value: unknown): value is Background {
  return typeof value === "string" && Object.hasOwn(BACKGROUNDS, value);
}
