// @vitest-environment jsdom
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { decodeAppearance, DEFAULT_APPEARANCE } from "./appearance";
import { decodeChatLooks, withChatLook } from "./chatlooks";
import { decodeCustomThemes, exportThemes, importThemes, solid, ThemeRefused, type CustomTheme } from "./custom";
import { resolveLook } from "./look";
import { applyLook, rememberLook, rememberedAppearance } from "./mirror";
import { seasonOf } from "./season";

let count = 0;
const newId = () => `id-${++count}`;
const theme: CustomTheme = { id: "mine", name: "Mine", base: "dark", tokens: solid("dark", { accent: "#ff8800" }) };
const file = (themes: unknown, more: object = {}) => JSON.stringify({ format: "vestnik-theme-1", themes, ...more });
const refusal = (text: string) => {
  try {
    importThemes(text, newId);
    return null;
  } catch (error) {
    return (error as ThemeRefused).reason;
  }
};

describe("theme files", () => {
  it("come back as they went", () => {
    const [back] = importThemes(exportThemes([theme]), () => "mine");
    expect(back).toEqual(theme);
  });

  it("are normalised to hex, with what is missing from the base", () => {
    const [back] = importThemes(file([{ name: "A", base: "light", tokens: { accent: "oklch(0.5 0.1 195)", ink: "#ABC" } }]), newId);
    expect(back!.tokens["accent"]).toMatch(/^#[0-9a-f]{6}$/);
    expect(back!.tokens.ink).toBe("#aabbcc");
    expect(back!.tokens.surface).toBe("#ffffff");
  });

  it.each([
    ["json", "{"],
    ["json", "javascript:alert(1)"],
    ["format", "[]"],
    ["format", "null"],
    ["format", JSON.stringify({ themes: [] })],
    ["size", file([])],
    ["size", file(Array.from({ length: 21 }, () => theme))],
    ["size", " ".repeat(70_000)],
    ["format", file(["x"])],
    ["format", file([{ name: "A", base: "dark", tokens: [] }])],
    ["name", file([{ name: "\u202e\u200b", base: "dark", tokens: {} }])],
    ["name", file([{ name: 5, base: "dark", tokens: {} }])],
    ["base", file([{ name: "A", base: "__proto__", tokens: {} }])],
    ["token", file([{ name: "A", base: "dark", tokens: { "--bg": "#fff" } }])],
    ["token", file([{ name: "A", base: "dark", tokens: { "background-image": "#fff" } }])],
    ["token", '{"format":"vestnik-theme-1","themes":[{"name":"A","base":"dark","tokens":{"__proto__":"#fff"}}]}'],
    ["color", file([{ name: "A", base: "dark", tokens: { bg: "url(https://example.org/x)" } }])],
    ["color", file([{ name: "A", base: "dark", tokens: { bg: "#fff; } body { display: none" } }])],
    ["color", file([{ name: "A", base: "dark", tokens: { bg: "expression(alert(1))" } }])],
    ["color", file([{ name: "A", base: "dark", tokens: { bg: ["#fff"] } }])],
    ["color", file([{ name: "A", base: "dark", tokens: { bg: "var(--ink)" } }])],
  ])("are refused for their %s: %s", (reason, text) => {
    expect(refusal(text.slice(0, 80_000))).toBe(reason);
  });

  it("never bring anything but colours, whatever is in them", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const read of decodeCustomThemes([{ id: "x", name: "x", base: "light", tokens: value }]))
          for (const color of Object.values(read.tokens)) expect(color).toMatch(/^#[0-9a-f]{6}$/);
      }),
    );
  });

  it("clean names", () => {
    const [back] = importThemes(file([{ name: `  \u202eNight\u0000 ${"x".repeat(100)}`, base: "dark", tokens: {} }]), newId);
    expect(back!.name).toMatch(/^Night x+$/);
    expect(back!.name.length).toBe(40);
  });
});

