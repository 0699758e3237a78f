/** Longest address that is worth coming back to. */
const LONGEST = 512;
/** Stands for this site when addresses are resolved; the real origin does not matter. */
const HERE = "https://here.invalid";

/** Where to go after signing in: a path of this site, and none of the pages for signing in. */
export function decodeNext(next: unknown): string | undefined {
  if (typeof next !== "string" || next.length > LONGEST || !/^\/(?![/\\])[^\s\\\p{Cc}]*$/u.test(next)) return undefined;
  const url = URL.parse(next, HERE);
  if (!url || url.origin !== HERE || url.pathname.startsWith("//")) return undefined;
  return /^\/(?:login|register|setup)(?:\/|$)/.test(url.pathname) ? undefined : next;
}
