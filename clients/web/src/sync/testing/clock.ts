import type { Clock, Timer } from "@/lib/clock";

/** Lets promises and the fake IndexedDB come to rest. */
export async function settle(rounds = 12): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that moves only when told. */
export class ManualClock implements Clock {
  private time: number;
  private last = 0;
  private readonly timers = new Map<number, { at: number; run: () => void }>();

  constructor(start = Date.parse("2026-11-25T12:00:00.000Z")) {
    this.time = start;
  }

  now = (): number => this.time;

  setTimeout = (run: () => void, ms: number): Timer => {
    const id = ++this.last;
    this.timers.set(id, { at: this.time + Math.max(0, ms), run });
    return id;
  };

  clearTimeout = (timer: Timer | undefined): void => void this.timers.delete(timer as number);

  /** Moves on, running what is due in order and letting everything settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].run();
      await settle(4);
    }
    this.time = end;
    await settle();
  }
}
