/** How long a message is, and how a longer one is divided. */

/** The length as the server counts it: Unicode scalar values. */
export function countScalars(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    count += 1;
    if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) at += 1;
  }
  return count;
}

/** What the counter shows: nothing until the limit is near. */
export function counter(text: string, limit: number): { left: number; tone: "near" | "over" } | null {
  // Most texts are short enough to see without counting.
  if (text.length < limit * 0.8) return null;
  const left = limit - countScalars(text);
  const near = Math.max(50, Math.round(limit * 0.1));
  return left > near ? null : { left, tone: left < 0 ? "over" : "near" };
}

/** Empty lines at the beginning and white space at the end are not sent. */
export function tidy(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}

/** Index in UTF-16 units after `count` scalars. */
function indexOfScalar(text: string, count: number): number {
  let at = 0;
  for (let left = count; left > 0 && at < text.length; left -= 1) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

/** Where to cut, best places first: paragraph, line, sentence, word; never before half of the room is used. */
const CUTS = [/\n\s*\n/g, /\n/g, /[.!?…][)"»”]?\s/g, /\s/g];

function cutAt(text: string, end: number): number {
  const head = text.slice(0, end);
  for (const pattern of CUTS) {
    let best = -1;
    for (const match of head.matchAll(pattern)) best = match.index + match[0].length;
    if (best > end / 2) return best;
  }
  return graphemeBefore(text, end);
}

/** No cut within an emoji or a letter with its marks, unless one of them fills everything. */
function graphemeBefore(text: string, end: number): number {
  const from = Math.max(0, end - 64);
  let last = -1;
  for (const { index } of new Intl.Segmenter().segment(text.slice(from, end + 64))) {
    if (from + index > end) break;
    last = from + index;
  }
  return last > end / 2 ? last : end;
}

/** The opening line of the code fence that is open at the end of a text. */
function openFence(text: string): string | null {
  let open: string | null = null;
  for (const line of text.split("\n")) {
    if (!/^ {0,3}```[^`]*$/.test(line)) continue;
    open = open === null ? line.trim() : line.trim() === "```" ? null : open;
  }
  return open;
}

const CLOSING = "\n```";

/** Divides a text into messages within the limit, at good places; code that is cut is closed and opened again. */
export function split(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = tidy(text);
  while (countScalars(rest) > limit) {
    const whole = indexOfScalar(rest, limit);
    let at = cutAt(rest, whole);
    let fence = openFence(rest.slice(0, at));
    if (fence !== null && countScalars(fence) + 16 < limit / 2) {
      at = cutAt(rest, indexOfScalar(rest, limit - CLOSING.length));
      fence = openFence(rest.slice(0, at));
    } else fence = null;
    const head = rest.slice(0, at).trimEnd();
    // A fence whose first line would be all of the part is left for the next one.
    parts.push(fence === null ? head : head + CLOSING);
    const tail = fence === null ? rest.slice(at) : rest.slice(at).replace(/^\n/, "");
    rest = tidy(fence === null ? tail : `${fence}\n${tail}`);
  }
  if (rest !== "") parts.push(rest);
  return parts.filter((part) => part !== "");
}
