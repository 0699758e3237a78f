/** Colours: reading them strictly, OKLCH, and the contrast of WCAG 2. */

/** Red, green and blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

const HEX = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
const NUMBER = String.raw`\d{1,4}(?:\.\d{1,6})?`;
const RGB = new RegExp(String.raw`^rgb\(\s*(${NUMBER})[\s,]+(${NUMBER})[\s,]+(${NUMBER})\s*\)$`, "i");
const OKLCH = new RegExp(String.raw`^oklch\(\s*(${NUMBER})(%?)\s+(${NUMBER})\s+(${NUMBER})(?:deg)?\s*\)$`, "i");
const LONGEST = 64;

/** Reads `#rgb`, `#rrggbb`, `rgb(…)` or `oklch(…)` and nothing else; null for everything that is no such colour. */
export function parseColor(text: unknown): Rgb | null {
  if (typeof text !== "string" || text.length > LONGEST) return null;
  const value = text.trim();
  if (HEX.test(value)) return fromHex(value);
  const rgb = RGB.exec(value);
  if (rgb) {
    const parts = [Number(rgb[1]), Number(rgb[2]), Number(rgb[3])] as const;
    return parts.every((part) => part <= 255) ? parts : null;
  }
  const lch = OKLCH.exec(value);
  if (!lch) return null;
  const lightness = Number(lch[1]) / (lch[2] ? 100 : 1);
  const [chroma, hue] = [Number(lch[3]), Number(lch[4])];
  return lightness <= 1 && chroma <= 0.5 && hue <= 360 ? oklch(lightness, chroma, hue) : null;
}

/** The colour as `#rrggbb`: the only form in which colours are stored and set. */
export function toHex(color: Rgb): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

/** A colour by lightness (0–1), chroma and hue (degrees); chroma gives way until sRGB can show it. */
export function oklch(lightness: number, chroma: number, hue: number): Rgb {
  let [low, high] = [0, chroma];
  const whole = linear(lightness, chroma, hue);
  if (inGamut(whole)) return encode(whole);
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (inGamut(linear(lightness, middle, hue))) low = middle;
    else high = middle;
  }
  return encode(linear(lightness, low, hue));
}

/** Chroma and hue (degrees) of a colour: the inverse of `oklch`, without the lightness. */
export function hueOf(color: Rgb): { hue: number; chroma: number } {
  const [red, green, blue] = color.map((part) => decode(part / 255)) as [number, number, number];
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const b = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return { hue: ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360, chroma: Math.hypot(a, b) };
}

/** WCAG contrast of two opaque colours: 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** WCAG relative luminance, 0 to 1. */
function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => decode(part / 255)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function fromHex(text: string): Rgb {
  const digits = text.slice(1);
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** Linear-light sRGB of an OKLCH colour, perhaps outside 0 to 1 (Ottosson's matrices). */
function linear(lightness: number, chroma: number, hue: number): Rgb {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function inGamut(color: Rgb): boolean {
  return color.every((part) => part >= -0.0005 && part <= 1.0005);
}

function encode(color: Rgb): Rgb {
  return color.map((part) => {
    const light = Math.min(1, Math.max(0, part));
    return Math.round((light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055) * 255);
  }) as unknown as Rgb;
}

function decode(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
