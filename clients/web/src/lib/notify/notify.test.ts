import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clockMinute, clockText, containsWord, countAttention, decide, decodePrefs, DEFAULT_PREFS, levelOf, quietAt, titleText, withLevel, type Arrived, type NotificationPrefs, type Reason, type Situation } from ".";

const NOW = Date.parse("2026-11-25T12:00:00Z"); // a Wednesday
const settings = { archived: false, favourite: false, marked_unread: false };
const arrived = (change: Partial<{ type: Arrived["chat"]["type"]; muted: string; content: string; mentionsMe: boolean; sender: number }> = {}): Arrived => ({
  chat: { id: "c", type: change.type ?? "group", settings: { ...settings, muted_until: change.muted ?? null } },
  message: { content: change.content ?? "hello", sender_id: change.sender ?? 2, seq: 10 },
  mentionsMe: change.mentionsMe ?? false,
});
const prefs = (change: Partial<NotificationPrefs> = {}): NotificationPrefs => ({ ...DEFAULT_PREFS, ...change });
const schedule = (from: string, to: string, days = [0, 1, 2, 3, 4, 5, 6], zone = "UTC") => ({
  dnd: { schedule: { from: clockMinute(from) ?? 0, to: clockMinute(to) ?? 0, days, zone } },
});

describe("decide", () => {
  const table: [string, Arrived, NotificationPrefs, Partial<Situation>, Reason, boolean][] = [
    ["a message in a group", arrived(), prefs(), {}, "all", true],
    ["a direct message", arrived({ type: "direct" }), prefs(), {}, "direct", true],
    ["one's own, from another device", arrived({ sender: 1 }), prefs(), { me: 1 }, "own", false],
    ["a mention", arrived({ mentionsMe: true }), prefs({ level: "mentions" }), {}, "mention", true],
    ["no mention, mentions only", arrived(), prefs({ level: "mentions" }), {}, "levelMentions", false],
    ["direct, mentions only", arrived({ type: "direct" }), prefs({ level: "mentions" }), {}, "direct", true],
    ["a keyword, mentions only", arrived({ content: "the Release is out" }), prefs({ level: "mentions", keywords: ["release"] }), {}, "keyword", true],
    ["level none, even for a mention", arrived({ mentionsMe: true }), prefs({ level: "none" }), {}, "levelNone", false],
    ["the chat's level wins over the general one", arrived(), prefs({ level: "none", perChat: { c: "all" } }), {}, "all", true],
    ["another chat's level does not", arrived(), prefs({ perChat: { d: "none" } }), {}, "all", true],
    ["muted for ever, even for a mention", arrived({ mentionsMe: true, muted: "9999-12-31T23:59:59Z" }), prefs(), {}, "muted", false],
    ["muted until now: over", arrived({ muted: "2026-11-25T12:00:00Z" }), prefs(), {}, "all", true],
    ["muted a second longer", arrived({ muted: "2026-11-25T12:00:01Z" }), prefs(), {}, "muted", false],
    ["do not disturb until later", arrived({ type: "direct" }), prefs({ dnd: { until: NOW + 1 } }), {}, "dndUntil", false],
    ["do not disturb until now: over", arrived(), prefs({ dnd: { until: NOW } }), {}, "all", true],
    ["within the schedule", arrived(), prefs(schedule("09:00", "13:00")), {}, "dndSchedule", false],
    ["after the schedule", arrived(), prefs(schedule("09:00", "12:00")), {}, "all", true],
    ["presence", arrived(), prefs(), { dnd: true }, "dndPresence", false],
    ["the chat is in view", arrived(), prefs(), { watching: "c" }, "watching", false],
    ["another chat is in view", arrived(), prefs(), { watching: "d" }, "all", true],
    ["read elsewhere meanwhile", arrived(), prefs(), { readSeq: 10 }, "read", false],
    ["read up to the one before", arrived(), prefs(), { readSeq: 9 }, "all", true],
  ];
  test.each(table)("%s", (_, message, wanted, situation, reason, notify) => {
    expect(decide(message, wanted, NOW, situation)).toEqual({ reason, notify });
  });
});

