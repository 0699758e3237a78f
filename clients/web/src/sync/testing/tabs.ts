/** Web Locks and BroadcastChannel among engines of one test, and everything else an engine stands on. */
import { seededRng } from "@/lib/ids";
import type { Account } from "@wire";
import { SyncEngine } from "../engine";
import type { PageEvent } from "../page";
import type { Surroundings } from "../surroundings";
import type { ChannelLike } from "../tabs";
import type { ManualClock } from "./clock";
import { chatOf, type FakeServer, ME, userOf } from "./server";

interface Holder {
  readonly owner: object;
  readonly release: () => void;
  readonly lose: (why: DOMException) => void;
}

/** Locks that are granted in order and go with whoever held them. */
export class FakeLocks {
  private readonly queues = new Map<string, { run: () => Promise<void>; owner: object }[]>();
  private readonly holders = new Map<string, Holder>();

  /** The locks as one tab sees them. */
  of(owner: object): Pick<LockManager, "request"> {
    const request = (name: string, ...rest: any[]) => {
      const run = rest.at(-1) as (lock: null) => unknown;
      const steal = rest.length > 1 && rest[0].steal === true;
      return new Promise((resolve, reject) => {
        const queue = this.queues.get(name) ?? [];
        this.queues.set(name, queue);
        const held = async () => {
          let mine: Holder | undefined;
          const ended = new Promise<void>((release, lose) => this.holders.set(name, (mine = { owner, release, lose })));
          try {
            resolve(await Promise.race([run(null), ended]));
          } catch (error) {
            reject(error);
          }
          if (this.holders.get(name) !== mine) return;
          this.holders.delete(name);
          this.next(name);
        };
        if (steal) {
          const robbed = this.holders.get(name);
          void held();
          return robbed?.lose(new DOMException("stolen", "AbortError"));
        }
        queue.push({ run: held, owner });
        if (!this.holders.has(name)) this.next(name);
      });
    };
    return { request } as unknown as Pick<LockManager, "request">;
  }

  /** A tab dies: what it holds and waits for goes. */
  kill(owner: object): void {
    for (const [name, queue] of this.queues) this.queues.set(name, queue.filter((one) => one.owner !== owner));
    for (const holder of this.holders.values()) if (holder.owner === owner) holder.release();
  }

  private next(name: string): void {
    void this.queues.get(name)?.shift()?.run();
  }
}

export class FakeChannels {
  private readonly all = new Map<string, Set<ChannelLike & { dead: boolean }>>();

  open(name: string): ChannelLike & { dead: boolean } {
    const peers = this.all.get(name) ?? new Set();
    this.all.set(name, peers);
    const channel: ChannelLike & { dead: boolean } = {
      dead: false,
      onmessage: null,
      postMessage(message) {
        if (channel.dead) return;
        const copy = structuredClone(message);
        for (const peer of peers) if (peer !== channel) queueMicrotask(() => peer.dead || peer.onmessage?.({ data: copy } as MessageEvent));
      },
      close: () => void peers.delete(channel),
    };
    peers.add(channel);
    return channel;
  }
}

/** One tab with its engine. */
export interface FakeTab {
  readonly engine: SyncEngine;
  page(event: PageEvent, change?: { online?: boolean; focused?: boolean }): void;
  /** Ends as a crashed process does: nothing is said any more. */
  kill(): void;
  /** Sleeps as a suspended page does, holding its locks; or wakes again. */
  sleep(asleep: boolean): void;
}

export interface FakeBrowser {
  readonly locks: FakeLocks;
  readonly channels: FakeChannels;
}

export const fakeBrowser = (): FakeBrowser => ({ locks: new FakeLocks(), channels: new FakeChannels() });

let seed = 1;

export function fakeTab(server: FakeServer, clock: ManualClock, browser: FakeBrowser | null, userId = ME): FakeTab {
  const owner = {};
  let alive = true;
  const page = { online: true, focused: false };
  const listeners = new Set<(event: PageEvent) => void>();
  const channels: { dead: boolean }[] = [];
  const sockets: { close(): void }[] = [];
  // Timers of a killed tab never fire.
  const own = { now: clock.now, clearTimeout: clock.clearTimeout, setTimeout: (run: () => void, ms: number) => clock.setTimeout(() => alive && run(), ms) };
  const surroundings: Surroundings = {
    clock: own, rng: seededRng(seed++),
    page: { online: () => page.online, visible: () => true, focused: () => page.focused, listen: (listener) => (listeners.add(listener), () => listeners.delete(listener)) },
    tokens: { token: async () => "token", renew: async () => "token", renewIn: () => 800_000 },
    socket: () => {
      const socket = server.socket();
      sockets.push(socket);
      return socket;
    },
    locks: browser?.locks.of(owner) ?? null,
    channel: (name) => {
      const channel = browser?.channels.open(name) ?? null;
      if (channel) channels.push(channel);
      return channel;
    },
    chat: async (chatId) => chatOf(chatId),
    history: async (chatId, query) => {
      if (server.down) throw new Error("down");
      const all = [...(server.state.chats.get(chatId)?.messages.values() ?? [])];
      const limit = query.limit ?? 50;
      if (query.before != null) return { messages: all.filter((message) => message.seq < query.before!).slice(-limit), cached: false };
      if (query.after != null) return { messages: all.filter((message) => message.seq > query.after!).slice(0, limit), cached: false };
      if (query.around != null) return { messages: all.filter((message) => Math.abs(message.seq - query.around!) <= limit / 2), cached: false };
      return { messages: all.slice(-limit), cached: false };
    },
    storage: null,
    warn: () => undefined,
  };
  const account: Account = { user: userOf(userId), server_role: "user", account_rev: 0 };
  const session = { identity: () => ({ kind: "user" as const, account }), reason: () => "never" as const, subscribe: () => () => undefined };
  return {
    engine: new SyncEngine(surroundings, session),
    page(event, change = {}) {
      Object.assign(page, change);
      for (const listener of listeners) listener(event);
    },
    sleep(asleep) {
      for (const channel of channels) channel.dead = asleep;
    },
    kill() {
      alive = false;
      for (const channel of channels) channel.dead = true;
      for (const socket of sockets) socket.close();
      browser?.locks.kill(owner);
    },
  };
}
