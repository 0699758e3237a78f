/** Time as the client sees it. Logic is given a clock, so that tests can give their own. */
export type Timer = ReturnType<typeof globalThis.setTimeout> | number;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(run: () => void, ms: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

/** Timers longer than this overflow and fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The platform's clock. */
export const clock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => globalThis.setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_MS)),
  clearTimeout: (timer) => globalThis.clearTimeout(timer as number | undefined),
};

/** Resolves after a while. */
export function delay(on: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => on.setTimeout(resolve, ms));
}
