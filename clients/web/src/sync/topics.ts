import type { Clock } from "@/lib/clock";
import type { Topic } from "./types";

/** While a lot comes at once, listeners are told this often at most. */
const BUSY_MS = 50;

/** Versions and listeners by topic. Versions grow at once, listeners are told once for all that came together. */
export class Topics {
  private readonly versions = new Map<Topic, number>();
  private readonly listeners = new Map<Topic, Set<() => void>>();
  private readonly pending = new Set<Topic>();
  private scheduled = false;
  /** Whether a lot comes at once, as during a sync. */
  busy = false;

  constructor(
    private readonly clock: Clock,
    /** Called before listeners are, with what changed; may bump more. */
    private readonly before: (topics: ReadonlySet<Topic>) => void,
  ) {}

  version(topic: Topic): number {
    return this.versions.get(topic) ?? 0;
  }

  subscribe(topic: Topic, listener: () => void): () => void {
    const listeners = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (!listeners.size && this.listeners.get(topic) === listeners) this.listeners.delete(topic);
    };
  }

  bump(topic: Topic): void {
    this.versions.set(topic, this.version(topic) + 1);
    this.pending.add(topic);
    if (this.scheduled) return;
    this.scheduled = true;
    if (this.busy) this.clock.setTimeout(() => this.flush(), BUSY_MS);
    else queueMicrotask(() => this.flush());
  }

  /** Bumps these and every topic anybody has asked for. */
  bumpAll(topics: readonly Topic[]): void {
    for (const topic of new Set([...topics, ...this.versions.keys(), ...this.listeners.keys()])) this.bump(topic);
  }

  /** Tells the listeners now. */
  flush(): void {
    this.scheduled = false;
    if (!this.pending.size) return;
    this.before(this.pending);
    const topics = [...this.pending];
    this.pending.clear();
    for (const topic of topics) for (const listener of [...(this.listeners.get(topic) ?? [])]) listener();
  }
}
