/**
 * Wishes of which only the newest value matters: drafts, how far one has read, preferences. Shown here at once, kept
 * on disk, and told to the server by the leading tab after a pause.
 */
import { Backoff } from "@/lib/backoff";
import type { Clock, Timer } from "@/lib/clock";
import { toFailure } from "@/lib/errors";
import type { Rng } from "@/lib/ids";
import type { Answer, ChatId, Command, MessageId } from "@wire";
import { isPassing } from "./outbox";

export type Intent = { readonly at: number } & (
  | { readonly kind: "draft"; readonly chatId: ChatId; readonly content: string; readonly replyTo: MessageId | null }
  | { readonly kind: "read"; readonly chatId: ChatId; readonly seq: number }
  | { readonly kind: "delivered"; readonly chatId: ChatId; readonly seq: number }
  | { readonly kind: "preference"; readonly name: string; readonly value: string | null }
);

export type Kind = Intent["kind"];
export type Fresh = Intent extends infer I ? (I extends Intent ? Omit<I, "at"> : never) : never;

/** How long to wait for a newer value. */
const PAUSE_MS: Record<Kind, number> = { draft: 1000, read: 250, delivered: 1000, preference: 400 };

export const keyOf = (intent: Fresh): string => `${intent.kind}:${intent.kind === "preference" ? intent.name : intent.chatId}`;

export interface IntentDisk {
  allIntents(): Promise<Intent[]>;
  putIntent(key: string, intent: Intent): Promise<void>;
  deleteIntent(key: string, at: number): Promise<void>;
}

export interface IntentOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly disk: IntentDisk;
  /** The server's time, as far as it is known: drafts are compared by it. */
  readonly now: () => number;
  readonly publish: (change: { intent: Intent } | { done: string; at: number }) => void;
  readonly send: (command: Command) => Promise<Answer>;
}

export class Intents {
  private readonly wishes = new Map<string, Intent>();
  private readonly due = new Map<string, number>();
  private readonly refusedKinds = new Set<Kind>();
  private readonly backoff: Backoff;
  private timer: Timer | undefined;
  private sending = false;
  private running = false;

  constructor(private readonly options: IntentOptions) {
    this.backoff = new Backoff(1000, 30_000, options.rng);
  }

  async load(): Promise<readonly Intent[]> {
    for (const intent of await this.options.disk.allIntents()) this.take(intent);
    return [...this.wishes.values()];
  }

  get(key: string): Intent | undefined {
    return this.wishes.get(key);
  }

  get size(): number {
    return this.wishes.size;
  }

  all(): Iterable<Intent> {
    return this.wishes.values();
  }

  put(fresh: Fresh): void {
    const before = this.wishes.get(keyOf(fresh));
    const intent = { ...fresh, at: Math.max(this.options.now(), (before?.at ?? 0) + 1) } as Intent;
    this.take(intent);
    if (intent.kind !== "delivered") void this.options.disk.putIntent(keyOf(intent), intent);
    this.options.publish({ intent });
  }

  /** Gives a wish up: something newer came from elsewhere. */
  drop(key: string): void {
    const intent = this.wishes.get(key);
    if (intent) this.done(key, intent);
  }

  /** Tells the server at once, from whichever tab, and not after the pause. */
  async tellNow(key: string): Promise<void> {
    const intent = this.wishes.get(key);
    if (!intent) return;
    await this.options.send(commandOf(intent));
    this.done(key, intent);
  }

  /** Another tab's wish, or that one is done. */
  heard(change: { intent: Intent } | { done: string; at: number }): boolean {
    if ("done" in change) {
      const known = this.wishes.get(change.done);
      if (known && known.at <= change.at) this.forget(change.done);
      return false;
    }
    const known = this.wishes.get(keyOf(change.intent));
    if (known && known.at >= change.intent.at) return false;
    this.take(change.intent);
    return true;
  }

  /** From now on this tab tells the server. */
  start(): void {
    this.running = true;
    this.refusedKinds.clear();
    this.backoff.reset();
    const now = this.options.clock.now();
    for (const key of this.wishes.keys()) this.due.set(key, now);
    this.arm();
  }

  stop(): void {
    this.running = false;
    this.options.clock.clearTimeout(this.timer);
  }

  private take(intent: Intent): void {
    const key = keyOf(intent);
    this.wishes.set(key, intent);
    // A stream of changes does not put the telling off for ever.
    const soon = this.options.clock.now() + PAUSE_MS[intent.kind];
    const due = intent.kind === "draft" || intent.kind === "preference" ? soon : Math.min(soon, this.due.get(key) ?? soon);
    this.due.set(key, due);
    this.arm();
  }

  private arm(): void {
    const { clock } = this.options;
    clock.clearTimeout(this.timer);
    if (!this.running || this.sending || !this.due.size) return;
    this.timer = clock.setTimeout(() => void this.pump(), Math.min(...this.due.values()) - clock.now());
  }

  private async pump(): Promise<void> {
    this.sending = true;
    try {
      for (let key = this.nextDue(); key !== undefined && this.running; key = this.nextDue()) await this.tell(key);
    } finally {
      this.sending = false;
      this.arm();
    }
  }

  private nextDue(): string | undefined {
    const now = this.options.clock.now();
    for (const [key, due] of this.due) if (due <= now) return key;
    return undefined;
  }

  private async tell(key: string): Promise<void> {
    const intent = this.wishes.get(key);
    this.due.delete(key);
    if (!intent || this.refusedKinds.has(intent.kind)) return;
    try {
      await this.options.send(commandOf(intent));
      this.backoff.reset();
      this.done(key, intent);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (isPassing(failure)) {
        if (!this.due.has(key)) this.due.set(key, this.options.clock.now() + this.backoff.next(failure.retryAfterMs));
        return;
      }
      // An older server that does not know the command is not asked again: each such frame counts against the connection.
      if (failure.code === "invalid" && failure.field === "type") this.refusedKinds.add(intent.kind);
      this.done(key, intent);
    }
  }

  private done(key: string, intent: Intent): void {
    if (this.wishes.get(key) === intent) this.forget(key);
    if (intent.kind !== "delivered") void this.options.disk.deleteIntent(key, intent.at);
    this.options.publish({ done: key, at: intent.at });
  }

  private forget(key: string): void {
    this.wishes.delete(key);
    this.due.delete(key);
  }
}

function commandOf(intent: Intent): Command {
  switch (intent.kind) {
    case "draft":
      return { type: "set_draft", chat_id: intent.chatId, content: intent.content, reply_to: intent.replyTo };
    case "read":
      return { type: "mark_read", chat_id: intent.chatId, seq: intent.seq };
    case "delivered":
      return { type: "mark_delivered", chat_id: intent.chatId, seq: intent.seq };
    case "preference":
      return { type: "set_preference", name: intent.name, value: intent.value };
  }
}
