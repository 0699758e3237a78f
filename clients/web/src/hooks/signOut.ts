/** Leaving: what others would find in this browser goes, what belongs to nobody (language, theme) stays. */
import { useCallback } from "react";
import { clock, delay } from "@/lib/clock";
import { flushAll } from "./flush";
import { useClient } from "./context";

/** Caches of the service worker with answers of the server; the program itself may stay. */
const PROGRAM = /precache|static/;

/** Leaving does not wait longer for the last words to arrive. */
const LONGEST_MS = 1_500;

/** Signs out: drafts are handed over first, then the session ends; the rest follows from that in every tab. */
export function useSignOut(): () => Promise<void> {
  const { api, engine } = useClient();
  return useCallback(async () => {
    await flushAll();
    await Promise.race([engine.handOver(), delay(clock, LONGEST_MS)]);
    await api.logout();
  }, [api, engine]);
}

/** Deletes what the service worker kept of the server's answers. */
export async function forgetAnswers(): Promise<void> {
  if (!("caches" in globalThis)) return;
  const names = await caches.keys().catch(() => []);
  await Promise.all(names.filter((name) => !PROGRAM.test(name)).map((name) => caches.delete(name)));
}
