/** Getting in step with the server, and staying so: fetches what came while away, and what is found missing. */
import { Backoff } from "@/lib/backoff";
import type { Clock } from "@/lib/clock";
import type { Rng } from "@/lib/ids";
import { LIMITS, type Answer, type ChatId, type Command } from "@wire";
import type { State } from "./types";

/** Chats named in one `sync`, and bytes: a frame has its limit. */
const SYNC_CHATS = Math.min(LIMITS.SYNC_CHATS, 500);
const SYNC_BYTES = 48_000;

export interface StepOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly state: () => State;
  readonly command: (command: Command) => Promise<Answer>;
  readonly receive: (answer: Answer) => void;
  /** Everything was fetched. */
  readonly inStep: (epoch: number) => void;
  readonly warn: (what: string, why: unknown) => void;
}

export class Step {
  private epoch: number | null = null;
  private running = 0;
  private reached = false;
  private readonly missing = { chats: new Set<ChatId>(), account: false };
  /** Where chats were when they were last asked for: asked again from there, it is not done at once. */
  private readonly asked = new Map<ChatId | null, number>();
  private waiting = false;
  private readonly again: Backoff;

  constructor(private readonly options: StepOptions) {
    this.again = new Backoff(1000, 30_000, options.rng);
  }

  /** Whether the state is as new as the server's. */
  get inStep(): boolean {
    return this.reached;
  }

  /** Whether a `sync` of this tab is under way. */
  get syncing(): boolean {
    return this.running > 0;
  }

  isLive(epoch: number): boolean {
    return this.epoch === epoch;
  }

  /** A connection is there (by its number), or is no more. */
  connected(epoch: number | null): void {
    this.epoch = epoch;
    this.reached = false;
    this.running = 0;
    this.again.reset();
    this.asked.clear();
    this.waiting = false;
    if (epoch !== null) void this.getInStep(epoch);
  }

  /** Events are missing before one that came. */
  gap(chatId: ChatId | null): void {
    if (chatId === null) this.missing.account = true;
    else this.missing.chats.add(chatId);
    this.repair();
  }

  /** Fetches everything after these positions. */
  async sync(chats: readonly (readonly [ChatId, number])[], account: boolean): Promise<void> {
    const { epoch } = this;
    const state = this.options.state();
    let withAccount = account && state.me !== null;
    let rest = chats;
    this.running += 1;
    try {
      do {
        let bytes = 0;
        let count = 0;
        while (count < Math.min(rest.length, SYNC_CHATS) && bytes < SYNC_BYTES) bytes += rest[count++]![0].length * 3 + 24;
        const named = Object.fromEntries(rest.slice(0, count));
        rest = rest.slice(count);
        this.options.receive(await this.options.command({ type: "sync", chats: named, ...(withAccount && { account: state.accountRev }) }));
        withAccount = false;
      } while (rest.length);
    } finally {
      if (this.epoch === epoch) this.running = Math.max(0, this.running - 1);
    }
  }

  private async getInStep(epoch: number): Promise<void> {
    const state = this.options.state();
    try {
      if (state.me !== null && state.accountRev === 0) this.options.receive(await this.options.command({ type: "list_chats" }));
      if (this.isLive(epoch)) await this.sync([...state.chats].map(([id, chat]) => [id, chat.rev] as const), true);
    } catch (error) {
      if (!this.isLive(epoch)) return;
      this.options.warn("Catching up failed; it is tried again.", error);
      this.options.clock.setTimeout(() => this.isLive(epoch) && void this.getInStep(epoch), this.again.next());
      return;
    }
    if (!this.isLive(epoch)) return;
    this.reached = true;
    this.options.inStep(epoch);
    this.repair();
  }

  /** Asks for what was found missing, from where the state is now. One at a time, and slowly when it does not help. */
  private repair(): void {
    if (!this.reached || this.running || this.waiting || (!this.missing.chats.size && !this.missing.account)) return;
    const { chats, accountRev } = this.options.state();
    const behind = [...this.missing.chats].flatMap((id) => (chats.has(id) ? [[id, chats.get(id)!.rev] as const] : []));
    const places = [...behind, ...(this.missing.account ? [[null, accountRev] as const] : [])];
    const { epoch } = this;
    if (places.some(([id, rev]) => this.asked.get(id) === rev)) return this.later(epoch);
    for (const [id, rev] of places) this.asked.set(id, rev);
    const { account } = this.missing;
    this.missing.chats.clear();
    this.missing.account = false;
    this.sync(behind, account).then(
      () => this.repair(),
      () => {
        // A new connection fetches everything anyway.
        if (this.epoch !== epoch) return;
        for (const [id] of behind) this.missing.chats.add(id);
        this.missing.account ||= account;
        this.later(epoch);
      },
    );
  }

  private later(epoch: number | null): void {
    this.waiting = true;
    this.options.clock.setTimeout(() => {
      if (this.epoch !== epoch) return;
      this.waiting = false;
      this.asked.clear();
      this.repair();
    }, this.again.next());
  }
}
