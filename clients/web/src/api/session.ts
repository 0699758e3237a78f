/**
 * Who is signed in. The refresh token is only in the HttpOnly cookie; the access token only in memory, shared
 * between tabs. Renewing happens under a lock, for a refresh token used twice ends the session.
 */
import type { Clock } from "@/lib/clock";
import { ApiFailure } from "@/lib/errors";
import { account as accountSchema, guestToken, int, maybe, text, tokenAnswer, z } from "@/lib/schemas";
import type { Account, TokenAnswer } from "@wire";
import { type Fetch, request } from "./http";

/** What was decided about who is signed in. */
export interface Identity {
  readonly kind: "user" | "guest" | "none";
  readonly account: Account | null;
}

export type SignedOutReason = "never" | "expired" | "logout";

interface Token {
  readonly value: string;
  readonly expiresAt: number;
}

export interface SessionOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
  readonly locks: Pick<LockManager, "request"> | null;
  readonly channel: Pick<BroadcastChannel, "postMessage" | "addEventListener" | "close"> | null;
}

/** Tells that there was a session, and whose, so that the client opens offline. Nothing secret. */
const STORED = "vestnik.account";
const LOCK = "vestnik.refresh";
/** A token is renewed this long before its end. */
const AHEAD_MS = 60_000;
/** How long other tabs are given to share their token. */
const ASK_MS = 150;

const NONE: Identity = { kind: "none", account: null };
const GUEST: Identity = { kind: "guest", account: null };

const shared = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ask") }),
  z.object({ type: z.literal("token"), value: text, expiresAt: int, account: accountSchema }),
  z.object({ type: z.literal("account"), account: accountSchema }),
  z.object({ type: z.literal("none"), reason: z.enum(["expired", "logout"]), id: maybe(int) }),
]);
type Shared = z.infer<typeof shared>;

