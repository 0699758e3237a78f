import { deleteDB, openDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cache, forgetOthers } from "./cache";
import { chatOf as stateOf } from "./chatlog";
import type { Entry } from "./entries";
import { metaOf, recordOf } from "./records";
import { emptyState } from "./reducer";
import { ManualClock } from "./testing/clock";
import { ANNA, chatOf, ME, messageOf } from "./testing/server";
import type { State } from "./types";

const NAME = "vestnik.test";
const entry: Entry = {
  id: "1", chatId: "general", createdAt: 1, state: "waiting", error: null, tried: false, sent: null, baseSeq: 0,
  action: { type: "message", content: "x", messageType: "text", replyTo: null },
};

let degraded: unknown[];

async function open(): Promise<Cache> {
  const cache = new Cache(NAME, { ...new ManualClock(), setTimeout: () => 0, clearTimeout: () => undefined, now: () => 0 }, (why) => degraded.push(why));
  await cache.open();
  return cache;
}

function stateWith(messages: number): State {
  const state = emptyState(ME);
  state.accountRev = 7;
  const chat = stateOf(chatOf("general", { rev: messages, last_seq: messages }));
  for (let seq = 1; seq <= messages; seq++) chat.messages.set(seq, messageOf(seq, ANNA));
  state.chats.set("general", chat);
  return state;
}

const batchOf = (state: State, keep = 200) => ({
  meta: metaOf(state), remove: [], put: [...state.chats].map(([id, chat]) => recordOf(id, chat, keep, null, 0)),
});

beforeEach(() => (degraded = []));
afterEach(async () => {
  vi.restoreAllMocks();
  await deleteDB(NAME);
});

describe("cache", () => {
  it("gives back what was kept: a chat's position with its newest messages", async () => {
    const cache = await open();
    await cache.save(batchOf(stateWith(30), 20));
    cache.close();
    const kept = await (await open()).load();
    expect(kept).toMatchObject({ whole: true, meta: { accountRev: 7 }, chats: [{ id: "general", rev: 30, lastSeq: 30 }] });
    expect(kept.chats[0]!.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, at) => at + 11));
  });

  it("lets go of the chats of others, and keeps what they could not send", async () => {
    const names = ["vestnik.1", "vestnik.2", "vestnik.guest", "other.3"];
    const caches = names.map((name) => new Cache(name, new ManualClock(), (why) => degraded.push(why)));
    for (const cache of caches) {
      await cache.open();
      await cache.save(batchOf(stateWith(3)));
      await cache.put(entry);
      cache.close();
    }
    await forgetOthers("vestnik.1", new ManualClock());
    const kept = await Promise.all(caches.map(async (cache) => {
      await cache.open();
      const found = [(await cache.load()).chats.length, (await cache.all()).length];
      await cache.destroy();
      return found;
    }));
    expect(kept).toEqual([[1, 1], [0, 1], [1, 1], [1, 1]]);
    expect(degraded).toEqual([]);
  });

  it("keeps nothing beyond a hole, nor what may be out of date", () => {
    const state = stateWith(30);
    const chat = state.chats.get("general")!;
    expect(recordOf("general", chat, 200, null, 0, new Set([25])).messages).toHaveLength(5);
    chat.messages.delete(28);
    expect(recordOf("general", chat, 200, null, 0).messages.map(({ seq }) => seq)).toEqual([29, 30]);
  });

  it("drops an odd chat, and says that something is missing", async () => {
    const cache = await open();
    await cache.save(batchOf(stateWith(3)));
    cache.close();
    const db = await openDB(NAME);
    const record = (await db.get("chats", "general")) as { messages: object[] };
    for (const odd of [{ ...record, id: "odd", rev: "3" }, { ...record, id: "holes", messages: [record.messages[0], record.messages[2]] }]) await db.put("chats", odd);
    db.close();
    const kept = await (await open()).load();
    expect(kept.chats.map(({ id }) => id)).toEqual(["general"]);
    expect(kept.whole).toBe(false);
  });

  it("goes on in memory when the browser has no storage", async () => {
    vi.spyOn(indexedDB, "open").mockImplementation(() => {
      throw new DOMException("blocked", "SecurityError");
    });
    const cache = await open();
    expect(degraded).toHaveLength(1);
    await cache.put(entry);
    expect(await cache.all()).toEqual([entry]);
    expect(await cache.update("1", (kept) => ({ ...kept, tried: true }))).toMatchObject({ tried: true });
    await cache.save(batchOf(stateWith(1)));
    expect(await cache.load()).toMatchObject({ chats: [] });
  });

  it("gives chats up for what waits to be sent when space runs out", async () => {
    const cache = await open();
    await cache.save(batchOf(stateWith(3)));
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementationOnce(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    await cache.save(batchOf(stateWith(4)));
    expect(degraded).toHaveLength(1);
    await cache.put(entry);
    expect(cache.persistent).toBe(true);
    cache.close();
    const again = await open();
    expect(await again.all()).toEqual([entry]);
    expect(await again.load()).toMatchObject({ meta: null, chats: [] });
  });

  it("keeps waiting entries in memory when even those do not fit", async () => {
    const cache = await open();
    await cache.put(entry);
    await cache.all();
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    await cache.put({ ...entry, id: "2" });
    expect(degraded).toHaveLength(1);
    expect((await cache.all()).map(({ id }) => id)).toEqual(["1", "2"]);
    expect(await cache.update("1", () => null)).toBeUndefined();
    expect((await cache.all()).map(({ id }) => id)).toEqual(["2"]);
  });

  it("decides between tabs: whoever began first counts", async () => {
    const [a, b] = [await open(), await open()];
    await a.put(entry);
    const [began, changed] = await Promise.all([
      a.update("1", (kept) => ({ ...kept, tried: true })),
      b.update("1", (kept) => (kept.tried ? kept : { ...kept, action: { ...kept.action, content: "other" } as Entry["action"] })),
    ]);
    expect(began!.tried).toBe(true);
    expect(changed!.action).toEqual(entry.action);
  });

  it("removes everything at sign-out", async () => {
    const cache = await open();
    await cache.save(batchOf(stateWith(3)));
    await cache.destroy();
    expect((await indexedDB.databases()).map(({ name }) => name)).not.toContain(NAME);
  });
});
