import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ClientContext, type Client } from "@/hooks/context";
import type { ChatSummary, Incoming } from "@/sync/types";
import type { Message } from "@wire";
import { cardStore } from "./cards";
import { SystemNotes } from "./system";
import type { Tabs } from "./tabs";
import { useIncoming } from "./useIncoming";

const play = vi.hoisted(() => vi.fn());
vi.mock("./sound", () => ({ play }));

const settings = { archived: false, favourite: false, marked_unread: false };
const summary = (change: Partial<ChatSummary> = {}): ChatSummary => ({
  id: "general", type: "room", title: "general", peer: null, lastMessage: null, unread: 1, mentions: 0, settings, muted: false, draft: null,
  role: "member", permissions: [], memberCount: 2, activeAt: 0, pending: "none", ...change,
});
const message = (change: Partial<Message> = {}): Message => ({
  id: "m", seq: 7, sender_id: 2, sender_username: "tom", content: "**hello** there", message_type: "text", timestamp: "2026-11-25T12:00:00Z",
  reply_to: null, mentions: [], reactions: {}, edited: false, edited_at: null, deleted: false, ...change,
});

class FakeNotification extends EventTarget {
  static permission: NotificationPermission = "granted";
  static shown: FakeNotification[] = [];
  closed = false;
  constructor(readonly title: string, readonly options: NotificationOptions & { tag: string }) {
    super();
    FakeNotification.shown.push(this);
  }
  close() {
    this.closed = true;
  }
}

let preferences: Record<string, unknown>;
let readSeq: number;
let arrive: (incoming: Incoming) => void;
let front: boolean;

function fakeClient(): Client {
  const store = {
    state: { get preferences() { return new Map([["notifications", JSON.stringify(preferences)]]); } },
    subscribe: () => () => undefined,
    version: () => 0,
    presence: () => undefined,
    userName: () => "Tom Becker",
    chat: () => ({ info: { readSeq } }),
  };
  const engine = { store, onIncoming: (listener: typeof arrive) => ((arrive = listener), () => undefined), setPreference: () => undefined };
  const session = { identity: () => ME, subscribe: () => () => undefined };
  return { engine, session, api: {} } as unknown as Client;
}
const ME = { kind: "user", account: { user: { id: 1 } } };

function start(tabs: { leader: boolean; anyInFront: boolean }, viewed: string | null = null) {
  const client = fakeClient();
  const notes = new SystemNotes(() => undefined);
  const wrapper = ({ children }: { children: ReactNode }) => <ClientContext value={client}>{children}</ClientContext>;
  renderHook(() => useIncoming({ leader: tabs.leader, anyInFront: () => Promise.resolve(front || tabs.anyInFront) } as unknown as Tabs, notes, viewed), { wrapper });
  return { notes, come: (change: Partial<Incoming> = {}) => act(async () => arrive({ chat: summary(), message: message(), mentionsMe: false, ...change })) };
}

beforeEach(() => {
  preferences = {};
  readSeq = 0;
  front = false;
  FakeNotification.shown = [];
  FakeNotification.permission = "granted";
  cardStore.setState({ cards: [] });
  play.mockClear();
  vi.stubGlobal("Notification", FakeNotification);
  vi.spyOn(document, "hasFocus").mockImplementation(() => front);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("a message that notifies", () => {
  test("is a card in the window one looks at, and no notification of the system", async () => {
    front = true;
    await start({ leader: true, anyInFront: true }).come();
    expect(cardStore.getState().cards).toMatchObject([{ chatId: "general", seq: 7, sender: "Tom Becker", chatTitle: "general", text: "hello there" }]);
    expect(FakeNotification.shown).toEqual([]);
    expect(play).toHaveBeenCalledOnce();
  });
  test("is a notification of the system when nobody looks, from the leading tab alone", async () => {
    await start({ leader: true, anyInFront: false }).come();
    await start({ leader: false, anyInFront: false }).come();
    expect(FakeNotification.shown).toHaveLength(1);
    expect(FakeNotification.shown[0]?.options).toMatchObject({ body: "hello there", tag: "chat:general", data: { path: "/c/general/7" } });
    expect(cardStore.getState().cards).toEqual([]);
  });
  test("is left to the tab one looks at", async () => {
    await start({ leader: true, anyInFront: true }).come();
    expect(FakeNotification.shown).toEqual([]);
    expect(play).not.toHaveBeenCalled();
  });
  test("is a card after all where the system may not notify", async () => {
    FakeNotification.permission = "denied";
    await start({ leader: true, anyInFront: false }).come();
    expect(cardStore.getState().cards).toHaveLength(1);
  });
  test("hides its text where that was chosen", async () => {
    preferences = { preview: false };
    await start({ leader: true, anyInFront: false }).come();
    expect(FakeNotification.shown[0]?.options.body).toBe("hiddenPreview");
  });
  test("replaces the one before in its chat, and closes when read", async () => {
    const { notes, come } = start({ leader: true, anyInFront: false });
    await come();
    await come({ message: message({ seq: 8 }) });
    expect(FakeNotification.shown.map((one) => one.closed)).toEqual([true, false]);
    await notes.closeRead(() => 7);
    expect(FakeNotification.shown[1]?.closed).toBe(false);
    await notes.closeRead(() => 8);
    expect(FakeNotification.shown[1]?.closed).toBe(true);
  });
  test("chimes once for a burst", async () => {
    front = true;
    const { come } = start({ leader: true, anyInFront: true });
    await come();
    await come({ message: message({ seq: 8 }) });
    expect(play).toHaveBeenCalledOnce();
    expect(cardStore.getState().cards).toMatchObject([{ seq: 8 }]);
  });
});

test.each<[string, () => Partial<Incoming>]>([
  ["one's own", () => ({ message: message({ sender_id: 1 }) })],
  ["a muted chat", () => ({ chat: summary({ settings: { ...settings, muted_until: "9999-12-31T00:00:00Z" } }) })],
  ["read already", () => ((readSeq = 7), {})],
  ["do not disturb", () => ((preferences = { dnd: { until: Date.now() + 60_000 } }), {})],
  ["a level of mentions", () => ((preferences = { perChat: { general: "mentions" } }), {})],
])("nothing is shown for %s", async (_, change) => {
  front = true;
  const part = change();
  await start({ leader: true, anyInFront: true }).come(part);
  expect(cardStore.getState().cards).toEqual([]);
  expect(play).not.toHaveBeenCalled();
});

test("nothing is shown for the chat one looks at, but for it in a window behind", async () => {
  front = true;
  await start({ leader: true, anyInFront: true }, "general").come();
  expect(cardStore.getState().cards).toEqual([]);
  front = false;
  await start({ leader: true, anyInFront: false }, "general").come();
  expect(FakeNotification.shown).toHaveLength(1);
});

test("cards go when their chat was read, and there are never more than three", () => {
  const { push, dropRead } = cardStore.getState();
  for (const chatId of ["a", "b", "c", "d"]) push({ chatId, kind: "group", seq: 1, senderId: 2, sender: "Tom", chatTitle: chatId, text: "x" });
  expect(cardStore.getState().cards.map((card) => card.chatId)).toEqual(["b", "c", "d"]);
  dropRead((chatId) => (chatId === "c" ? 1 : 0));
  expect(cardStore.getState().cards.map((card) => card.chatId)).toEqual(["b", "d"]);
});
