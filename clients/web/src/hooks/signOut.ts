/** Leaving: what others would find in this browser goes, what belongs to nobody (language, theme) stays. */
import { useQueries } from "./query";
import { useCallback } from "react";
import { flushAll } from "./flush";
import { useClient } from "./context";

/** Caches of the service worker with answers of the server; the program itself may stay. */
const PROGRAM = /precache|static/;

/** Signs out: drafts are handed over first, then the session ends and every cached answer is forgotten. */
export function useSignOut(): () => Promise<void> {
  const { api } = useClient();
  const queries = useQueries();
  return useCallback(async () => {
    await flushAll();
    await api.logout();
    queries.clear("client-config");
    await forgetAnswers();
  }, [api, queries]);
}

/** Deletes what the service worker kept of the server's answers. */
export async function forgetAnswers(): Promise<void> {
  if (!("caches" in globalThis)) return;
  const names = await caches.keys().catch(() => []);
  await Promise.all(names.filter((name) => !PROGRAM.test(name)).map((name) => caches.delete(name)));
}
