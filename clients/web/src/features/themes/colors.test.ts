import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACCENTS, accentTokens } from "./accent";
import { contrast, hueOf, oklch, parseColor, toHex } from "./color";
import { judge, PAIRS } from "./pairs";
import { PALETTES, TOKENS, type TokenSet } from "./tokens";

const css = readFileSync("src/styles/tokens.css", "utf8");
/** A block of the style sheet as a set of tokens. */
function block(selector: string): Record<string, string> {
  const body = css.slice(css.indexOf(selector)).split("{")[1]?.split("}")[0] ?? "";
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((match) => [match[1], match[2]]));
}

describe("colours", () => {
  it("agree with the known values of WCAG", () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
    expect(contrast([255, 255, 255], [255, 255, 255])).toBe(1);
    expect(contrast(parseColor("#777")!, parseColor("#fff")!)).toBeCloseTo(4.48, 2);
  });

  it("turns OKLCH into sRGB", () => {
    expect(toHex(oklch(1, 0, 0))).toBe("#ffffff");
    expect(toHex(oklch(0, 0, 0))).toBe("#000000");
    expect(toHex(oklch(0.628, 0.2577, 29.23))).toBe("#ff0000");
  });

  it("finds hue and chroma again", () => {
    for (const hue of [0, 30, 145, 195, 260, 359]) {
      const found = hueOf(oklch(0.6, 0.08, hue));
      expect(Math.abs(((found.hue - hue + 540) % 360) - 180)).toBeLessThan(2);
      expect(found.chroma).toBeCloseTo(0.08, 2);
    }
  });

  it("gives way in chroma, not in hue, for what the screen cannot show", () => {
    const vivid = oklch(0.7, 0.4, 150);
    expect(vivid.every((part) => part >= 0 && part <= 255)).toBe(true);
    expect(vivid[1]).toBeGreaterThan(vivid[0]);
  });

  it.each(["red", "#12", "#1234567", "url(x)", "var(--x)", "#fff;}", "rgb(1,2)", "rgb(300,0,0)", "oklch(2 0 0)", "#fff\n", "calc(1)", "oklch(0.5 0.1 195 / 1)"])(
    "refuses %j",
    (text) => {
      expect(text === "#fff\n" ? toHex(parseColor(text)!) : parseColor(text)).toBe(text === "#fff\n" ? "#ffffff" : null);
    },
  );

  it("reads what it writes", () => {
    fc.assert(fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)), (rgb) => void expect(parseColor(toHex(rgb))).toEqual(rgb)));
  });
});

describe("palettes", () => {
  it.each([["light", '[data-theme="light"]'], ["dark", '[data-theme="dark"]']] as const)("%s is that of the style sheet", (name, selector) => {
    const sheet = block(selector);
    for (const token of TOKENS) expect([token, toHex(parseColor(sheet[token])!)]).toEqual([token, toHex(parseColor(PALETTES[name][token])!)]);
  });

  it.each(Object.keys(PALETTES) as (keyof typeof PALETTES)[])("%s is legible", (name) => {
    expect(PAIRS.filter((pair) => !judge(PALETTES[name], pair).passes).map(({ text, on }) => `${text} on ${on}`)).toEqual([]);
  });

  it.each(["strongLight", "strongDark"] as const)("%s has AAA contrast for text", (name) => {
    for (const pair of PAIRS.filter(({ least }) => least === 4.5)) expect(judge(PALETTES[name], pair).ratio).toBeGreaterThanOrEqual(7);
  });
});

describe("accents", () => {
  const cases = [
    ["light", "light", 4.5],
    ["dark", "dark", 4.5],
    ["strongLight", "light", 7],
    ["strongDark", "dark", 7],
  ] as const;
  it.each(cases)("are legible in every hue on %s", (name, base, least) => {
    const palette = PALETTES[name];
    const accents = [...Object.values(ACCENTS), ...Array.from({ length: 60 }, (_, at) => ({ hue: at * 6, chroma: at % 2 ? 0.13 : 0.3 }))];
    for (const accent of accents) {
      const tokens: TokenSet = { ...palette, ...accentTokens(accent, palette, base, least) };
      for (const pair of PAIRS.filter(({ text, on }) => text.startsWith("accent") || on === "mine" || on === "accent-soft"))
        expect([accent.hue, pair.text, pair.on, judge(tokens, pair).ratio >= pair.least]).toEqual([accent.hue, pair.text, pair.on, true]);
    }
  });
});