describe("quiet hours", () => {
  const at = (time: string, change: ReturnType<typeof schedule>) => quietAt(change, Date.parse(time));
  test("over midnight, on the days on which it begins", () => {
    const night = schedule("22:00", "07:00", [5]); // Friday night
    expect(at("2026-11-27T21:59:59Z", night)).toEqual({ on: false });
    expect(at("2026-11-27T22:00:00Z", night)).toEqual({ on: true, cause: "schedule", until: Date.parse("2026-11-28T07:00:00Z") });
    expect(at("2026-11-28T06:59:30Z", night)).toEqual({ on: true, cause: "schedule", until: Date.parse("2026-11-28T07:00:00Z") });
    expect(at("2026-11-28T07:00:00Z", night)).toEqual({ on: false });
    expect(at("2026-11-28T23:00:00Z", night)).toEqual({ on: false });
    expect(at("2026-11-27T03:00:00Z", night)).toEqual({ on: false });
  });
  test("Saturday night goes on into Sunday, the week's end is no edge", () => {
    const night = schedule("23:00", "06:00", [6]);
    expect(at("2026-11-29T05:00:00Z", night).on).toBe(true);
    expect(at("2026-11-30T05:00:00Z", night).on).toBe(false);
  });
  test("the zone decides, and its summer time", () => {
    const night = schedule("22:00", "07:00", undefined, "Europe/Berlin");
    expect(at("2026-11-25T21:30:00Z", night).on).toBe(true); // 22:30
    expect(at("2026-07-25T20:30:00Z", night).on).toBe(true); // 22:30 in summer
    expect(at("2026-11-25T20:30:00Z", night).on).toBe(false); // 21:30
    expect(at("2026-11-25T17:00:00Z", schedule("22:00", "07:00", undefined, "Asia/Vladivostok")).on).toBe(true); // 03:00 next day
    expect(at("2026-11-25T12:30:00Z", schedule("18:00", "19:00", [3], "Asia/Kolkata")).on).toBe(true); // 18:00, half-hour zone
  });
  test("equal ends are the whole day, no days are never", () => {
    expect(at("2026-11-25T00:00:00Z", schedule("08:00", "08:00", [2])).on).toBe(true);
    expect(at("2026-11-25T08:00:00Z", schedule("08:00", "08:00", [2])).on).toBe(false);
    expect(at("2026-11-25T12:00:00Z", schedule("00:00", "23:59", [])).on).toBe(false);
  });
  test("quiet and loud follow each other: it is loud when it says it ends", () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 0, max: 10_080 }), (from, to, after) => {
        fc.pre(from !== to);
        const dnd = { schedule: { from, to, days: [0, 1, 2, 3, 4, 5, 6], zone: "UTC" } };
        const quiet = quietAt({ dnd }, NOW + after * 60_000);
        if (quiet.on) {
          expect(quietAt({ dnd }, quiet.until - 1).on).toBe(true);
          expect(quietAt({ dnd }, quiet.until).on).toBe(false);
        }
      }),
    );
  });
  test("times as fields have them", () => {
    expect(clockMinute("07:30")).toBe(450);
    expect(clockText(450)).toBe("07:30");
    for (const wrong of ["24:00", "7:30", "", "12:60", "ab:cd"]) expect(clockMinute(wrong)).toBeNull();
  });
});

describe("keywords", () => {
  test.each([
    ["A Cat!", "cat", true],
    ["category", "cat", false],
    ["релиз-кандидат", "Релиз", true],
    ["перерелиз", "релиз", false],
    ["use c++ here", "c++", true],
    ["nothing", "", false],
    ["concat cat", "cat", true],
    ["cafe\u0301", "café", true],
  ])("%s / %s", (text, word, found) => expect(containsWord(text, word)).toBe(found));
});

describe("the preference", () => {
  test("anything decodes, and what was decoded decodes to itself", () => {
    fc.assert(fc.property(fc.anything(), (json) => {
      const read = decodePrefs(json);
      expect(decodePrefs(JSON.parse(JSON.stringify(read)))).toEqual(read);
    }));
  });
  test("what is wrong takes its default, the rest stays", () => {
    const read = decodePrefs({ level: "loud", sound: "bell", volume: 900, perChat: { a: "none", b: 7 }, keywords: ["x", 3, " X ", ""], dnd: { schedule: { from: 1, to: 2, days: [9, 1, 1], zone: "Mars/Base" } } });
    expect(read).toMatchObject({ level: "all", sound: "bell", volume: 60, perChat: { a: "none" }, keywords: ["x"], dnd: { schedule: { from: 1, to: 2, days: [1] } } });
    expect(read.dnd.schedule).not.toHaveProperty("zone");
  });
  test("a chat's level is set and follows the general one again", () => {
    const set = withLevel(prefs(), "c", "none");
    expect(levelOf(set, "c")).toBe("none");
    expect(levelOf(withLevel(set, "c", null), "c")).toBe("all");
    expect(levelOf(set, "constructor")).toBe("all");
  });
});

describe("the number", () => {
  const chat = (id: string, change: object) => ({ id, type: "group" as const, unread: 0, mentions: 0, muted: false, settings, ...change });
  test("direct unread and mentions; muted and silent chats never count", () => {
    const chats = [
      chat("a", { type: "direct", unread: 2, mentions: 1 }),
      chat("b", { unread: 40, mentions: 1 }),
      chat("c", { unread: 5, mentions: 5, muted: true }),
      chat("d", { type: "direct", unread: 9, muted: true }),
      chat("e", { unread: 7, mentions: 7 }),
    ];
    expect(countAttention(chats, (id) => id === "e")).toEqual({ number: 3, dot: true });
  });
  test("only other unread: a dot; only muted: nothing", () => {
    expect(countAttention([chat("a", { unread: 3 })])).toEqual({ number: 0, dot: true });
    expect(countAttention([chat("a", { settings: { ...settings, marked_unread: true } })])).toEqual({ number: 0, dot: true });
    expect(countAttention([chat("a", { unread: 3, muted: true })])).toEqual({ number: 0, dot: false });
  });
  test("title", () => {
    expect(titleText({ number: 3, dot: true }, "general")).toBe("(3) general — Vestnik");
    expect(titleText({ number: 0, dot: true }, null)).toBe("Vestnik");
  });
});
