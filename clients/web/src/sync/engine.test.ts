/** Whole engines against a small model of the server: several tabs, lost answers, crashes, restarts. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deleteDB } from "idb";
import { databaseName } from "./cache";
import { ManualClock } from "./testing/clock";
import { ANNA, chatOf, FakeServer, ME, messageOf } from "./testing/server";
import { fakeBrowser, type FakeTab, fakeTab } from "./testing/tabs";

let server: FakeServer;
let clock: ManualClock;
let tabs: FakeTab[];

beforeEach(() => {
  clock = new ManualClock();
  server = new FakeServer();
  server.addChat(chatOf("general"));
  tabs = [];
});

afterEach(async () => {
  for (const tab of tabs) tab.kill();
  await deleteDB(databaseName(ME));
});

async function open(browser: ReturnType<typeof fakeBrowser> | null = fakeBrowser()): Promise<FakeTab> {
  const tab = fakeTab(server, clock, browser);
  tabs.push(tab);
  const started = tab.engine.start();
  await clock.advance(50);
  await started;
  await clock.advance(100);
  return tab;
}

const contents = (tab: FakeTab) => tab.engine.store.segment("general").messages.map(({ message }) => message.content);
const serverContents = () => [...server.state.chats.get("general")!.messages.values()].map(({ content }) => content);
const general = (tab: FakeTab) => tab.engine.store.chat("general")!;

describe("engine", () => {
  it("shows what it has before there is any network", async () => {
    server.down = true;
    const tab = fakeTab(server, clock, fakeBrowser());
    tabs.push(tab);
    const started = tab.engine.start();
    await clock.advance(0);
    await started;
    await clock.advance(50);
    expect(tab.engine.store.connection().state).toMatch(/offline|connecting/);
  });

  it("gets in step, sends, and shows clock, tick and ticks", async () => {
    const tab = await open();
    expect(tab.engine.store.connection()).toEqual({ state: "online" });
    const seen: (string | undefined)[] = [];
    tab.engine.store.subscribe("chat:general", () => seen.push(tab.engine.store.segment("general").messages[0]?.delivery));
    const entry = tab.engine.send("general", { content: "hello" });
    expect(tab.engine.store.segment("general").messages).toMatchObject([{ key: entry.id, delivery: "waiting", pending: { id: entry.id } }]);
    await clock.advance(100);
    expect(tab.engine.store.outbox()).toEqual([]);
    const [row] = tab.engine.store.segment("general").messages;
    expect(row).toMatchObject({ key: entry.id, delivery: "sent", message: { id: "m1", seq: 1 } });
    expect(seen.filter((state, at) => state !== seen[at - 1])).toEqual(["waiting", "sent"]);
  });

  it("repairs a gap by asking, and survives what it cannot read", async () => {
    const tab = await open();
    const live = [...server.sockets];
    for (const socket of live) socket.signedIn = false;
    server.say("general", ANNA, "missed");
    for (const socket of live) socket.signedIn = true;
    server.broadcast({ type: "new_message", chat_id: "general", rev: "x" });
    server.say("general", ANNA, "came");
    await clock.advance(100);
    expect(contents(tab)).toEqual(["missed", "came"]);
    expect(tab.engine.store.connection().state).toBe("online");
  });

  it("goes on after an event of a newer server, and after one that cannot be read", async () => {
    const tab = await open();
    server.emit("general", { type: "poll_opened" } as never);
    server.say("general", ANNA, "after");
    server.emit("general", { type: "new_message", message: { ...messageOf(2, ANNA), content: 7 as never } });
    server.say("general", ANNA, "later");
    await clock.advance(1000);
    expect(general(tab).rev).toBe(4);
    expect(contents(tab).at(-1)).toBe("later");
    expect(server.heard.filter(({ type }) => type === "sync")).toHaveLength(1);
    server.cutAll();
    await clock.advance(3000);
    expect(tab.engine.store.connection().state).toBe("online");
  });

  it("does not ask without end for what does not come", async () => {
    const tab = await open();
    server.broadcast({ type: "pin_changed", chat_id: "general", rev: 9, message_id: "m1", seq: 1, pinned: true, by: 2 });
    await clock.advance(100);
    server.broadcast({ type: "pin_changed", chat_id: "general", rev: 10, message_id: "m1", seq: 1, pinned: true, by: 2 });
    await clock.advance(30_000);
    expect(server.heard.filter(({ type }) => type === "sync").length).toBeLessThan(6);
    expect(tab.engine.store.connection().state).toBe("online");
  });

  it("starts a chat afresh when it is too far behind", async () => {
    const tab = await open();
    server.syncEvents = 3;
    server.cutAll();
    for (let count = 0; count < 60; count++) server.say("general", ANNA);
    await clock.advance(5000);
    expect(general(tab).rev).toBe(60);
    expect(contents(tab)).toHaveLength(50);
    expect(tab.engine.store.segment("general").hasOlder).toBe(true);
    await tab.engine.loadOlder("general", 60);
    expect(contents(tab)).toHaveLength(60);
  });

  it("waits as long as a restarting server asks, and comes back", async () => {
    const tab = await open();
    server.cutAll(1012, "The server restarts. reconnect_after_ms=4000");
    await clock.advance(0);
    const offline = tab.engine.store.connection();
    expect(offline).toMatchObject({ state: "offline", reason: "restarting" });
    expect(offline.state === "offline" && offline.retryAt! - clock.now()).toBeGreaterThanOrEqual(4000);
    await clock.advance(3900);
    expect(tab.engine.store.connection().state).toBe("offline");
    await clock.advance(1000);
    expect(tab.engine.store.connection().state).toBe("online");
  });

  it("finds a silent connection dead and gets another", async () => {
    await open();
    const [first] = [...server.sockets];
    server.fault = (command) => (command["type"] === "ping" ? "lose" : null);
    await clock.advance(36_000);
    server.fault = () => null;
    await clock.advance(5000);
    expect(first!.open).toBe(false);
    expect(server.sockets.size).toBe(1);
    expect(tabs[0]!.engine.store.connection().state).toBe("online");
  });

  it("holds back while offline and sends once when it is back", async () => {
    const tab = await open();
    tab.page("offline", { online: false });
    await clock.advance(0);
    expect(tab.engine.store.connection()).toEqual({ state: "offline", reason: "network", retryAt: null });
    tab.engine.send("general", { content: "one" });
    tab.engine.send("general", { content: "two" });
    await clock.advance(60_000);
    expect(serverContents()).toEqual([]);
    tab.page("online", { online: true });
    await clock.advance(3000);
    expect(serverContents()).toEqual(["one", "two"]);
    expect(contents(tab)).toEqual(["one", "two"]);
  });

  it("lays offline edits, reactions and deletions over what is stored", async () => {
    server.say("general", ME, "first");
    server.say("general", ME, "second");
    const tab = await open();
    await tab.engine.loadAround("general", 2);
    tab.page("offline", { online: false });
    const [first, second] = [general(tab).messages.get(1)!, general(tab).messages.get(2)!];
    tab.engine.edit("general", first, "changed");
    tab.engine.edit("general", first, "changed again");
    tab.engine.react("general", first, "👍", true);
    tab.engine.react("general", first, "🎉", true);
    tab.engine.react("general", first, "🎉", false);
    tab.engine.edit("general", second, "never seen");
    tab.engine.remove("general", second);
    await clock.advance(100);
    const rows = tab.engine.store.segment("general").messages;
    expect(rows[0]).toMatchObject({ message: { content: "changed again", edited: true, reactions: { "👍": [ME] } } });
    expect(rows[0]!.message.reactions["🎉"]).toBeUndefined();
    expect(rows[1]!.message.deleted).toBe(true);
    expect(tab.engine.store.outbox().map(({ action }) => action.type)).toEqual(["edit_message", "react", "delete_message"]);
    tab.page("online", { online: true });
    await clock.advance(3000);
    expect(tab.engine.store.outbox()).toEqual([]);
    expect(general(tab).messages.get(1)).toMatchObject({ content: "changed again", reactions: { "👍": [ME] } });
    expect(server.heard.filter(({ type }) => type === "edit_message")).toHaveLength(1);
  });

  it("finds a message by the name it had on its way, as long as a menu may be open", async () => {
    const tab = await open();
    tab.engine.send("general", { content: "helo" });
    const [begun] = tab.engine.store.segment("general").messages;
    await clock.advance(100);
    expect(tab.engine.store.outbox()).toEqual([]);
    tab.engine.react("general", begun!.message, "👍", true);
    tab.engine.edit("general", begun!.message, "hello");
    await clock.advance(100);
    const [stored] = [...server.state.chats.get("general")!.messages.values()];
    expect(stored).toMatchObject({ content: "hello", reactions: { "👍": [ME] } });
    expect(tab.engine.store.outbox()).toEqual([]);
  });

  it("changes or drops what was not sent yet", async () => {
    const tab = await open();
    tab.page("offline", { online: false });
    tab.engine.send("general", { content: "tpyo" });
    tab.engine.send("general", { content: "regret" });
    const rows = tab.engine.store.segment("general").messages;
    tab.engine.edit("general", rows[0]!.message, "typo");
    tab.engine.remove("general", rows[1]!.message);
    await clock.advance(100);
    expect(contents(tab)).toEqual(["typo"]);
    tab.page("online", { online: true });
    await clock.advance(3000);
    expect(serverContents()).toEqual(["typo"]);
    expect(server.heard.filter(({ type }) => type === "message")).toHaveLength(1);
  });

  it("turns an edit of a message under way into an edit after it", async () => {
    const tab = await open();
    server.fault = (command) => (command["type"] === "message" ? "mute" : null);
    tab.engine.send("general", { content: "before" });
    await clock.advance(50);
    const unsure = tab.engine.store.segment("general").messages.at(-1)!;
    expect(contents(tab)).toEqual(["before"]);
    const pending = tab.engine.store.outbox()[0]!;
    tab.engine.edit("general", { ...unsure.message, id: pending.id }, "after");
    server.fault = () => null;
    await clock.advance(40_000);
    expect(serverContents()).toEqual(["after"]);
    expect(tab.engine.store.outbox()).toEqual([]);
  });

  it("keeps what is refused for the person to decide, and lets the rest pass", async () => {
    const tab = await open();
    server.refuse = ({ type, content }) => (type === "message" && content === "bad" ? { code: "forbidden", message: "No." } : null);
    const bad = tab.engine.send("general", { content: "bad" });
    tab.engine.send("general", { content: "good" });
    await clock.advance(200);
    expect(serverContents()).toEqual(["good"]);
    expect(tab.engine.store.outbox()).toMatchObject([{ id: bad.id, state: "failed", error: { code: "forbidden" } }]);
    expect(tab.engine.store.summary("general")!.pending).toBe("failed");
    expect(tab.engine.store.segment("general").messages.at(-1)!.delivery).toBe("failed");
    server.refuse = () => null;
    tab.engine.retry(bad.id);
    await clock.advance(200);
    expect(serverContents()).toEqual(["good", "bad"]);
  });

  it("waits as long as a busy server asks", async () => {
    const tab = await open();
    server.refuse = ({ type }) => (type === "message" ? { code: "rate_limited", message: "Slowly.", retry_after_ms: 2000 } : null);
    tab.engine.send("general", { content: "patient" });
    await clock.advance(100);
    server.refuse = () => null;
    await clock.advance(1500);
    expect(serverContents()).toEqual([]);
    await clock.advance(2000);
    expect(serverContents()).toEqual(["patient"]);
  });

  it("resumes after a crash, and a lost answer does not make two", async () => {
    const first = await open(null);
    server.fault = (command) => (command["type"] === "message" ? "mute" : null);
    first.engine.send("general", { content: "once" });
    await clock.advance(50);
    expect(serverContents()).toEqual(["once"]);
    first.kill();
    server.fault = () => null;
    const second = await open(null);
    expect(contents(second)).toEqual(["once"]);
    await clock.advance(3000);
    expect(serverContents()).toEqual(["once"]);
    expect(second.engine.store.outbox()).toEqual([]);
  });

  it("hands over at once what waits for a pause", async () => {
    const tab = await open();
    tab.engine.setDraft("general", "last words", null);
    const over = tab.engine.handOver();
    await clock.advance(20);
    await over;
    expect(server.heard.filter(({ type }) => type === "set_draft")).toMatchObject([{ content: "last words" }]);
    await clock.advance(5000);
    expect(server.heard.filter(({ type }) => type === "set_draft")).toHaveLength(1);
  });

  it("marks unread after what was read before, never the other way round", async () => {
    const tab = await open();
    server.say("general", ANNA);
    await clock.advance(100);
    tab.engine.markRead("general", 1);
    void tab.engine.setChatSettings("general", { marked_unread: true });
    await clock.advance(2000);
    expect(server.heard.map(({ type }) => type).filter((type) => type === "mark_read" || type === "set_chat_settings")).toEqual(["mark_read", "set_chat_settings"]);
  });

  it("tells markers and drafts once for many changes, also those made offline", async () => {
    for (let count = 0; count < 5; count++) server.say("general", ANNA);
    const tab = await open();
    expect(tab.engine.store.summary("general")!.unread).toBe(5);
    tab.page("offline", { online: false });
    for (let seq = 1; seq <= 5; seq++) tab.engine.markRead("general", seq);
    for (const text of ["a", "ab", "abc"]) tab.engine.setDraft("general", text, null);
    expect(tab.engine.store.summary("general")).toMatchObject({ unread: 0, draft: { content: "abc" } });
    tab.page("online", { online: true });
    await clock.advance(5000);
    const told = server.heard.filter(({ type }) => type === "mark_read" || type === "set_draft");
    expect(told.map(({ type, seq, content }) => [type, seq ?? content])).toEqual(expect.arrayContaining([["mark_read", 5], ["set_draft", "abc"]]));
    expect(told).toHaveLength(2);
  });

  it("tells of news, but not of what the first sync brings", async () => {
    server.say("general", ANNA, "old");
    const tab = await open();
    const seen: string[] = [];
    tab.engine.onIncoming(({ message, mentionsMe }) => seen.push(`${message.content} ${mentionsMe}`));
    server.emit("general", { type: "new_message", message: { ...messageOf(2, ANNA, "new"), mentions: [ME], timestamp: new Date(clock.now()).toISOString() } });
    server.emit("general", { type: "new_message", message: { ...messageOf(3, ME, "mine"), timestamp: new Date(clock.now()).toISOString() } });
    await clock.advance(10);
    expect(seen).toEqual(["new true"]);
  });
});

describe("tabs", () => {
  it("share one socket, and a crashed leader is replaced", async () => {
    const browser = fakeBrowser();
    const [a, b, c] = [await open(browser), await open(browser), await open(browser)];
    expect(server.sockets.size).toBe(1);
    b!.engine.send("general", { content: "from b" });
    server.say("general", ANNA, "from anna");
    await clock.advance(100);
    for (const tab of [a, b, c]) expect(contents(tab!).toSorted()).toEqual(["from anna", "from b"]);
    expect(b!.engine.store.segment("general").messages.map(({ key }) => key)).toEqual(a!.engine.store.segment("general").messages.map(({ key }) => key));
    a!.kill();
    c!.engine.send("general", { content: "orphan" });
    await clock.advance(3000);
    expect(server.sockets.size).toBe(1);
    expect(serverContents()).toContain("orphan");
    expect(b!.engine.store.connection().state).toBe("online");
    expect(contents(b!)).toEqual(contents(c!));
    expect(c!.engine.store.outbox()).toEqual([]);
  });

  it("take the lead from a tab that sleeps, which follows when it wakes", async () => {
    const browser = fakeBrowser();
    const [a, b] = [await open(browser), await open(browser)];
    const [first] = [...server.sockets];
    a!.sleep(true);
    b!.page("view");
    await clock.advance(6000);
    expect(first!.open).toBe(false);
    b!.engine.send("general", { content: "awake" });
    await clock.advance(500);
    expect(serverContents()).toEqual(["awake"]);
    a!.sleep(false);
    await clock.advance(30_000);
    a!.page("view");
    await clock.advance(6000);
    server.say("general", ANNA, "both");
    a!.engine.send("general", { content: "from a" });
    await clock.advance(500);
    expect(server.sockets.size).toBe(1);
    expect(contents(a!)).toEqual(contents(b!));
    expect(contents(a!)).toContain("from a");
  });

  it("tell the server of the chat in the tab that is looked at", async () => {
    server.addChat(chatOf("other"));
    const browser = fakeBrowser();
    const [a, b] = [await open(browser), await open(browser)];
    const active = () => server.heard.findLast(({ type }) => type === "set_active_chat")?.["chat_id"];
    a!.page("view", { focused: true });
    a!.engine.setActiveChat("general");
    b!.engine.setActiveChat("other");
    await clock.advance(50);
    expect(active()).toBe("general");
    a!.page("view", { focused: false });
    b!.page("view", { focused: true });
    await clock.advance(50);
    expect(active()).toBe("other");
  });

  it("show each other's wishes at once", async () => {
    const browser = fakeBrowser();
    const [a, b] = [await open(browser), await open(browser)];
    b!.engine.setDraft("general", "half", null);
    b!.engine.setPreference("appearance", { theme: "dark" });
    await clock.advance(10);
    expect(a!.engine.store.summary("general")!.draft?.content).toBe("half");
    expect(a!.engine.store.state.preferences.get("appearance")).toBe('{"theme":"dark"}');
    await clock.advance(3000);
    expect(server.heard.filter(({ type }) => type === "set_draft")).toHaveLength(1);
    expect(server.heard.filter(({ type }) => type === "set_preference")).toHaveLength(1);
  });
});

/** Seconds granted beyond the two minutes until everything must have been sent. */
const TURNS_MORE = 60;

