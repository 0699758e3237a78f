import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { chatOf as stateOf, foldChat } from "./chatlog";
import { History, type Page } from "./history";
import { ANNA, chatOf, ME, messageOf } from "./testing/server";
import { settle } from "./testing/clock";
import type { ChatState } from "./types";

let chat: ChatState;
let queries: Record<string, number>[];
let history: History;
let certain: boolean;
let content: (seq: number) => string;
let gate: Promise<void>;

beforeEach(() => {
  chat = stateOf(chatOf("a", { rev: 5000, last_seq: 5000, last_message: messageOf(5000, ANNA) }));
  queries = [];
  certain = true;
  content = (seq) => `text ${seq}`;
  gate = Promise.resolve();
  const fetch = async (_: string, query: Record<string, any>): Promise<Page> => {
    queries.push(query);
    const { before, after, around, limit } = query;
    const first = before != null ? before - limit : after != null ? after + 1 : around != null ? around - limit / 2 : 5001 - limit;
    const seqs = Array.from({ length: limit }, (__, at) => first + at).filter((seq) => seq >= 1 && seq <= chat.lastSeq && (before == null || seq < before));
    const page = { messages: seqs.map((seq) => messageOf(seq, ANNA, content(seq))), certain };
    await gate;
    return page;
  };
  history = new History({ chat: () => chat, fetch, changed: () => undefined });
});

const loaded = () => [...chat.messages.keys()].sort((a, b) => a - b);
const edit = (seq: number) => ({ type: "message_edited" as const, chat_id: "a", rev: chat.rev + 1, message_id: `m${seq}`, seq, content: "edited", mentions: [], edited_at: "" });

describe("history", () => {
  it("goes on from the end of the run around a place, and fills holes", async () => {
    await history.loadOlder("a", 5000);
    expect(loaded()[0]).toBe(4940);
    await history.loadAround("a", 4850);
    expect(loaded()[0]).toBe(4810);
    await history.loadNewer("a", 4850);
    const all = loaded();
    expect(all.at(-1)! - all[0]! + 1).toBe(all.length);
  });

  it("asks for nothing that is there, nor beyond the ends, and once for what is asked twice", async () => {
    await Promise.all([history.loadOlder("a", 5000), history.loadOlder("a", 5000)]);
    await history.loadNewer("a", 5000);
    await history.loadAround("a", 5000);
    await history.loadAround("a", 99_999);
    expect(queries).toHaveLength(1);
    await history.loadAround("a", 1);
    await history.loadOlder("a", 1);
    expect(queries).toHaveLength(2);
  });

  it("does not undo what came while a page was on its way", async () => {
    let open = () => {};
    gate = new Promise((resolve) => (open = resolve));
    const loading = history.loadOlder("a", 5000);
    const event = edit(4990);
    foldChat(chat, ME, event);
    history.note(event);
    open();
    await loading;
    expect(chat.messages.get(4990)!.content).toBe("edited");
  });

  it("reads again what may be out of date", async () => {
    certain = false;
    await history.loadOlder("a", 5000);
    expect(history.uncertain("a")?.size).toBe(60);
    certain = true;
    content = (seq) => `newer ${seq}`;
    await history.revalidate();
    expect(history.uncertain("a")).toBeUndefined();
    expect([chat.messages.get(4950)!.content, chat.messages.get(5000)!.content]).toEqual(["newer 4950", "text 5000"]);
  });

  it("is of no effect for a chat that was reset meanwhile", async () => {
    let open = () => {};
    gate = new Promise((resolve) => (open = resolve));
    const loading = history.loadOlder("a", 5000);
    chat = stateOf(chatOf("a", { rev: 5001, last_seq: 5000 }));
    open();
    await loading;
    expect(loaded()).toEqual([]);
  });

  it("keeps a window around the place and the end", async () => {
    for (let seq = 1; seq <= 5000; seq++) chat.messages.set(seq, messageOf(seq, ANNA));
    expect(history.trim("a", 2000)).toBe(true);
    expect(loaded()).toHaveLength(601 + 600);
    expect([chat.messages.has(1700), chat.messages.has(2300), chat.messages.has(4401), chat.messages.has(1699)]).toEqual([true, true, true, false]);
    expect(history.trim("a", 2000)).toBe(false);
  });

  it("makes one run of all in the end, wherever one began", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }), async (places) => {
        chat = stateOf(chatOf("a", { rev: 400, last_seq: 400, last_message: messageOf(400, ANNA) }));
        for (const place of places) await history.loadAround("a", place);
        for (let count = 0; count < 10; count++) await history.loadNewer("a", places[0]!);
        for (let count = 0; count < 10; count++) await history.loadOlder("a", places[0]!);
        await settle(1);
        expect(loaded()).toHaveLength(400);
      }),
      { numRuns: 20 },
    );
  });
});
