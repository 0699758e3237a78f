/** The page's side of the service worker: registering, updating with consent, and telling it who is signed in. */
import { create } from "zustand";
import { flushAll } from "@/hooks/flush";
import type { Client } from "@/hooks";
import { decodeToPage, type ToWorker } from "./messages";

/** Whether a new version waits. */
export const updateStore = create<{ readonly waiting: boolean }>(() => ({ waiting: false }));

/** How often an open page asks for a new version. */
const ASK_MS = 30 * 60_000;
/** Events of a chat that change what lists show. */
const LIST_EVENTS: ReadonlySet<string> = new Set(["chat_created", "chat_updated", "chat_deleted", "member_changed"]);
/** Changes come in bursts; the lists are forgotten once for each. */
const BURST_MS = 1_000;

let registration: ServiceWorkerRegistration | null = null;

/** Registers the worker in production builds; does nothing where there are none. `open` goes to a path of this site. */
export function registerServiceWorker({ session, engine }: Pick<Client, "session" | "engine">, open: (path: string) => void): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  let account = accountOf(session);
  // A page that was loaded past the worker (Shift and reload) has no controller, but its account has caches all the same.
  const tell = (message: ToWorker) => (serviceWorker.controller ?? registration?.active)?.postMessage(message);
  const tellAccount = () => tell({ type: "account", id: account });
  session.subscribe(() => {
    if (account === accountOf(session)) return;
    account = accountOf(session);
    tellAccount();
  });
  serviceWorker.addEventListener("message", (event) => {
    const said = decodeToPage(event.data);
    if (said) open(said.path);
  });
  reloadWhenReplaced(serviceWorker, tellAccount);
  engine.onEvent((event) => LIST_EVENTS.has(event.type) && forgetLists(tell));
  void start(serviceWorker).then(tellAccount, () => undefined);
}

/** Takes the new version: drafts are written down, then every tab reloads. */
export async function applyUpdate(): Promise<void> {
  await flushAll();
  registration?.waiting?.postMessage({ type: "skip_waiting" } satisfies ToWorker);
}

/** "Later": asks again with the next version or the next start. */
export const postponeUpdate = (): void => updateStore.setState({ waiting: false });

function accountOf(session: Client["session"]): string | null {
  const { kind, account } = session.identity();
  return kind === "none" ? null : account ? String(account.user.id) : "guest";
}

async function start(serviceWorker: ServiceWorkerContainer): Promise<void> {
  // Nothing of the first view waits for it.
  if (document.readyState !== "complete") await new Promise((resolve) => window.addEventListener("load", resolve, { once: true }));
  const found = await serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
  registration = found;
  const look = () => {
    if (found.waiting && serviceWorker.controller) updateStore.setState({ waiting: true });
  };
  look();
  found.addEventListener("updatefound", () => found.installing?.addEventListener("statechange", look));
  const ask = () => void found.update().catch(() => undefined);
  setInterval(ask, ASK_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
}

/** A tab whose worker was replaced would ask for files that are gone; but its drafts come first. */
function reloadWhenReplaced(serviceWorker: ServiceWorkerContainer, tellAccount: () => void): void {
  let controlled = serviceWorker.controller !== null;
  let reloading = false;
  serviceWorker.addEventListener("controllerchange", () => {
    // The first worker of all takes over a page that came from the network anyway.
    if (!controlled) {
      controlled = true;
      tellAccount();
    } else if (!reloading) {
      reloading = true;
      void flushAll().then(() => location.reload());
    }
  });
}

let burst: ReturnType<typeof setTimeout> | null = null;

function forgetLists(tell: (message: ToWorker) => void): void {
  burst ??= setTimeout(() => {
    burst = null;
    tell({ type: "lists_changed" });
  }, BURST_MS);
}
