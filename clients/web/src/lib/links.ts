/** Links that other people wrote: which are links at all, and how their hosts are shown without deceiving anybody. */
import { safeText } from "./text";

/** The only schemes a link may have. */
const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/** What every link to elsewhere carries. */
export const EXTERNAL_LINK = { target: "_blank", rel: "noopener noreferrer nofollow" } as const;

/** A link's address in its normal form, or null when it is not one that may be followed. */
export function safeHref(address: string): string | null {
  const text = address.trim();
  // Characters a browser would drop silently (`java\nscript:`) or that hide the end of the host.
  if (text === "" || text.length > 4096 || /[\s\u0000-\u001f\\<>"`]/.test(text) || safeText(text) !== text) return null;
  const candidate = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/?#:]*\.[^/?#:]*:\d/.test(text) ? text : bareAddress(text);
  if (candidate === null || !URL.canParse(candidate)) return null;
  const url = new URL(candidate);
  if (!SCHEMES.has(url.protocol)) return null;
  if (url.protocol === "mailto:") return /^[^@]+@[^@]+$/.test(url.pathname) ? url.href : null;
  // A name and password before the host is only ever used to deceive.
  return url.username === "" && url.password === "" && url.hostname !== "" ? url.href : null;
}

function bareAddress(text: string): string | null {
  return /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+(?:[:/?#]|$)/u.test(text) ? `https://${text}` : null;
}

/* ---- showing ---- */

const SCRIPTS = [
  /^[a-z0-9\u00df-\u00f6\u00f8-\u00ff\u0100-\u0130\u0132-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u017e-]*$/u,
  /^[\u0430-\u045f\u0491\u0493\u049b\u04a3\u04af\u04b1\u04bb\u04d9\u04e90-9-]*$/u,
  /^[\u03ac-\u03ce\u03900-9-]*$/u,
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々0-9-]*$/u,
  /^[\p{Script=Hangul}0-9-]*$/u,
  /^[\p{Script=Arabic}0-9-]*$/u,
  /^[\p{Script=Hebrew}0-9-]*$/u,
  /^[\p{Script=Georgian}0-9-]*$/u,
  /^[\p{Script=Armenian}0-9-]*$/u,
  /^[\p{Script=Thai}0-9-]*$/u,
  /^[\p{Script=Devanagari}0-9-]*$/u,
];
/** Letters that have a Latin twin: a label of nothing but these is a disguise. */
const CYRILLIC_TWINS = /^[асԁеһіїјӏорԛѕԝхуүъьҽпгѵѡ0-9-]*$/u;
const GREEK_TWINS = /^[αικνορτυωχγηο0-9-]*$/u;
const CYRILLIC_ENDINGS = new Set(["рф", "бел", "укр", "қаз", "мкд", "срб", "бг", "ею", "рус", "дети", "москва", "онлайн", "сайт", "орг", "ком"]);

function honest(label: string, ending: string): boolean {
  if (/^[a-z0-9-]*$/.test(label)) return true;
  if (!SCRIPTS.some((script) => script.test(label))) return false;
  if (CYRILLIC_ENDINGS.has(ending)) return true;
  return !CYRILLIC_TWINS.test(label) && !GREEK_TWINS.test(label);
}

/** A host as it may be shown: decoded when each part is of one script and could not pass for another host,
 * else in punycode as the browser's address line would show it. */
export function displayHost(host: string): string {
  const ascii = host.toLowerCase();
  if (!ascii.includes("xn--")) return ascii;
  const decoded = ascii.split(".").map((label) => (label.startsWith("xn--") ? decodePunycode(label.slice(4)) : label));
  const ending = decoded.at(-1) ?? "";
  const allHonest = decoded.every((label) => label !== null && label === label.normalize("NFC") && honest(label, ending ?? ""));
  return allHonest ? decoded.join(".") : ascii;
}

/** RFC 3492; null when it is malformed. */
function decodePunycode(input: string): string | null {
  const last = input.lastIndexOf("-");
  const output = last > 0 ? Array.from(input.slice(0, last)) : [];
  let [code, index, bias] = [128, 0, 72];
  for (let at = last > 0 ? last + 1 : 0; at < input.length; ) {
    const before = index;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = parseInt(input.charAt(at++), 36);
      if (Number.isNaN(digit)) return null;
      // In punycode letters come before digits; in base 36 after them.
      const value = digit < 10 ? digit + 26 : digit - 10;
      index += value * weight;
      if (index > 0x7fffffff) return null;
      const threshold = Math.min(26, Math.max(1, k - bias));
      if (value < threshold) break;
      weight *= 36 - threshold;
    }
    const size = output.length + 1;
    let delta = before === 0 ? Math.floor(index / 700) : (index - before) >> 1;
    delta += Math.floor(delta / size);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    code += Math.floor(index / size);
    index %= size;
    if (code > 0x10ffff) return null;
    output.splice(index++, 0, String.fromCodePoint(code));
  }
  return output.join("");
}

/** An address as it may be shown: the host as `displayHost` says, the path readable, without a bare last slash. */
export function displayUrl(href: string): string {
  const url = new URL(href);
  if (url.protocol === "mailto:") return safeText(decode(url.pathname));
  const rest = safeText(decode(url.pathname + url.search + url.hash));
  const port = url.port === "" ? "" : `:${url.port}`;
  return `${url.protocol}//${displayHost(url.hostname)}${port}${rest === "/" ? "" : rest}`;
}

function decode(text: string): string {
  try {
    // Spaces stay encoded, so that a path cannot look like the words after a link.
    return decodeURIComponent(text).replace(/[\s\u00a0\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000]/g, encodeURIComponent);
  } catch {
    return text;
  }
}

/** The host to show after a link whose words look like another address than the one it leads to. */
export function deceptiveHost(words: string, href: string): string | null {
  const url = new URL(href);
  const claimed = /(?:^|[\s/@(])((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?=$|[\s/:?#)])/u.exec(safeText(words).trim())?.[1];
  if (claimed === undefined || url.protocol === "mailto:") return null;
  const probe = `https://${claimed}`;
  if (!URL.canParse(probe)) return displayHost(url.hostname);
  const bare = (host: string) => host.replace(/^www\./, "");
  return bare(new URL(probe).hostname) === bare(url.hostname) ? null : displayHost(url.hostname);
}

/** The path inside the client when an address is one of its own, else null. */
export function ownPath(href: string, origin: string): string | null {
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  if (url.origin !== origin) return null;
  return /^\/(?:c|u|rooms|invite|direct)\/[^/]/.test(url.pathname) ? url.pathname + url.search + url.hash : null;
}

/* ---- finding ---- */

/** Endings under which a bare name is taken for a link. None is an ordinary file ending or a word after a full stop. */
const ENDINGS = "com|net|org|edu|gov|io|dev|app|info|ru|su|ua|by|kz|de|fr|uk|eu|nl|pl|cz|jp|cn|ai|xyz|рф|бел|укр|рус";
const HOST = "(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?\\.){1,8}";
const WITH_SCHEME = /(?:https?:\/\/|mailto:)[^\s<>"`|\\^{}]{1,2048}/iuy;
const BARE = new RegExp(`${HOST}(?:${ENDINGS})(?![\\p{L}\\p{N}_-])(?::\\d{1,5})?(?:[/?#][^\\s<>"\`|\\\\^{}]{0,2048})?`, "iuy");
const EMAIL = new RegExp(`[a-z0-9](?:[a-z0-9._+-]{0,63})@${HOST}(?:${ENDINGS})(?![\\p{L}\\p{N}_-])`, "iuy");

/** A link found in a text. */
export interface FoundLink {
  /** Length of its source text. */
  readonly length: number;
  readonly href: string;
}

function sticky(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** The link that begins exactly at `at`, if one does. The caller makes sure a word begins there. */
export function linkAt(text: string, at: number): FoundLink | null {
  const first = text.charCodeAt(at) | 32;
  // 'h' and 'm' begin the schemes; everything else can only be a bare host or an e-mail address.
  const schemed = first === 104 || first === 109 ? sticky(WITH_SCHEME, text, at) : null;
  if (schemed !== null) return found(schemed, (source) => source);
  const mail = sticky(EMAIL, text, at);
  if (mail !== null) return found(mail, (source) => `mailto:${source}`);
  const bare = sticky(BARE, text, at);
  return bare === null ? null : found(bare, (source) => `https://${source}`);
}

function found(source: string, address: (source: string) => string): FoundLink | null {
  const trimmed = trimEnd(source);
  const href = safeHref(address(trimmed));
  return href === null ? null : { length: trimmed.length, href };
}

/** Without the punctuation of the sentence around it; a closing bracket stays when it was opened inside. */
function trimEnd(source: string): string {
  let end = source.length;
  const open = { ")": count(source, "("), "]": count(source, "[") };
  const close = { ")": count(source, ")"), "]": count(source, "]") };
  for (; end > 0; end--) {
    const char = source.charAt(end - 1);
    if (char === ")" || char === "]") {
      if (close[char] <= open[char]) break;
      close[char]--;
    } else if (!/[.,;:!?'"»”’*_~]/.test(char)) {
      break;
    }
  }
  return source.slice(0, end);
}

function count(text: string, char: string): number {
  let found = 0;
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) found++;
  return found;
}
