import { Api, browserSession } from "@/api";
import type { Client } from "@/hooks";
import { flushAll } from "@/hooks/flush";
import { clock } from "@/lib/clock";
import { createEngine } from "@/sync";

/** How long the page waits for the cache before it shows itself without. */
const CACHE_WAIT_MS = 1_500;

/** The session, the REST door and the engine of this page. */
export function createClient(): Client {
  const session = browserSession(clock);
  const api = new Api(session);
  // Whoever is signed out by the server gets to keep the last words: this comes before the engine closes the account.
  session.subscribe(() => {
    if (session.identity().kind === "none" && session.reason() === "expired") void flushAll();
  });
  return { session, api, engine: createEngine({ session, api }) };
}

/** Starts the engine; resolves when the cache is shown, or when that takes too long. */
export async function startEngine({ engine }: Client): Promise<void> {
  const late = new Promise<void>((resolve) => setTimeout(resolve, CACHE_WAIT_MS));
  await Promise.race([engine.start().catch(() => undefined), late]);
}
