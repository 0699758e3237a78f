/** What page and service worker say to each other. Decoded like every input from outside: tabs of an older version
 * may talk to a newer worker and the other way round. */

/** Page to worker. */
export type ToWorker =
  | { readonly type: "skip_waiting" }
  /** Who is signed in; null for nobody: then everything private is cleared. */
  | { readonly type: "account"; readonly id: string | null }
  /** What lists show has changed: do not show the old ones first. */
  | { readonly type: "lists_changed" };

/** Worker to page. */
export type ToPage = { readonly type: "open"; readonly path: string };

const ACCOUNT = /^[a-z0-9_-]{1,64}$/i;

export function decodeToWorker(data: unknown): ToWorker | null {
  if (typeof data !== "object" || data === null || !("type" in data)) return null;
  switch (data.type) {
    case "skip_waiting":
    case "lists_changed":
      return { type: data.type };
    case "account": {
      const id = "id" in data ? data.id : undefined;
      if (id === null) return { type: "account", id };
      return typeof id === "string" && ACCOUNT.test(id) ? { type: "account", id } : null;
    }
    default:
      return null;
  }
}

export function decodeToPage(data: unknown): ToPage | null {
  if (typeof data !== "object" || data === null || !("type" in data) || data.type !== "open") return null;
  const path = "path" in data ? localPath(data.path) : null;
  return path === null ? null : { type: "open", path };
}

/** A path of this site alone: neither another origin nor `//host`. */
export function localPath(path: unknown): string | null {
  return typeof path === "string" && path.length <= 512 && /^\/(?![/\\])[^\s\\]*$/.test(path) ? path : null;
}
