/** The colour tokens of `styles/tokens.css` as data: for accents, high contrast and the editor. A test keeps both the same. */
/** Tokens a theme may set, in the order of the editor. */
export const TOKENS = [
  "bg",
  "surface",
  "raised",
  "sunken",
  "line",
  "line-strong",
  "ink",
  "ink-2",
  "ink-3",
  "accent",
  "accent-ink",
  "accent-soft",
  "mine",
  "warn",
  "warn-ink",
  "danger",
  "danger-ink",
  "ok",
] as const;
export type Token = (typeof TOKENS)[number];
export type TokenSet = Readonly<Record<Token, string>>;
export type Base = "light" | "dark";

/** Light and dark as the style sheet has them; `strong` is high contrast. */
export const PALETTES: Readonly<Record<Base | "strongLight" | "strongDark", TokenSet>> = {
  light: {
    bg: "#f6f7f8", surface: "#ffffff", raised: "#ffffff", sunken: "#eef0f2", line: "#e3e6e9", "line-strong": "#8a949e",
    ink: "#15191d", "ink-2": "#56606a", "ink-3": "#606a74",
    accent: "oklch(0.5 0.1 195)", "accent-ink": "#ffffff", "accent-soft": "oklch(0.95 0.03 195)", mine: "oklch(0.955 0.028 195)",
    warn: "oklch(0.55 0.12 65)", "warn-ink": "#ffffff", danger: "oklch(0.53 0.2 25)", "danger-ink": "#ffffff", ok: "oklch(0.52 0.13 150)",
  },
  dark: {
    bg: "#0f1215", surface: "#15191d", raised: "#1b2025", sunken: "#101316", line: "#262c32", "line-strong": "#6b7680",
    ink: "#e9edf0", "ink-2": "#9aa5af", "ink-3": "#8a949e",
    accent: "oklch(0.72 0.11 195)", "accent-ink": "#06201f", "accent-soft": "oklch(0.28 0.045 195)", mine: "oklch(0.27 0.04 195)",
    warn: "oklch(0.78 0.14 75)", "warn-ink": "#231500", danger: "oklch(0.7 0.17 25)", "danger-ink": "#2a0604", ok: "oklch(0.72 0.15 150)",
  },
  strongLight: {
    bg: "#ffffff", surface: "#ffffff", raised: "#ffffff", sunken: "#f2f2f2", line: "#6e6e6e", "line-strong": "#000000",
    ink: "#000000", "ink-2": "#1f1f1f", "ink-3": "#333333",
    accent: "#004d52", "accent-ink": "#ffffff", "accent-soft": "#d9f2f3", mine: "#e4f5f5",
    warn: "#6b3600", "warn-ink": "#ffffff", danger: "#9c0006", "danger-ink": "#ffffff", ok: "#00541c",
  },
  strongDark: {
    bg: "#000000", surface: "#000000", raised: "#0d0d0d", sunken: "#141414", line: "#8c8c8c", "line-strong": "#ffffff",
    ink: "#ffffff", "ink-2": "#e8e8e8", "ink-3": "#d2d2d2",
    accent: "#5fe0e6", "accent-ink": "#000000", "accent-soft": "#05393b", mine: "#06292b",
    warn: "#ffc24d", "warn-ink": "#000000", danger: "#ffa3a3", "danger-ink": "#000000", ok: "#7ee2a0",
  },
};
