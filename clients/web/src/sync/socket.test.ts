import { beforeEach, describe, expect, it } from "vitest";
import { ApiFailure } from "@/lib/errors";
import { seededRng } from "@/lib/ids";
import { type Link, Socket, type SocketOptions } from "./socket";
import { ManualClock } from "./testing/clock";
import { FakeServer } from "./testing/server";

let server: FakeServer;
let clock: ManualClock;
let links: Link[];
let renewals: (string | null)[];
let socket: Socket;

function make(more: Partial<SocketOptions> = {}): Socket {
  return new Socket({
    open: server.socket, clock, rng: seededRng(1), online: () => true, link: (link) => links.push(link), frame: () => undefined,
    tokens: {
      token: async () => "old",
      renew: async (refused) => {
        renewals.push(refused);
        return "new";
      },
      renewIn: () => 840_000,
    },
    ...more,
  });
}

const now = () => links.at(-1)!;
const offline = () => {
  const link = now();
  return link.state === "offline" ? { reason: link.reason, wait: link.retryAt! - clock.now() } : null;
};

beforeEach(() => {
  server = new FakeServer();
  clock = new ManualClock();
  links = [];
  renewals = [];
  socket = make();
});

describe("socket", () => {
  it("signs in first, and renews a refused token once", async () => {
    server.tokens = new Set(["new"]);
    socket.start();
    await clock.advance(10);
    expect(now().state).toBe("up");
    expect(renewals).toEqual(["old"]);
    expect(server.heard.map(({ type, token }) => [type, token])).toEqual([["auth", "old"], ["auth", "new"]]);
  });

  it("says that one is signed out only when there is no token any more", async () => {
    server.tokens = new Set();
    socket = make({ tokens: { token: async () => "old", renew: async () => null, renewIn: () => 1e6 } });
    socket.start();
    await clock.advance(10);
    expect(now()).toEqual({ state: "signed_out", reason: "expired" });
    await clock.advance(600_000);
    expect(server.heard).toHaveLength(1);
  });

  it("is unavailable, not signed out, while tokens cannot be had", async () => {
    socket = make({ tokens: { token: async () => Promise.reject(new ApiFailure({ code: "unavailable", message: "" })), renew: async () => null, renewIn: () => 1e6 } });
    socket.start();
    await clock.advance(0);
    expect(offline()?.reason).toBe("unavailable");
  });

  it("comes back after each kind of close as it should", async () => {
    socket.start();
    for (const [code, reason, least] of [[4001, "network", 0], [4000, "network", 0], [4002, "network", 0], [4408, "too_slow", 0], [4429, "rate_limited", 5000], [1012, "restarting", 1000], [1006, "network", 0]] as const) {
      await clock.advance(40_000);
      expect(now().state).toBe("up");
      socket.settled();
      server.cutAll(code);
      expect(offline()).toMatchObject({ reason });
      expect(offline()!.wait).toBeGreaterThanOrEqual(least);
    }
    await clock.advance(40_000);
    server.cutAll(4401);
    await clock.advance(10);
    expect(now().state).toBe("up");
    expect(renewals).toEqual(["old"]);
  });

  it("waits longer each time while the server is away, and at once when told to try", async () => {
    server.down = true;
    socket.start();
    const waits: number[] = [];
    for (let count = 0; count < 40; count++) {
      await clock.advance(0);
      const { wait } = offline() ?? { wait: 0 };
      waits.push(wait);
      await clock.advance(wait + 1);
    }
    expect(Math.max(...waits)).toBeGreaterThan(15_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
    server.down = false;
    socket.reconnect();
    await clock.advance(10);
    expect(now().state).toBe("up");
  });

  it("is woken by a look at the page, but not when it was told to slow down", async () => {
    socket.start();
    await clock.advance(10);
    server.cutAll(4429);
    socket.wake();
    expect(offline()?.reason).toBe("rate_limited");
    await clock.advance(40_000);
    server.cutAll(4408);
    socket.wake();
    await clock.advance(10);
    expect(now().state).toBe("up");
  });

  it("renews on the living connection", async () => {
    socket.start();
    await clock.advance(845_000);
    expect(server.heard.filter(({ type }) => type === "auth")).toHaveLength(2);
    expect(server.sockets.size).toBe(1);
  });

  it("fails what waits for an answer when the connection goes, and what is asked without one", async () => {
    socket.start();
    await clock.advance(10);
    server.fault = ({ type }) => (type === "list_chats" ? "lose" : null);
    const asked = socket.command({ type: "list_chats" });
    asked.catch(() => undefined);
    await clock.advance(10);
    server.cutAll();
    await expect(asked).rejects.toMatchObject({ code: "unavailable" });
    await expect(socket.command({ type: "list_chats" })).rejects.toMatchObject({ code: "unavailable" });
  });

  it("does not wait for ever for an answer", async () => {
    socket.start();
    await clock.advance(10);
    server.fault = ({ type }) => (type === "list_chats" ? "lose" : null);
    const asked = socket.command({ type: "list_chats" });
    asked.catch(() => undefined);
    await clock.advance(16_000);
    await expect(asked).rejects.toMatchObject({ code: "unavailable" });
    expect(now().state).toBe("up");
  });
});
