/**
 * One socket a browser. A leader among the tabs is elected by a Web Lock: it has the socket, tells the others what
 * comes, and passes on what they ask. The lock goes with the tab that held it, however it ends, and another takes over.
 */
import type { Clock, Timer } from "@/lib/clock";
import { ApiFailure, unreachable } from "@/lib/errors";
import type { Answer, ApiError, Command } from "@wire";
import type { Entry } from "./entries";
import type { Intent } from "./intents";
import { Pending } from "./pending";
import type { Link } from "./socket";
import type { Received } from "./wire";

/** What a tab shows, for choosing the chat and the presence the server is told. */
export interface TabView {
  readonly tab: string;
  readonly chatId: string | null;
  readonly status: "online" | "away" | "dnd" | "offline" | null;
  readonly focused: boolean;
  readonly visible: boolean;
  readonly at: number;
}

/** What tabs say to each other. */
export type Said =
  | { readonly type: "hello" }
  | { readonly type: "link"; readonly link: Link }
  | { readonly type: "frame"; readonly frame: Received }
  | { readonly type: "command"; readonly id: number; readonly command: Command }
  | { readonly type: "answer"; readonly to: string; readonly id: number; readonly answer: Answer }
  | { readonly type: "failure"; readonly to: string; readonly id: number; readonly error: ApiError }
  | { readonly type: "entry"; readonly entry: Entry }
  | { readonly type: "entryGone"; readonly id: string; readonly chatId: string }
  | { readonly type: "intent"; readonly intent: Intent }
  | { readonly type: "intentDone"; readonly key: string; readonly at: number }
  | { readonly type: "view"; readonly view: TabView }
  | { readonly type: "leaving" }
  | { readonly type: "reconnect" };

type Envelope = Said & { readonly v: 1; readonly from: string };

export interface ChannelLike {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

export interface TabsOptions {
  readonly tab: string;
  readonly lock: string;
  readonly locks: Pick<LockManager, "request"> | null;
  readonly channel: ChannelLike | null;
  readonly clock: Clock;
  /** This tab leads now. */
  readonly lead: () => void;
  /** Another tab has taken the lead from this one, which did not answer. */
  readonly deposed: () => void;
  readonly visible: () => boolean;
  /** Another tab said something that is not about commands. */
  readonly heard: (said: Said, from: string) => void;
  /** Runs a command on the socket; only in the leading tab. */
  readonly run: (command: Command) => Promise<Answer>;
}

const ANSWER_MS = 20_000;
const SYNC_MS = 70_000;
/** A leader that does not answer for so long sleeps. */
const PROBE_MS = 4_000;

export class Tabs {
  private leads = false;
  /** Which tab leads, as far as it has said so. */
  private leader: string | null = null;
  private lastId = 0;
  /** Each with the tab that was asked. */
  private readonly pending: Pending<number, string>;
  private readonly stopped = new AbortController();
  private probing: Timer | undefined;

  constructor(private readonly options: TabsOptions) {
    this.pending = new Pending(options.clock);
  }

  get leading(): boolean {
    return this.leads;
  }

  /** Joins the other tabs. Without Web Locks every tab has its own socket and tells nobody. */
  start(): void {
    const { locks, channel } = this.options;
    if (!locks || !channel) return this.takeLead();
    // Not before: what the cache holds must be in place when the first frame comes.
    channel.onmessage = (event) => this.hear(event.data);
    this.wait(locks);
    this.probe();
  }

  /** Makes sure that there is a leader that answers. A tab that the system has put to sleep still holds its lock: it loses it. */
  probe(): void {
    const { locks, clock } = this.options;
    if (!locks || this.leads || this.stopped.signal.aborted) return;
    this.say({ type: "hello" });
    clock.clearTimeout(this.probing);
    this.probing = clock.setTimeout(() => {
      if (this.leads || this.stopped.signal.aborted) return;
      // Only ever between tabs in view: one in the background may be slow itself.
      if (this.options.visible()) void locks.request(this.options.lock, { steal: true }, this.held).catch(this.lost);
    }, PROBE_MS);
  }

