import { beforeEach, describe, expect, it } from "vitest";
import type { ApiFailure } from "@/lib/errors";
import { ManualClock, settle } from "@/sync/testing/clock";
import { FakeChannels, FakeLocks } from "@/sync/testing/tabs";
import { Api } from "./api";
import { Session, type SessionOptions } from "./session";

const user = { id: 1, username: "anna", display_name: "Anna", created_at: "" };
const json = (status: number, body?: unknown, headers = {}) => new Response(body === undefined ? null : JSON.stringify(body), { status, headers });

/** A server with refresh tokens that work once: the cookie is the one in the jar. */
class FakeRest {
  calls: string[] = [];
  jar = 1;
  access = 1;
  down = false;
  ended = false;

  fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    const token = (init?.headers as Record<string, string>)["Authorization"]?.slice(7);
    this.calls.push(`${init?.method} ${path}`);
    const cookie = this.jar;
    await settle(2);
    if (this.down) throw new TypeError("network");
    if (path.endsWith("/auth/refresh")) {
      if (this.ended || cookie !== this.jar) {
        this.ended = true;
        return json(401, { code: "unauthorized", message: "Used." });
      }
      this.jar += 1;
      return json(200, { user, access_token: `t${++this.access}`, refresh_token: "r", expires_in: 900 });
    }
    if (path.endsWith("/auth/login")) return json(200, { user, access_token: `t${this.access}`, refresh_token: "r", expires_in: 900 });
    if (path.endsWith("/auth/logout")) return json(204);
    if (token !== `t${this.access}`) return json(401, { code: "unauthorized", message: "Old." });
    if (path.endsWith("/account")) return json(200, { user, email: "a@b.c", server_role: "owner", account_rev: 3 });
    if (path.includes("/sessions")) return json(200, { sessions: [] });
    return json(404, { code: "not_found", message: "No." });
  };
}

let rest: FakeRest;
let clock: ManualClock;
let stored: Map<string, string>;
let locks: FakeLocks;
let channels: FakeChannels;

beforeEach(() => {
  rest = new FakeRest();
  clock = new ManualClock();
  stored = new Map();
  locks = new FakeLocks();
  channels = new FakeChannels();
});

function tab(): { session: Session; api: Api } {
  const channel = channels.open("session");
  const shared = {
    postMessage: (message: unknown) => channel.postMessage(message),
    addEventListener: (_: string, listener: (event: MessageEvent) => void) => void (channel.onmessage = listener),
    close: () => channel.close(),
  } as unknown as SessionOptions["channel"];
  const storage = { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => void stored.set(key, value), removeItem: (key: string) => void stored.delete(key) };
  const session = new Session({ fetch: rest.fetch, clock, storage, locks: locks.of({}), channel: shared });
  return { session, api: new Api(session, rest.fetch) };
}

async function run<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  await clock.advance(1000);
  return work;
}

