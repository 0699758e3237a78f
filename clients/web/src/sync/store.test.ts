import { beforeEach, describe, expect, it, vi } from "vitest";
import { chatOf as stateOf } from "./chatlog";
import type { Entry } from "./entries";
import { addMembers } from "./chatlog";
import { emptyState, untouched } from "./reducer";
import { Store } from "./store";
import { ManualClock, settle } from "./testing/clock";
import { ANNA, chatOf, ME, messageOf } from "./testing/server";
import type { ChatState } from "./types";

let clock: ManualClock;
let store: Store;
let entries: Entry[];

beforeEach(() => {
  clock = new ManualClock();
  store = new Store(clock);
  entries = [];
  store.open(emptyState(ME), { all: () => entries, of: (chatId) => entries.filter((entry) => entry.chatId === chatId) }, "me");
});

function add(id: string, messages: number, more = {}): ChatState {
  const chat = stateOf(chatOf(id, { rev: messages, last_seq: messages, ...more }));
  for (let seq = 1; seq <= messages; seq++) chat.messages.set(seq, messageOf(seq, seq % 2 ? ME : ANNA));
  store.state.chats.set(id, chat);
  store.bump("chats");
  store.bump(`chat:${id}`);
  return chat;
}

const touch = (id: string) => store.touched({ ...untouched(), chats: new Set([id]) });
const member = (user_id: number, read_seq: number, delivered_seq: number) =>
  ({ user_id, username: `u${user_id}`, display_name: `U${user_id}`, role: "member" as const, joined_at: "", read_seq, delivered_seq });

describe("summaries", () => {
  it("are computed anew only for what changed", async () => {
    add("a", 3);
    add("b", 2);
    await settle(2);
    const before = store.summaries();
    expect(store.summaries()).toBe(before);
    const listener = vi.fn();
    store.subscribe("chats", listener);
    store.state.chats.get("a")!.members.set(ANNA, member(ANNA, 1, 1));
    touch("a");
    await settle(2);
    expect(listener, "a member's marker is nothing to the list").not.toHaveBeenCalled();
    store.state.chats.get("a")!.lastSeq = 4;
    store.state.chats.get("a")!.messages.set(4, messageOf(4, ANNA));
    touch("a");
    await settle(2);
    expect(listener).toHaveBeenCalledOnce();
    const find = (list: typeof before, id: string) => list.find((summary) => summary.id === id);
    expect(find(store.summaries(), "a")).not.toBe(find(before, "a"));
    expect(find(store.summaries(), "b")).toBe(find(before, "b"));
  });

  it("count mentions as the server did for what is not loaded, and as they are for the rest", () => {
    const chat = add("a", 0, { last_seq: 100, read_seq: 10, mentions: 4 });
    store.hint(chatOf("a", { last_seq: 100, read_seq: 10, mentions: 4 }));
    expect(store.summary("a")!.mentions).toBe(4);
    chat.lastSeq = 101;
    chat.messages.set(101, { ...messageOf(101, ANNA), mentions: [ME] });
    touch("a");
    expect(store.summary("a")!.mentions).toBe(5);
    chat.info = { ...chat.info, readSeq: 101 };
    touch("a");
    expect(store.summary("a")).toMatchObject({ mentions: 0, unread: 0 });
  });

  it("leave out what one only looks into, and unmute in time", async () => {
    add("looked", 1, { role: null });
    const muted_until = new Date(clock.now() + 60_000).toISOString();
    add("muted", 1, { settings: { archived: false, favourite: false, marked_unread: false, muted_until } });
    await settle(2);
    expect(store.summaries().map(({ id, muted }) => [id, muted])).toEqual([["muted", true]]);
    await clock.advance(61_000);
    expect(store.summaries()[0]!.muted).toBe(false);
  });
});

