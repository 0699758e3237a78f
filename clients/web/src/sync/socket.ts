/** The one socket of this browser: signing in, answers to commands, signs of life, renewing, coming back. */
import { Backoff } from "@/lib/backoff";
import type { Clock, Timer } from "@/lib/clock";
import { ApiFailure, notUnderstood, unreachable } from "@/lib/errors";
import type { Rng } from "@/lib/ids";
import { CLOSE_CODES, type Answer, type Command } from "@wire";
import { decode } from "./decode";
import { Pending } from "./pending";
import type { Connection } from "./types";
import type { Received } from "./wire";

/** What of a `WebSocket` is used. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
}

/** Where access tokens come from. */
export interface Tokens {
  /** Null when nobody is signed in any more. Throws when that cannot be found out now. */
  token(): Promise<string | null>;
  renew(refused: string | null): Promise<string | null>;
  renewIn(): number;
}

/** How the socket stands; `up` once it is signed in. */
export type Link = Exclude<Connection, { state: "syncing" } | { state: "online" }> | { readonly state: "up"; readonly epoch: number };

export interface SocketOptions {
  readonly open: () => WebSocketLike;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly online: () => boolean;
  readonly link: (link: Link) => void;
  readonly frame: (frame: Received) => void;
  /** Something could not be read; the connection lives on. */
  readonly malformed?: (type: string) => void;
}

const CONNECT_MS = 10_000;
const ANSWER_MS = 15_000;
const SYNC_MS = 60_000;
const PING_MS = 25_000;
const PONG_MS = 10_000;
/** After waking up, a silent connection is asked for a sign of life this quickly. */
const QUIET_MS = 5_000;
const BASE_MS = 500;
const CAP_MS = 30_000;
const RATE_LIMITED_MS = 5_000;
const RENEW_AGAIN_MS = 5_000;

export class Socket {
  private ws: WebSocketLike | null = null;
  private state: Link = { state: "connecting", attempt: 0 };
  private epoch = 0;
  private attempt = 0;
  private stopped = true;
  private heard = 0;
  private lastId = 0;
  private token: string | null = null;
  /** Whether the access token was refused on the connection before. */
  private refused = false;
  private readonly pending: Pending<string, string>;
  private readonly timers: Partial<Record<"retry" | "connect" | "ping" | "renew", Timer>> = {};
  private readonly backoff: Backoff;

  constructor(private readonly options: SocketOptions) {
    this.backoff = new Backoff(BASE_MS, CAP_MS, options.rng);
    this.pending = new Pending(options.clock);
  }

  link(): Link {
    return this.state;
  }

  start(): void {
    this.stopped = false;
    if (this.options.online()) void this.connect();
    else this.become({ state: "offline", reason: "network", retryAt: null });
  }

  stop(): void {
    this.stopped = true;
    this.drop(1000);
  }

  /** Tries at once, whatever was waited for. */
  reconnect(): void {
    if (this.stopped || this.state.state === "up" || this.state.state === "connecting") return;
    this.backoff.reset();
    void this.connect();
  }

  /** The browser lost its network: nothing is tried until it is back. */
  offline(): void {
    if (this.stopped || this.state.state === "signed_out") return;
    this.drop(1000);
    this.become({ state: "offline", reason: "network", retryAt: null });
  }

  /** The page is in view again, perhaps after a long sleep. */
  wake(): void {
    if (this.state.state === "up" && this.options.clock.now() - this.heard > PING_MS) void this.ping(QUIET_MS);
    // A server that asked for patience is not asked again by every look at the page.
    else if (this.state.state === "offline" && this.state.reason !== "rate_limited" && this.options.online()) this.reconnect();
  }

  /** In step with the server: the next failure waits only a little again. */
  settled(): void {
    this.backoff.reset();
    this.attempt = 0;
  }

  command(command: Command, clientId?: string): Promise<Answer> {
    if (this.state.state !== "up") return Promise.reject(unreachable());
    return this.ask(command, command.type === "sync" ? SYNC_MS : ANSWER_MS, clientId);
  }

  private async connect(): Promise<void> {
    this.drop(1000);
    const epoch = ++this.epoch;
    this.become({ state: "connecting", attempt: this.attempt++ });
    const live = () => !this.stopped && this.epoch === epoch;
    let token: string | null;
    try {
      token = this.refused ? await this.options.tokens.renew(this.token) : await this.options.tokens.token();
    } catch (error) {
      if (live()) this.retry(error instanceof ApiFailure && error.code === "rate_limited" ? "rate_limited" : "unavailable", error instanceof ApiFailure ? error.retryAfterMs : null);
      return;
    }
    if (!live()) return;
    if (token === null) return this.signedOut();
    this.token = token;
    this.open(token, live);
  }

  private open(token: string, live: () => boolean): void {
    const { clock } = this.options;
    let ws: WebSocketLike;
    try {
      ws = this.options.open();
    } catch {
      return this.retry("network", null);
    }
    this.ws = ws;
    this.timers.connect = clock.setTimeout(() => live() && this.closed(4000, "connect"), CONNECT_MS);
    ws.onopen = () => {
      if (!live()) return;
      this.ask({ type: "auth", token }, CONNECT_MS).then(() => live() && this.up(), (failure: ApiFailure) => live() && this.notIn(failure));
    };
    ws.onmessage = (event) => live() && typeof event.data === "string" && this.receive(event.data);
    ws.onclose = (event) => live() && this.closed(event.code, event.reason);
    ws.onerror = () => undefined;
  }

