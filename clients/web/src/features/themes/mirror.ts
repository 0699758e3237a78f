/** Setting a look on the page, and leaving it for `public/boot.js` so that the next start does not flash. */
import { decodeAppearance, type Appearance } from "./appearance";
import type { Look, Skin } from "./look";
import { TOKENS } from "./tokens";

const LOOK_KEY = "vestnik.look";
const APPEARANCE_KEY = "vestnik.appearance";

/** Sets attributes and custom properties of `<html>`. Goes through the CSSOM, which the content security policy allows. */
export function applyLook(look: Look): void {
  const root = document.documentElement;
  root.dataset["theme"] = look.skin.base;
  root.dataset["density"] = look.density;
  toggle(root, "contrast", look.skin.strong ? "more" : null);
  toggle(root, "season", look.season);
  root.style.fontSize = look.fontScale === 1 ? "" : `${percent(look)}%`;
  for (const token of TOKENS) {
    const color = look.skin.overrides[token];
    if (color) root.style.setProperty(`--${token}`, color);
    else root.style.removeProperty(`--${token}`);
  }
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", look.skin.tokens.surface);
}

/** Leaves the look for the next start. */
export function rememberLook(look: Look, appearance: Appearance): void {
  const [light, dark] = look.skin.base === "dark" ? [look.other, look.skin] : [look.skin, look.other];
  const left = { mode: look.mode, scale: percent(look), density: look.density, light: properties(light), dark: properties(dark) };
  try {
    localStorage.setItem(LOOK_KEY, JSON.stringify(left));
    localStorage.setItem(APPEARANCE_KEY, JSON.stringify(appearance));
  } catch {
    // Storage is full or blocked: the next start begins with the system's theme.
  }
}

/** What was chosen in this browser before, for pages without a signed-in person. */
export function rememberedAppearance(): Appearance | null {
  try {
    return decodeAppearance(JSON.parse(localStorage.getItem(APPEARANCE_KEY) ?? "null"));
  } catch {
    return null;
  }
}

function properties(skin: Skin): Record<string, string> {
  return Object.fromEntries(Object.entries(skin.overrides).map(([token, color]) => [`--${token}`, color]));
}

function percent(look: Look): number {
  return Math.round(look.fontScale * 100);
}

function toggle(root: HTMLElement, name: string, value: string | null): void {
  if (value === null) delete root.dataset[name];
  else root.dataset[name] = value;
}