describe("appearance", () => {
  it("is unknown when nothing is stored", () => {
    expect(decodeAppearance(undefined)).toBeNull();
    expect(decodeAppearance("dark")).toBeNull();
  });

  it("takes the default for every part that is wrong", () => {
    expect(decodeAppearance({ theme: "gone", accent: { hue: -1, chroma: 9 }, density: 4, fontScale: "x", custom: {}, language: "de" })).toEqual(DEFAULT_APPEARANCE);
    expect(decodeAppearance({ fontScale: 99 })!.fontScale).toBe(2);
    expect(decodeAppearance({ fontScale: 0.1 })!.fontScale).toBe(0.85);
  });

  it("survives any JSON", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void resolveLook(decodeAppearance(value) ?? DEFAULT_APPEARANCE, { dark: true, moreContrast: false, season: "winter" })));
  });
});

describe("a look", () => {
  const around = { dark: false, moreContrast: false, season: "autumn" } as const;
  beforeEach(() => {
    localStorage.clear();
    document.documentElement.removeAttribute("style");
  });

  it("needs no overrides by default", () => {
    const look = resolveLook(DEFAULT_APPEARANCE, around);
    expect([look.mode, look.skin.base, look.skin.overrides]).toEqual(["system", "light", {}]);
  });

  it("follows the system's wish for contrast only when it follows the system", () => {
    expect(resolveLook(DEFAULT_APPEARANCE, { ...around, moreContrast: true }).skin.strong).toBe(true);
    expect(resolveLook({ ...DEFAULT_APPEARANCE, theme: "light" }, { ...around, moreContrast: true }).skin.strong).toBe(false);
    expect(resolveLook({ ...DEFAULT_APPEARANCE, theme: "contrast" }, { ...around, dark: true }).skin.tokens.bg).toBe("#000000");
  });

  it("is decorated by the season unless switched off or in high contrast", () => {
    expect(resolveLook(DEFAULT_APPEARANCE, around).season).toBe("autumn");
    expect(resolveLook({ ...DEFAULT_APPEARANCE, seasonal: false }, around).season).toBeNull();
    expect(resolveLook({ ...DEFAULT_APPEARANCE, theme: "contrast" }, around).season).toBeNull();
    expect(resolveLook({ ...DEFAULT_APPEARANCE, accent: "season" }, around).skin.overrides.accent).toBeDefined();
  });

  it("is set on the page, taken back, and left for the next start", () => {
    const own = { ...DEFAULT_APPEARANCE, custom: [theme], theme: "mine", fontScale: 1.25 };
    const look = resolveLook(own, around);
    applyLook(look);
    rememberLook(look, own);
    const root = document.documentElement;
    expect([root.dataset["theme"], root.style.getPropertyValue("--accent"), root.style.fontSize]).toEqual(["dark", "#ff8800", "125%"]);
    expect(JSON.parse(localStorage.getItem("vestnik.look")!)).toMatchObject({ mode: "dark", scale: 125, dark: { "--accent": "#ff8800" } });
    expect(rememberedAppearance()).toEqual(own);
    applyLook(resolveLook(DEFAULT_APPEARANCE, around));
    expect([root.dataset["theme"], root.style.getPropertyValue("--accent"), root.style.fontSize]).toEqual(["light", "", ""]);
  });
});

describe("seasons", () => {
  it.each([
    ["2026-12-14", "winter"],
    ["2026-12-15", "newYear"],
    ["2027-01-14", "newYear"],
    ["2027-01-15", "winter"],
    ["2026-03-01", "spring"],
    ["2026-07-07", "summer"],
    ["2026-11-25", "autumn"],
  ])("%s is %s", (date, season) => {
    expect(seasonOf(new Date(`${date}T12:00:00`))).toBe(season);
  });
});

describe("chat looks", () => {
  it("keep what is known", () => {
    expect(decodeChatLooks({ general: { background: "dots", accent: { hue: 10, chroma: 0.1 } }, a: { background: "url(x)" }, b: null })).toEqual({
      general: { background: "dots", accent: { hue: 10, chroma: 0.1 } },
    });
    expect(decodeChatLooks([1])).toEqual({});
  });

  it("forget a chat without a look of its own", () => {
    const looks = withChatLook({}, "a", { background: "dots" });
    expect(looks).toEqual({ a: { background: "dots" } });
    expect(withChatLook(looks, "a", { background: "none" })).toEqual({});
  });
});
