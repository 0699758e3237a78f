/**
 * The service worker: the application opens without a network, and what was read stays readable.
 *
 * It takes over only when the person agrees (`skip_waiting`), and it never keeps an answer that is an error.
 */
import { clientsClaim } from "workbox-core";
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from "workbox-precaching";
import { NavigationRoute, registerRoute, Route } from "workbox-routing";
import { CacheFirst, NetworkFirst, StaleWhileRevalidate, type Strategy } from "workbox-strategies";
import { bounded } from "./bounded";
import { decodeToWorker, localPath, type ToPage } from "./messages";
import { cacheName, isPrivateCache, NOT_PAGES, policyFor, type Policy } from "./policy";
import { keepShared, SHARE_CACHE, shareText } from "./share";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] };

const ACCOUNT_KEY = "/account";

/** Only what went well is kept. */
const onlyGood = { cacheWillUpdate: ({ response }: { response: Response }) => Promise.resolve(response.status === 200 ? response : null) };

cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST);
registerRoute(new NavigationRoute(createHandlerBoundToURL("/index.html"), { denylist: NOT_PAGES }));
clientsClaim();

const files = new CacheFirst({ cacheName: cacheName("static"), plugins: [onlyGood, bounded(200, 90)] });

/** Private answers go to caches with the account in their name: nobody is ever shown another's. */
const perAccount = new Map<string, Strategy>();

function privateStrategy(policy: "messages" | "lists", account: string): Strategy {
  const name = cacheName(policy, account);
  let strategy = perAccount.get(name);
  if (!strategy) {
    strategy =
      policy === "messages"
        ? new NetworkFirst({ cacheName: name, networkTimeoutSeconds: 3, plugins: [bounded(300, 30), onlyFor(account), told] })
        : new StaleWhileRevalidate({ cacheName: name, plugins: [bounded(200, 7), onlyFor(account)] });
    perAccount.set(name, strategy);
  }
  return strategy;
}

/** A page of messages from the cache says so (`CACHED_HEADER` of the API): the engine reads it again later. */
const told = {
  cachedResponseWillBeUsed: async ({ cachedResponse }: { cachedResponse?: Response | undefined }) => {
    if (!cachedResponse) return null;
    const headers = new Headers(cachedResponse.headers);
    headers.set("x-vestnik-cached", "1");
    return new Response(cachedResponse.body, { status: cachedResponse.status, statusText: cachedResponse.statusText, headers });
  },
};

/** An answer that was on its way when its account signed out is not kept either. */
const onlyFor = (id: string) => ({
  cacheWillUpdate: async ({ response }: { response: Response }) => (response.status === 200 && (await account()) === id ? response : null),
  // Between the look and the writing the account may have gone, and its caches with it.
  cacheDidUpdate: async ({ cacheName: name }: { cacheName: string }) => void ((await account()) !== id && (await caches.delete(name))),
});

/** The account of the pages, as they said. The worker may be stopped at any time, so it is written down. */
let known: Promise<string | null> | null = null;

function account(): Promise<string | null> {
  known ??= caches.open(cacheName("account")).then(async (cache) => (await (await cache.match(ACCOUNT_KEY))?.text()) ?? null);
  return known;
}

async function setAccount(id: string | null): Promise<void> {
  const before = await account();
  known = Promise.resolve(id);
  await clearPrivate((name) => isPrivateCache(name) && (id === null || !name.endsWith(`-${id}`)));
  if (before === id) return;
  perAccount.clear();
  // What somebody shared before signing in waits for them; what another account left does not.
  if (before !== null) await caches.delete(SHARE_CACHE);
  const cache = await caches.open(cacheName("account"));
  await (id === null ? cache.delete(ACCOUNT_KEY) : cache.put(ACCOUNT_KEY, new Response(id)));
}

async function clearPrivate(which: (name: string) => boolean): Promise<void> {
  const names = (await caches.keys()).filter(which);
  await Promise.all(names.map((name) => caches.delete(name)));
}

const is = (policy: Policy) => ({ url, request, sameOrigin }: { url: URL; request: Request; sameOrigin: boolean }) =>
  sameOrigin && policyFor(request.method, url, request.destination) === policy;

registerRoute(new Route(is("static"), files));
for (const policy of ["messages", "lists"] as const) {
  registerRoute(
    new Route(is(policy), {
      handle: async ({ event, request }) => {
        const id = request.headers.has("authorization") ? await account() : null;
        return id === null ? fetch(request) : privateStrategy(policy, id).handle({ event, request });
      },
    }),
  );
}
registerRoute(
  new Route(
    is("share"),
    {
      handle: async ({ request }) => {
        const form = await request.formData();
        await keepShared(shareText({ title: form.get("title"), text: form.get("text"), url: form.get("url") }));
        return Response.redirect("/share", 303);
      },
    },
    "POST",
  ),
);

self.addEventListener("message", (event) => {
  const said = decodeToWorker(event.data);
  if (said?.type === "skip_waiting") event.waitUntil(self.skipWaiting());
  if (said?.type === "account") event.waitUntil(setAccount(said.id));
  if (said?.type === "lists_changed") event.waitUntil(clearPrivate((name) => name.startsWith(cacheName("lists-"))));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data: unknown = event.notification.data;
  const path = localPath(typeof data === "object" && data !== null && "path" in data ? data.path : null) ?? "/";
  event.waitUntil(openAt(path));
});

/** Brings a window to the front and lets it navigate itself, so that nothing is loaded again. */
async function openAt(path: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const client = windows.find((one) => one.focused) ?? windows.find((one) => one.visibilityState === "visible") ?? windows[0];
  if (!client) {
    await self.clients.openWindow(path);
    return;
  }
  client.postMessage({ type: "open", path } satisfies ToPage);
  await client.focus();
}