describe("session", () => {
  it("asks nobody when there was no session", async () => {
    const { session } = tab();
    expect(session.identity().kind).toBe("none");
    expect(await run(session.token())).toBeNull();
    expect(rest.calls).toEqual([]);
  });

  it("remembers who was signed in, but neither token nor address", async () => {
    const { api } = tab();
    await run(api.login({ username: "anna", password: "x" }));
    const kept = [...stored.values()].join();
    expect(kept).toContain("anna");
    expect(kept).not.toMatch(/t1|a@b\.c/);
    rest.down = true;
    const { session } = tab();
    expect(session.identity()).toMatchObject({ kind: "user", account: { server_role: "owner" } });
  });

  it("is offline, not signed out, when the server cannot be reached at the start", async () => {
    await run(tab().api.login({ username: "anna", password: "x" }));
    channels = new FakeChannels();
    rest.down = true;
    const { session } = tab();
    await expect(run(session.token())).rejects.toMatchObject({ code: "unavailable" });
    expect(session.identity().kind).toBe("user");
  });

  it("renews once for any number of requests and tabs", async () => {
    const [a, b] = [tab(), tab()];
    await run(a.api.login({ username: "anna", password: "x" }));
    rest.access = 50;
    rest.calls = [];
    const all = Promise.all([a.api.sessions(), a.api.sessions(), a.api.account(), b.api.sessions(), b.api.sessions()]);
    expect(await run(all)).toBeTruthy();
    expect(rest.calls.filter((call) => call.includes("refresh")).length).toBeLessThanOrEqual(2);
    expect(rest.ended).toBe(false);
    expect(b.session.identity().kind).toBe("user");
  });

  it("takes another tab's token instead of making one", async () => {
    const a = tab();
    await run(a.api.login({ username: "anna", password: "x" }));
    rest.calls = [];
    const b = tab();
    expect(await run(b.session.token())).toBe("t1");
    expect(rest.calls).toEqual([]);
  });

  it("ends everywhere when the server has ended it", async () => {
    const [a, b] = [tab(), tab()];
    await run(a.api.login({ username: "anna", password: "x" }));
    rest.access = 50;
    rest.ended = true;
    await expect(run(a.api.sessions())).rejects.toMatchObject({ code: "unauthorized" } satisfies Partial<ApiFailure>);
    expect([a.session.identity().kind, a.session.reason()]).toEqual(["none", "expired"]);
    expect([b.session.identity().kind, b.session.reason()]).toEqual(["none", "expired"]);
    expect(stored.size).toBe(0);
  });

  it("signs out everywhere, also when the server does not hear of it", async () => {
    const [a, b] = [tab(), tab()];
    await run(a.api.login({ username: "anna", password: "x" }));
    rest.down = true;
    await run(a.api.logout());
    expect([a.session.reason(), b.session.reason()]).toEqual(["logout", "logout"]);
  });

  it("is not ended by the page of a proxy", async () => {
    const { api, session } = tab();
    await run(api.login({ username: "anna", password: "x" }));
    await clock.advance(870_000);
    const real = rest.fetch;
    rest.fetch = async () => new Response("<html>Maintenance</html>", { status: 403 });
    await expect(run(new Session({ fetch: rest.fetch, clock, storage: null, locks: null, channel: null }).token())).resolves.toBeNull();
    const other = new Session({ fetch: rest.fetch, clock, storage: { getItem: () => [...stored.values()][0] ?? null, setItem: () => undefined, removeItem: () => undefined }, locks: null, channel: null });
    await expect(run(other.token())).rejects.toMatchObject({ code: "forbidden" });
    expect(other.identity().kind).toBe("user");
    rest.fetch = real;
    expect(session.identity().kind).toBe("user");
  });

  it("stays signed out when a renewal was under way", async () => {
    const [a, b] = [tab(), tab()];
    await run(a.api.login({ username: "anna", password: "x" }));
    await clock.advance(870_000);
    const asked = b.api.sessions().catch((error: ApiFailure) => error.code);
    await settle(1);
    await run(a.api.logout());
    expect(await run(asked)).toBe("unauthorized");
    expect([a.session.identity().kind, b.session.identity().kind]).toEqual(["none", "none"]);
    expect(stored.size).toBe(0);
  });

  it("reads failures of the server and of proxies", async () => {
    const { api } = tab();
    await run(api.login({ username: "anna", password: "x" }));
    await expect(run(api.user("nobody"))).rejects.toMatchObject({ code: "not_found" });
    rest.fetch = async () => new Response("<html>", { status: 429, headers: { "Retry-After": "3" } });
    const other = new Api(api.session, (path, init) => rest.fetch(path, init));
    await expect(run(other.clientConfig())).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 3000 });
    rest.fetch = async () => new Response('{"version":1}', { status: 200 });
    await expect(run(other.clientConfig())).rejects.toMatchObject({ code: "internal" });
  });
});
