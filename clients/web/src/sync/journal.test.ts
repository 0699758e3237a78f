import { deleteDB } from "idb";
import { afterEach, expect, test } from "vitest";
import { Cache } from "./cache";
import type { Intent } from "./intents";
import { Journal, type JournalStorage } from "./journal";
import { ManualClock } from "./testing/clock";

const NAME = "vestnik.journal";
const draft = (content: string, at: number): Intent => ({ kind: "draft", at, chatId: "general", content, replyTo: null });

/** Local storage in a map. */
function storage(): JournalStorage & { readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    key: (at) => [...items.keys()][at] ?? null,
    get length() {
      return items.size;
    },
  };
}

async function open(local: JournalStorage): Promise<Cache> {
  const cache = new Cache(NAME, { ...new ManualClock(), setTimeout: () => 0, clearTimeout: () => undefined, now: () => 0 }, () => undefined, new Journal(local, NAME));
  await cache.open();
  return cache;
}

afterEach(() => deleteDB(NAME));

test("what was typed while the page went away is there again, and the newest counts", async () => {
  const local = storage();
  const cache = await open(local);
  await cache.putIntent("draft:general", draft("half a", 1));
  expect(local.items.size).toBe(0);
  // The page goes before the database has it.
  cache.close();
  new Journal(local, NAME).put("draft:general", draft("half a thought", 2));
  const kept = await (await open(local)).allIntents();
  expect(kept.at(-1)).toMatchObject({ content: "half a thought" });
});

test("what the server has is kept no longer, something newer is", async () => {
  const local = storage();
  const journal = new Journal(local, NAME);
  journal.put("draft:general", draft("newer", 5));
  const cache = await open(local);
  await cache.deleteIntent("draft:general", 4);
  expect(journal.all()).toHaveLength(1);
  await cache.deleteIntent("draft:general", 5);
  expect(journal.all()).toHaveLength(0);
});

test("signing out takes it along, and leaves what belongs to others", async () => {
  const local = storage();
  local.setItem("theme", "dark");
  new Journal(local, "vestnik.7").put("draft:general", draft("another's", 1));
  new Journal(local, NAME).put("draft:general", draft("mine", 1));
  await (await open(local)).destroy();
  expect([...local.items.keys()]).toEqual(["theme", "vestnik.7.typed.draft:general"]);
});

test("a storage that refuses and one that holds rubbish do no harm", async () => {
  const refusing = { ...storage(), setItem: () => { throw new DOMException("full", "QuotaExceededError"); } };
  expect(() => new Journal(refusing, NAME).put("draft:general", draft("x", 1))).not.toThrow();
  const local = storage();
  local.setItem(`${NAME}.typed.draft:general`, "{not json");
  expect(await (await open(local)).allIntents()).toEqual([]);
});
