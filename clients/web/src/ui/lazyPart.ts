import { type ComponentType, lazy, type LazyExoticComponent } from "react";
import { Backoff } from "@/lib/backoff";
import { type Clock, clock } from "@/lib/clock";
import { rng } from "@/lib/ids";

const BASE_MS = 1_000;
const CAP_MS = 30_000;

/** What loading waits on between attempts. */
export interface Patience {
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** Calls back once when the network is there again; returns how to stop listening. */
  readonly online: (back: () => void) => () => void;
}

const patience = (): Patience => ({
  clock,
  backoff: new Backoff(BASE_MS, CAP_MS, rng),
  online: (back) => {
    window.addEventListener("online", back, { once: true });
    return () => window.removeEventListener("online", back);
  },
});

/** Loads until it succeeds. A part of the page that cannot be fetched now is late; it is no reason to lose the page. */
export async function loadPatiently<T>(load: () => Promise<T>, { clock, backoff, online }: Patience = patience()): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise<void>((resolve) => {
        const timer = clock.setTimeout(() => go(), backoff.next());
        const stop = online(() => go());
        const go = () => {
          clock.clearTimeout(timer);
          stop();
          resolve();
        };
      });
    }
  }
}

/** A part that is loaded when it is first shown, however long that takes. Whole pages use the router's own loading, which can fail. */
export function lazyPart<P>(load: () => Promise<ComponentType<P>>): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => ({ default: await loadPatiently(load) }));
}
