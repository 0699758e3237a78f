import type { Rng } from "./ids";

/** Waits before the next attempt: exponential with full jitter, and never shorter than what the server asked for. */
export class Backoff {
  private attempt = 0;

  constructor(
    private readonly baseMs: number,
    private readonly capMs: number,
    private readonly random: Rng,
  ) {}

  /** The next wait. `askedMs` is what the server wants; the spread comes on top of it. */
  next(askedMs?: number | null): number {
    const ceiling = Math.min(this.baseMs * 2 ** Math.min(this.attempt, 30), this.capMs);
    this.attempt += 1;
    if (askedMs != null) return Math.round(askedMs + this.random() * this.baseMs);
    return Math.round(this.random() * ceiling);
  }

  /** Begins anew after a success. */
  reset(): void {
    this.attempt = 0;
  }
}
