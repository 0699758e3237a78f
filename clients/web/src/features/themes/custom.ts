/** Themes made by people: read strictly, because a theme may come from anybody's file. */
import { parseColor, toHex } from "./color";
import { PALETTES, TOKENS, type Base, type Token, type TokenSet } from "./tokens";

/** A complete set of tokens with a name. Colours are always `#rrggbb`, so nothing else can get into the page. */
export interface CustomTheme {
  readonly id: string;
  readonly name: string;
  readonly base: Base;
  readonly tokens: TokenSet;
}

/** Why a file was refused; `part` says where. */
export class ThemeRefused extends Error {
  constructor(
    readonly reason: "json" | "size" | "format" | "token" | "color" | "base" | "name",
    readonly part = "",
  ) {
    super(`theme refused: ${reason} ${part}`);
  }
}

export const MOST_THEMES = 20;
const LONGEST_NAME = 40;
const LARGEST_FILE = 64 * 1024;
const FORMAT = "vestnik-theme-1";
/** Characters that change how the text around them is shown, and control characters. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The name without invisible characters, at most 40 characters. */
export function cleanName(name: string): string {
  return [...name.replace(INVISIBLE, "").trim()].slice(0, LONGEST_NAME).join("");
}

/** The theme as the text of a file. */
export function exportThemes(themes: readonly CustomTheme[]): string {
  return JSON.stringify({ format: FORMAT, themes: themes.map(({ name, base, tokens }) => ({ name, base, tokens })) }, null, 2);
}

/** Reads a file of themes; throws `ThemeRefused` at the first thing that is not as it must be. */
export function importThemes(text: string, newId: () => string): readonly CustomTheme[] {
  if (text.length > LARGEST_FILE) throw new ThemeRefused("size");
  const file = record(parse(text));
  if (!file || file["format"] !== FORMAT || !Array.isArray(file["themes"])) throw new ThemeRefused("format");
  if (file["themes"].length === 0 || file["themes"].length > MOST_THEMES) throw new ThemeRefused("size");
  return file["themes"].map((theme: unknown) => readTheme(theme, newId()));
}

/** Reads the synced preference: what is wrong is left out rather than refused. */
export function decodeCustomThemes(value: unknown): readonly CustomTheme[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_THEMES).flatMap((theme: unknown) => {
    const id = record(theme)?.["id"];
    if (typeof id !== "string" || !/^[\w-]{1,40}$/.test(id)) return [];
    try {
      return [readTheme(theme, id)];
    } catch {
      return [];
    }
  });
}

function readTheme(value: unknown, id: string): CustomTheme {
  const theme = record(value);
  if (!theme) throw new ThemeRefused("format");
  const name = typeof theme["name"] === "string" ? cleanName(theme["name"]) : "";
  if (name === "") throw new ThemeRefused("name");
  const base = theme["base"];
  if (base !== "light" && base !== "dark") throw new ThemeRefused("base", name);
  const given = record(theme["tokens"]);
  if (!given) throw new ThemeRefused("format", name);
  const tokens = solid(base);
  for (const [token, color] of Object.entries(given)) {
    if (!isToken(token)) throw new ThemeRefused("token", cleanName(token));
    const rgb = parseColor(color);
    if (!rgb) throw new ThemeRefused("color", token);
    tokens[token] = toHex(rgb);
  }
  return { id, name, base, tokens };
}

/** The base palette with every colour as `#rrggbb`: what a theme starts from. */
export function solid(base: Base, over: Partial<TokenSet> = {}): Record<Token, string> {
  const palette = { ...PALETTES[base], ...over };
  return Object.fromEntries(TOKENS.map((token) => [token, toHex(parseColor(palette[token]) ?? [0, 0, 0])])) as Record<Token, string>;
}

function isToken(name: string): name is Token {
  return (TOKENS as readonly string[]).includes(name);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ThemeRefused("json");
  }
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}