export class Session {
  private who: Identity;
  private why: SignedOutReason = "never";
  private current: Token | null = null;
  private renewing: Promise<Token | null> | null = null;
  private asked = false;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: SessionOptions) {
    const account = this.stored();
    this.who = account ? { kind: "user", account } : NONE;
    options.channel?.addEventListener("message", (event) => this.hear((event as MessageEvent).data));
  }

  identity = (): Identity => this.who;

  /** Why nobody is signed in, when nobody is. */
  reason = (): SignedOutReason => this.why;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Takes the answer to `login`, `register` or `setup`; the account's other parts are read afterwards. */
  signedIn(answer: TokenAnswer): void {
    const account: Account = { user: answer.user, server_role: "user", account_rev: 0 };
    this.take(answer, account);
    void this.readAccount().catch(() => undefined);
  }

  /** Ends the session here at once, and on the server as far as it can be reached. */
  async signOut(): Promise<void> {
    const token = this.current?.value ?? null;
    const { kind } = this.who;
    const id = this.who.account?.user.id;
    this.become(NONE, "logout");
    this.share({ type: "none", reason: "logout", ...(id !== undefined && { id }) });
    if (kind === "user") await this.endOnServer(token).catch(() => undefined);
  }

  /** Without a good token there has to be a new one first: only so is the cookie taken away. */
  private async endOnServer(token: string | null): Promise<void> {
    const logout = (value: string) => request(this.options.fetch, "POST", "/auth/logout", null, { token: value, keepalive: true });
    if (token !== null && (await logout(token).then(() => true, (error) => !(error instanceof ApiFailure && error.code === "unauthorized")))) return;
    const fresh = async () => {
      // Somebody may have signed in meanwhile: the cookie is theirs.
      if (this.who.kind !== "none") return;
      const answer = await request(this.options.fetch, "POST", "/auth/refresh", tokenAnswer, { keepalive: true });
      await logout(answer.access_token);
    };
    await (this.options.locks ? this.options.locks.request(LOCK, fresh) : fresh());
  }

  /** Looks in without an account. */
  async startGuest(): Promise<void> {
    const answer = await request(this.options.fetch, "POST", "/auth/guest", guestToken);
    this.current = this.tokenOf(answer);
    this.become(GUEST, "never");
  }

  /** An access token that is good for a while yet; null when nobody is signed in. Throws when the server cannot be reached. */
  async token(): Promise<string | null> {
    if (this.who.kind === "none") return null;
    if (!this.current && !this.asked) await this.ask();
    if (this.current && this.current.expiresAt - this.options.clock.now() > AHEAD_MS) return this.current.value;
    return this.renew(this.current?.value ?? null);
  }

  /** A token other than `refused`, which the server did not take; null when there is none any more. */
  async renew(refused: string | null): Promise<string | null> {
    if (this.current && this.current.value !== refused && this.current.expiresAt - this.options.clock.now() > AHEAD_MS) return this.current.value;
    this.renewing ??= this.locked(refused).finally(() => (this.renewing = null));
    return (await this.renewing)?.value ?? null;
  }

  /** Milliseconds until the present token should be renewed. */
  renewIn(): number {
    return Math.max(0, (this.current?.expiresAt ?? 0) - AHEAD_MS - this.options.clock.now());
  }

  /** The account was changed by this client. */
  updated(account: Account): void {
    if (this.who.kind !== "user" || this.who.account?.user.id !== account.user.id) return;
    this.become({ kind: "user", account }, "never");
    this.share({ type: "account", account });
  }

  /** Reads the account afresh. */
  async readAccount(): Promise<void> {
    const token = await this.token();
    if (token && this.who.kind === "user") this.updated(await request(this.options.fetch, "GET", "/account", accountSchema, { token }));
  }

  private async locked(refused: string | null): Promise<Token | null> {
    if (this.who.kind === "guest") return this.renewGuest();
    const run = async (): Promise<Token | null> => {
      // Another tab may have renewed while this one waited for the lock.
      if (this.current && this.current.value !== refused && this.current.expiresAt - this.options.clock.now() > AHEAD_MS) return this.current;
      if (this.who.kind !== "user") return this.current;
      const id = this.who.account?.user.id;
      try {
        const answer = await request(this.options.fetch, "POST", "/auth/refresh", tokenAnswer, { keepalive: true });
        const { account } = this.who;
        // Whoever signed out while the answer was on its way stays signed out.
        if (!account || account.user.id !== id) return this.current;
        const same = answer.user.id === id;
        this.take(answer, same ? { ...account, user: answer.user } : { user: answer.user, server_role: "user", account_rev: 0 });
        return this.current;
      } catch (error) {
        if (!(error instanceof ApiFailure) || !isRefusal(error)) throw error;
        // Somebody may have signed in while the refusal was on its way.
        if (this.who.account?.user.id === id && (!this.current || this.current.value === refused)) this.expire(id);
        return this.current;
      }
    };
    return this.options.locks ? await this.options.locks.request(LOCK, run) : run();
  }

  private async renewGuest(): Promise<Token | null> {
    try {
      this.current = this.tokenOf(await request(this.options.fetch, "POST", "/auth/guest", guestToken));
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.retryable) throw error;
      this.become(NONE, "expired");
    }
    return this.current;
  }

  private expire(id: number | undefined): void {
    this.become(NONE, "expired");
    this.share({ type: "none", reason: "expired", ...(id !== undefined && { id }) });
  }

  /** Other tabs may have a token that is still good. */
  private async ask(): Promise<void> {
    this.asked = true;
    if (!this.options.channel || this.who.kind !== "user") return;
    this.share({ type: "ask" });
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.setTimeout(() => done(), ASK_MS);
      const stop = this.subscribe(() => this.current && done());
      const done = () => {
        stop();
        this.options.clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  private take(answer: { access_token: string; expires_in: number }, account: Account): void {
    const token = this.tokenOf(answer);
    this.current = token;
    this.become({ kind: "user", account }, "never");
    this.share({ type: "token", ...token, account });
  }

  private tokenOf(answer: { access_token: string; expires_in: number }): Token {
    return { value: answer.access_token, expiresAt: this.options.clock.now() + answer.expires_in * 1000 };
  }

  private become(identity: Identity, why: SignedOutReason): void {
    this.who = identity;
    this.why = why;
    if (identity.kind === "none") this.current = null;
    try {
      if (identity.account) this.options.storage?.setItem(STORED, JSON.stringify({ ...identity.account, email: null }));
      else if (identity.kind === "none") this.options.storage?.removeItem(STORED);
    } catch {
      // Full or blocked: the client only forgets who was signed in.
    }
    for (const listener of [...this.listeners]) listener();
  }

  private stored(): Account | null {
    try {
      const parsed = z.safeParse(accountSchema, JSON.parse(this.options.storage?.getItem(STORED) ?? "null"));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  }

  private share(message: Shared): void {
    this.options.channel?.postMessage(message);
  }

  private hear(data: unknown): void {
    const parsed = z.safeParse(shared, data);
    if (!parsed.success) return;
    const told = parsed.data;
    switch (told.type) {
      case "ask":
        if (this.current && this.who.kind === "user" && this.who.account) {
          this.share({ type: "token", ...this.current, account: this.who.account });
        }
        return;
      case "token":
        if (this.current && this.who.account?.user.id === told.account.user.id && this.current.expiresAt >= told.expiresAt) return;
        this.current = { value: told.value, expiresAt: told.expiresAt };
        return this.become({ kind: "user", account: told.account }, "never");
      case "account":
        if (this.who.kind === "user" && this.who.account?.user.id === told.account.user.id) this.become({ kind: "user", account: told.account }, "never");
        return;
      case "none":
        if (this.who.kind === "user" && (told.id == null || told.id === this.who.account?.user.id)) this.become(NONE, told.reason);
    }
  }
}

/** The server's word that the session is over: the cookie is not good (`unauthorized`) or is not there (`invalid`).
 * Any other answer, as a proxy's own page, says nothing about it. */
function isRefusal({ code }: ApiFailure): boolean {
  return code === "unauthorized" || code === "invalid";
}

/** The session of this browser. */
export function browserSession(clock: Clock): Session {
  const storage = attempt(() => globalThis.localStorage);
  return new Session({
    fetch: (input, init) => globalThis.fetch(input, init),
    clock,
    storage,
    locks: globalThis.navigator?.locks ?? null,
    channel: attempt(() => new BroadcastChannel("vestnik.session")),
  });
}

function attempt<T>(run: () => T): T | null {
  try {
    return run() ?? null;
  } catch {
    return null;
  }
}
