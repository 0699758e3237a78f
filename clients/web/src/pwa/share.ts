/** What another application shared with us, between the worker that receives it and the page that sends it. */

export const SHARE_CACHE = "vestnik-share";
const KEY = "/share/pending";
/** Longer than any message may be; the composer counts and cuts. */
const CHARS = 16_000;

/** The parts of a share as one text; a link that is in the text already is not repeated. */
export function shareText(parts: { readonly title?: unknown; readonly text?: unknown; readonly url?: unknown }): string {
  const [title, text, url] = [parts.title, parts.text, parts.url].map((part) => (typeof part === "string" ? part.trim() : ""));
  const lines: string[] = [];
  for (const part of [title, text, url]) {
    if (part && !lines.some((line) => line.includes(part))) lines.push(part);
  }
  return lines.join("\n").slice(0, CHARS);
}

/** Worker: keeps the text until the page asks. */
export async function keepShared(text: string): Promise<void> {
  const cache = await caches.open(SHARE_CACHE);
  await cache.put(KEY, new Response(text, { headers: { "content-type": "text/plain;charset=utf-8" } }));
}

/** Page: the text, without taking it away, so that a reload keeps it. */
export async function readShared(): Promise<string> {
  if (!("caches" in globalThis)) return "";
  const found = await (await caches.open(SHARE_CACHE)).match(KEY);
  return found ? (await found.text()).slice(0, CHARS) : "";
}

/** Page: it has found its chat, or is not wanted. */
export async function dropShared(): Promise<void> {
  if ("caches" in globalThis) await caches.delete(SHARE_CACHE);
}