  private wait(locks: Pick<LockManager, "request">): void {
    void locks.request(this.options.lock, { signal: this.stopped.signal }, this.held).catch(this.lost);
  }

  /** Holds the lock until this tab stops, or loses it. */
  private readonly held = (): Promise<void> | undefined => {
    const { signal } = this.stopped;
    if (signal.aborted || this.leads) return undefined;
    this.takeLead();
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  };

  private readonly lost = (error: unknown): void => {
    const { locks } = this.options;
    if (this.stopped.signal.aborted) return;
    if (this.leads) {
      this.leads = false;
      this.leader = null;
      this.options.deposed();
      if (locks) this.wait(locks);
    } else if (!(error instanceof DOMException && error.name === "AbortError")) {
      console.warn("Tabs cannot share one connection.", error);
      this.takeLead();
    }
  };

  stop(): void {
    this.say({ type: "leaving" });
    this.options.clock.clearTimeout(this.probing);
    this.stopped.abort();
    this.pending.failAll();
    this.options.channel?.close();
  }

  say(said: Said): void {
    if (this.stopped.signal.aborted) return;
    const envelope: Envelope = { ...said, v: 1, from: this.options.tab };
    this.options.channel?.postMessage(envelope);
  }

  /** Runs a command on the one socket, wherever it is. */
  command(command: Command): Promise<Answer> {
    if (this.leads) return this.options.run(command);
    if (this.stopped.signal.aborted || this.leader === null) return Promise.reject(unreachable());
    const id = ++this.lastId;
    const answer = this.pending.ask(id, this.leader, command.type === "sync" ? SYNC_MS : ANSWER_MS, () => this.probe());
    this.say({ type: "command", id, command });
    return answer;
  }

  private takeLead(): void {
    this.leads = true;
    this.leader = this.options.tab;
    this.pending.failAll();
    this.options.lead();
  }

  private hear(data: unknown): void {
    if (!isEnvelope(data) || data.from === this.options.tab || this.stopped.signal.aborted) return;
    const { from } = data;
    if (from === this.leader || data.type === "link") this.options.clock.clearTimeout(this.probing);
    switch (data.type) {
      case "command":
        if (this.leads) void this.answer(from, data.id, data.command);
        return;
      case "answer":
        if (data.to === this.options.tab) this.pending.take(data.id)?.resolve(data.answer);
        return;
      case "failure":
        if (data.to === this.options.tab) this.pending.take(data.id)?.reject(new ApiFailure(data.error));
        return;
      case "link":
        if (this.leads) return;
        this.leader = from;
        // What was asked of a leader that is gone will not be answered.
        this.pending.failAll((asked) => asked !== from || data.link.state !== "up");
        break;
      case "leaving":
        if (this.leader === from && !this.leads) {
          this.leader = null;
          this.pending.failAll();
        }
        break;
    }
    this.options.heard(data, from);
  }

  private async answer(to: string, id: number, command: Command): Promise<void> {
    try {
      this.say({ type: "answer", to, id, answer: await this.options.run(command) });
    } catch (error) {
      const failure = error instanceof ApiFailure ? error : unreachable();
      this.say({ type: "failure", to, id, error: failure.toJSON() });
    }
  }
}

/** Tabs of one origin trust each other; another version of the client may speak otherwise and is not heard. */
function isEnvelope(data: unknown): data is Envelope {
  return typeof data === "object" && data !== null && "v" in data && data.v === 1 && "from" in data && "type" in data;
}

/** The tab that counts: in focus, else in view, else the one that changed last. */
export function foremost(views: Iterable<TabView>): TabView | null {
  const rank = (view: TabView) => (view.focused ? 2 : view.visible ? 1 : 0);
  let best: TabView | null = null;
  for (const view of views) if (!best || rank(view) > rank(best) || (rank(view) === rank(best) && view.at > best.at)) best = view;
  return best;
}