  private up(): void {
    const { clock } = this.options;
    clock.clearTimeout(this.timers.connect);
    this.refused = false;
    this.heard = clock.now();
    this.become({ state: "up", epoch: this.epoch });
    this.armPing();
    this.armRenew(this.options.tokens.renewIn());
  }

  /** Signing in failed: a refused token is renewed once, anything else is waited out. */
  private notIn(failure: ApiFailure): void {
    this.drop(1000);
    if (failure.code !== "unauthorized") return this.retry(failure.code === "rate_limited" ? "rate_limited" : "unavailable", failure.retryAfterMs);
    this.unauthorized();
  }

  private unauthorized(): void {
    if (this.refused) return this.retry("unavailable", null);
    this.refused = true;
    void this.connect();
  }

  private signedOut(): void {
    this.become({ state: "signed_out", reason: "expired" });
  }

  private closed(code: number, reason: string): void {
    const wasUp = this.state.state === "up";
    this.drop(1000);
    if (this.stopped) return;
    switch (code) {
      case CLOSE_CODES.unauthorized:
        return this.unauthorized();
      case CLOSE_CODES.restarting:
        return this.retry("restarting", Number(/reconnect_after_ms=(\d{1,6})/.exec(reason)?.[1] ?? 1000));
      case CLOSE_CODES.too_slow:
        return this.retry("too_slow", null);
      case CLOSE_CODES.too_many_requests:
      case CLOSE_CODES.policy:
        return this.retry("rate_limited", RATE_LIMITED_MS);
      default:
        // A server that was there and is gone is more likely to be back soon than one never reached.
        this.retry(wasUp || !this.options.online() ? "network" : "unavailable", null);
    }
  }

  private retry(reason: Extract<Link, { state: "offline" }>["reason"], askedMs: number | null | undefined): void {
    this.drop(1000);
    if (!this.options.online()) return this.become({ state: "offline", reason: "network", retryAt: null });
    const wait = this.backoff.next(askedMs);
    this.become({ state: "offline", reason, retryAt: this.options.clock.now() + wait });
    this.timers.retry = this.options.clock.setTimeout(() => !this.stopped && void this.connect(), wait);
  }

  /** Lets go of the connection; whoever waits for an answer learns that there will be none. */
  private drop(code: number): void {
    this.epoch += 1;
    for (const timer of Object.values(this.timers)) this.options.clock.clearTimeout(timer);
    const { ws } = this;
    this.ws = null;
    if (ws) {
      ws.onopen = ws.onmessage = ws.onclose = null;
      try {
        ws.close(code);
      } catch {
        // Not open yet, or no more.
      }
    }
    this.pending.failAll();
  }

  private become(link: Link): void {
    this.state = link;
    this.options.link(link);
  }

  private ask(command: Command, ms: number, clientId?: string): Promise<Answer> {
    const id = String(++this.lastId);
    const answer = this.pending.ask(id, command.type, ms);
    try {
      this.ws?.send(JSON.stringify({ ...command, id, ...(clientId !== undefined && { client_id: clientId }) }));
    } catch {
      this.pending.take(id)?.reject(unreachable());
    }
    return answer;
  }

  private receive(text: string): void {
    this.heard = this.options.clock.now();
    const frame = decode(text);
    switch (frame.kind) {
      case "unknown":
        if (frame.skip) this.options.frame(frame.skip);
        return;
      case "malformed":
        this.options.malformed?.(frame.type);
        if (frame.skip) this.options.frame(frame.skip);
        this.pending.take(frame.id)?.reject(notUnderstood());
        return;
      case "error": {
        const waiting = this.pending.take(frame.id);
        return waiting ? waiting.reject(new ApiFailure(frame.error)) : this.options.frame(frame);
      }
      case "answer": {
        const stream = frame.answer.type === "reset" || frame.answer.type === "account_reset";
        // What a sync brings comes before its end; whoever waits for that must find it done.
        if (stream || frame.answer.type === "sync_done") this.options.frame(frame);
        if (!stream) this.pending.take(frame.id)?.resolve(frame.answer);
        return;
      }
      default:
        this.options.frame(frame);
    }
  }

  private armPing(): void {
    this.options.clock.clearTimeout(this.timers.ping);
    this.timers.ping = this.options.clock.setTimeout(() => void this.ping(PONG_MS), PING_MS);
  }

  private async ping(ms: number): Promise<void> {
    const { epoch } = this;
    const asked = this.options.clock.now();
    this.armPing();
    try {
      const answer = await this.ask({ type: "ping" }, ms);
      if (answer.type === "pong") this.options.frame({ kind: "answer", answer });
    } catch {
      // Anything else that was heard meanwhile is a sign of life too.
      if (this.epoch === epoch && this.state.state === "up" && this.heard <= asked) this.closed(4000, "silent");
    }
  }

  private armRenew(ms: number): void {
    this.options.clock.clearTimeout(this.timers.renew);
    this.timers.renew = this.options.clock.setTimeout(() => void this.renew(), Math.max(ms, 1000));
  }

  /** Renews the token on the living connection. */
  private async renew(): Promise<void> {
    const { epoch } = this;
    try {
      const token = await this.options.tokens.token();
      if (this.epoch !== epoch) return;
      if (token === null) {
        this.drop(1000);
        return this.signedOut();
      }
      this.token = token;
      await this.ask({ type: "auth", token }, ANSWER_MS);
      if (this.epoch === epoch) this.armRenew(this.options.tokens.renewIn());
    } catch {
      // The present token still lives for a while.
      if (this.epoch === epoch) this.armRenew(RENEW_AGAIN_MS);
    }
  }
}
