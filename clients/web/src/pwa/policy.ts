/** Which answer of the server may be kept, and how. Pure, so that a test holds it. */

/** How a request is served. `network` means the worker keeps out of it altogether. */
export type Policy = "network" | "messages" | "lists" | "static" | "share";

const API = "/api/v1/";
/** A page of messages, one message, pins: the newest is wanted, the kept one is for being offline. */
const MESSAGES = /^chats\/[^/]+\/(?:messages(?:\/[^/]+)?|pins)$/;
/** Lists shown at once as they were and brought up to date behind. */
const LISTS = /^(?:rooms|users|users\/[^/]+|chats|chats\/[^/]+|chats\/[^/]+\/members)$/;
/** Files whose names change with their content, and the few that never change. */
const STATIC = /^\/(?:assets|emoji|icons|sounds|fonts)\/[^?]+$/;

/** The policy for one request of this origin. What is not named here is never kept. */
export function policyFor(method: string, url: URL, destination = ""): Policy {
  if (method === "POST" && url.pathname === "/share") return "share";
  if (method !== "GET") return "network";
  if (url.pathname.startsWith(API)) {
    const path = url.pathname.slice(API.length);
    if (MESSAGES.test(path)) return "messages";
    return LISTS.test(path) ? "lists" : "network";
  }
  // Media is the server's to hand out: large, and its links end.
  if (destination === "video" || destination === "audio") return "network";
  return STATIC.test(url.pathname) ? "static" : "network";
}

/** Paths under which a navigation is not the application. A name in a path may have a dot (`/u/anna.k`), so only
 * files at the root count as such. */
export const NOT_PAGES = [/^\/(?:api|media|assets|icons|emoji)\//, /^\/ws(?:$|\/)/, /^\/metrics$/, /^\/health/, /^\/[^/]+\.[a-z0-9]{2,12}$/i];

/** The purposes of caches; the name on disk has the account in it where the content is an account's. */
const PRIVATE_CACHES = ["messages", "lists"] as const;
export const cacheName = (purpose: string, account?: string) =>
  account === undefined ? `vestnik-${purpose}` : `vestnik-${purpose}-${account}`;

/** Whether a cache holds what only an account may see. */
export const isPrivateCache = (name: string) => PRIVATE_CACHES.some((purpose) => name.startsWith(`vestnik-${purpose}-`));