describe("delivery", () => {
  it("happens exactly once and in order, whatever is lost and whoever dies", { timeout: 60_000 }, async () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), tab: fc.nat(1) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "lose" as const, "mute" as const, "offline" as const), tab: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), tab: fc.nat(1) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 14 }), fc.array(fc.nat(900), { minLength: 14, maxLength: 14 }), async (actions, waits) => {
        await deleteDB(databaseName(ME));
        clock = new ManualClock();
        server = new FakeServer();
        server.addChat(chatOf("general"));
        const browser = fakeBrowser();
        const pair = [await open(browser), await open(browser)];
        const sent: string[] = [];
        let faulty: "lose" | "mute" | null = null;
        server.fault = (command) => {
          const now = command["type"] === "message" ? faulty : null;
          if (now) faulty = null;
          return now;
        };
        for (const [at, step] of actions.entries()) {
          const tab = pair[step.tab]!;
          if (step.do === "send") {
            sent.push(`message ${at}`);
            tab.engine.send("general", { content: `message ${at}` });
          } else if (step.do === "cut") server.cutAll();
          else if (step.do === "offline") for (const one of pair) {
            one.page("offline", { online: false });
            one.page("online", { online: true });
          } else if (step.do === "crash") {
            // What was done just before is on disk a moment later.
            await clock.advance(20);
            tab.kill();
            pair[step.tab] = await open(browser);
          } else faulty = step.do;
          await clock.advance(waits[at]!);
        }
        await clock.advance(120_000);
        // Each step on disk takes real turns of the event loop, which the clock knows nothing of: many sends take many.
        for (let more = 0; more < TURNS_MORE && pair.some((tab) => tab.engine.store.outbox().length > 0); more++) await clock.advance(1_000);
        expect(serverContents().toSorted()).toEqual(sent.toSorted());
        for (const tab of pair) {
          // A tab opened from nothing has only the newest message.
          await tab.engine.loadOlder("general", general(tab).lastSeq);
          expect(contents(tab)).toEqual(serverContents());
          expect(tab.engine.store.outbox()).toEqual([]);
        }
        for (const tab of tabs.splice(0)) tab.kill();
      }),
      { numRuns: 40 },
    );
  });
});