describe("segments", () => {
  it("are runs without holes, and say what lies beyond", () => {
    const chat = add("a", 0, { last_seq: 10 });
    for (const seq of [3, 4, 5, 9, 10]) chat.messages.set(seq, messageOf(seq, ANNA));
    touch("a");
    const seqs = (seq?: number) => store.segment("a", seq).messages.map(({ message }) => message.seq);
    expect([seqs(), store.segment("a").hasOlder, store.segment("a").hasNewer]).toEqual([[9, 10], true, false]);
    expect([seqs(4), store.segment("a", 4).hasOlder, store.segment("a", 4).hasNewer]).toEqual([[3, 4, 5], true, true]);
    expect([seqs(7), store.segment("a", 7).hasOlder, store.segment("a", 7).hasNewer]).toEqual([[], true, true]);
  });

  it("keep the identity of rows and of themselves", () => {
    const chat = add("a", 1000);
    const before = store.segment("a");
    expect(store.segment("a")).toBe(before);
    touch("a");
    expect(store.segment("a"), "nothing that is shown changed").toBe(before);
    chat.messages.set(1001, messageOf(1001, ANNA));
    chat.lastSeq = 1001;
    touch("a");
    const after = store.segment("a");
    expect(after.messages).toHaveLength(1001);
    expect(after.messages.slice(0, 1000).every((row, at) => row === before.messages[at])).toBe(true);
  });

  it("stay quick in a long chat", () => {
    const chat = add("a", 10_000);
    store.segment("a");
    const began = performance.now();
    for (let seq = 10_001; seq <= 10_050; seq++) {
      chat.messages.set(seq, messageOf(seq, ANNA));
      chat.lastSeq = seq;
      touch("a");
      store.segment("a");
    }
    expect((performance.now() - began) / 50).toBeLessThan(30);
  });

  it("show how far one's own messages have come", () => {
    const chat = add("a", 5);
    const states = () => store.segment("a").messages.filter(({ message }) => message.sender_id === ME).map(({ delivery }) => delivery);
    expect(states()).toEqual(["sent", "sent", "sent"]);
    addMembers(chat, [member(ME, 5, 5), member(ANNA, 1, 3)]);
    touch("a");
    expect(states()).toEqual(["read", "delivered", "sent"]);
  });

  it("show what waits at the end, and not twice while an answer is missing", () => {
    const chat = add("a", 2);
    const entry: Entry = {
      id: "e", chatId: "a", createdAt: Date.parse("2026-11-25T12:00:00.000Z"), state: "waiting", error: null, tried: true, sent: null, baseSeq: 2,
      action: { type: "message", content: "hi", messageType: "text", replyTo: null },
    };
    entries = [entry];
    touch("a");
    expect(store.segment("a").messages.at(-1)).toMatchObject({ key: "e", delivery: "waiting", message: { seq: 3, content: "hi", sender_id: ME } });
    chat.messages.set(3, messageOf(3, ME, "hi"));
    chat.lastSeq = 3;
    touch("a");
    expect(store.segment("a").messages.map(({ message }) => message.id)).toEqual(["m1", "m2", "m3"]);
  });
});

describe("passing things", () => {
  it("writers are shown for a while", async () => {
    store.showTyping("a", { userId: ANNA, username: "anna" }, true);
    expect(store.typing("a")).toEqual([{ userId: ANNA, username: "anna" }]);
    const before = store.typing("a");
    await clock.advance(4000);
    store.showTyping("a", { userId: ANNA, username: "anna" }, true);
    expect(store.typing("a")).toBe(before);
    await clock.advance(5000);
    expect(store.typing("a")).toHaveLength(1);
    await clock.advance(1500);
    expect(store.typing("a")).toEqual([]);
  });

  it("members who are not named as there are not there", () => {
    const chat = add("a", 1);
    addMembers(chat, [member(ANNA, 0, 0), member(3, 0, 0)]);
    store.showPresence({ user_id: ANNA, status: "online" });
    store.showPresenceState("a", [{ user_id: 3, status: "away" }], 2);
    expect([store.presence(ANNA)?.status, store.presence(3)?.status, store.guests("a")]).toEqual(["offline", "away", 2]);
  });
});
