/** Keeps a cache small without a database of its own: the order of a cache's keys is the order of writing. */
import type { WorkboxPlugin } from "workbox-core";

const DAY_MS = 24 * 3600_000;

/** At most `entries` answers, none older than `days` by the server's own date. */
export function bounded(entries: number, days: number): WorkboxPlugin {
  return {
    cacheDidUpdate: async ({ cacheName }) => {
      const cache = await caches.open(cacheName);
      const keys = await cache.keys();
      await Promise.all(keys.slice(0, Math.max(0, keys.length - entries)).map((key) => cache.delete(key)));
    },
    cachedResponseWillBeUsed: async ({ cachedResponse }) => {
      const written = Date.parse(cachedResponse?.headers.get("date") ?? "");
      // Without a date only the number bounds it.
      return cachedResponse && !(Date.now() - written > days * DAY_MS) ? cachedResponse : null;
    },
  };
}
