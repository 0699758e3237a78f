import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ShownMessage } from "@/sync/types";
import { timesFor } from "@/lib/time";
import type { Message } from "@wire";
import { wordDiff } from "./diff";
import { copyText, quoteOf } from "./quote";
import { firstUnread, readUpTo } from "./readMark";
import { buildRows, estimateHeight, indexOfSeq, isLong, newestSeq } from "./rows";

const dayOf = timesFor("en", "Europe/Moscow").dayNumber;

function shown(seq: number, change: Partial<Message> = {}): ShownMessage {
  const message: Message = {
    id: `m${seq}`, seq, sender_id: 1, sender_username: "anna", content: `text ${seq}`, message_type: "text",
    timestamp: new Date(Date.UTC(2026, 10, 20, 12, seq)).toISOString(), reply_to: null, mentions: [], reactions: {},
    edited: false, edited_at: null, deleted: false, ...change,
  };
  return { key: message.id, message };
}

const flags = (messages: ShownMessage[], unread: number | null = null) =>
  buildRows(messages, unread, dayOf).map((row) => `${row.day ? "D" : ""}${row.unread ? "N" : ""}${row.header ? "H" : "-"}`);

describe("buildRows", () => {
  it("groups an author's messages of five minutes", () => {
    const at = (time: string, change: Partial<Message> = {}) => ({ timestamp: `2026-11-20T${time}Z`, ...change });
    expect(flags([shown(1, at("12:00:00")), shown(2, at("12:05:00")), shown(3, at("12:10:01")), shown(4, at("12:10:02", { sender_id: 2 }))])).toEqual(["DH", "-", "H", "H"]);
  });
  it("begins a group with replies, emotes and around deleted ones", () => {
    expect(flags([shown(1), shown(2, { reply_to: "m1" }), shown(3), shown(4, { message_type: "emote" }), shown(5), shown(6, { deleted: true }), shown(7, { deleted: true })])).toEqual(["DH", "H", "-", "H", "H", "H", "-"]);
  });
  it("separates days by the clock on the wall", () => {
    expect(flags([shown(1, { timestamp: "2026-11-20T20:59:00Z" }), shown(2, { timestamp: "2026-11-20T21:01:00Z" })])).toEqual(["DH", "DH"]);
  });
  it("draws the New line once, also when the first unread message is missing", () => {
    expect(flags([shown(1), shown(2), shown(3)], 2)).toEqual(["DH", "NH", "-"]);
    expect(flags([shown(1), shown(4), shown(5)], 3)).toEqual(["DH", "NH", "-"]);
    expect(flags([shown(5), shown(6)], 3)).toEqual(["DNH", "-"]);
    expect(flags([shown(1)], 9)).toEqual(["DH"]);
  });
  it("keeps rows that did not change", () => {
    const messages = [shown(1), shown(2), shown(3)];
    const before = buildRows(messages, null, dayOf);
    const after = buildRows([shown(0), messages[0]!, shown(2), messages[2]!], null, dayOf, before);
    expect(after[3]).toBe(before[2]);
    expect(after[2]).not.toBe(before[1]);
    expect(after[1]).not.toBe(before[0]);
  });
  it("finds messages by number", () => {
    const rows = buildRows([shown(3), shown(5), shown(9)], null, dayOf);
    expect([1, 3, 4, 5, 9, 10].map((seq) => indexOfSeq(rows, seq))).toEqual([0, 0, 1, 1, 2, -1]);
    expect(newestSeq(rows, 0, 1)).toBe(5);
    expect(newestSeq(rows, 0, 99)).toBe(9);
    expect(newestSeq([], 0, 3)).toBe(0);
  });
  it("guesses heights that grow with the text", () => {
    const [short, long] = buildRows([shown(1), shown(2, { content: "x\n".repeat(10) })], null, dayOf);
    expect(estimateHeight(long!, 700)).toBeGreaterThan(estimateHeight(short!, 700));
    expect(estimateHeight(buildRows([shown(1, { content: "x".repeat(1e6) })], null, dayOf)[0]!, 700)).toBeLessThan(1200);
    expect([isLong("x"), isLong("\n".repeat(41)), isLong("x".repeat(4000))]).toEqual([false, true, true]);
  });
});

describe("reading", () => {
  const seen = { readSeq: 10, first: 8, last: 14, atEnd: false, attentive: true };
  it.each([
    [seen, 14],
    [{ ...seen, first: 11 }, 14],
    [{ ...seen, first: 12 }, null],
    [{ ...seen, first: 12, atEnd: true }, 14],
    [{ ...seen, attentive: false }, null],
    [{ ...seen, last: 10 }, null],
    [{ ...seen, first: 0, last: 0 }, null],
  ])("%j reads up to %j", (state, seq) => expect(readUpTo(state)).toBe(seq));
  it("puts the line after what was read", () => {
    expect([firstUnread(3, 5, true), firstUnread(5, 5, true), firstUnread(0, 5, false)]).toEqual([4, null, null]);
  });
});

describe("wordDiff", () => {
  it("tells words apart", () => {
    expect(wordDiff("the quick fox", "the slow fox!")).toEqual([
      { kind: "same", text: "the " }, { kind: "removed", text: "quick" }, { kind: "added", text: "slow" }, { kind: "same", text: " fox" }, { kind: "added", text: "!" },
    ]);
    expect(wordDiff("а", "а")).toEqual([{ kind: "same", text: "а" }]);
  });
  it("gives back both texts", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        const parts = wordDiff(a, b);
        expect(parts.filter((part) => part.kind !== "removed").map((part) => part.text).join("")).toBe(b.toWellFormed?.() ?? b);
        expect(parts.filter((part) => part.kind !== "added").map((part) => part.text).join("")).toBe(a.toWellFormed?.() ?? a);
      }),
    );
  });
  it("is bounded for long texts", () => expect(wordDiff("a ".repeat(5000), "b ".repeat(5000)).length).toBeLessThan(5));
});

describe("texts of messages", () => {
  it("quotes with attribution, within the limit", () => {
    expect(quoteOf("From Anna", "a\nb", 100)).toBe("_From Anna_\n> a\n> b");
    expect(Array.from(quoteOf("From Anna", "x".repeat(500), 100)).length).toBeLessThanOrEqual(100);
  });
  it("copies one as it is and several with names", () => {
    expect(copyText([shown(1).message], () => "A", () => "12:00")).toBe("text 1");
    expect(copyText([shown(1).message, shown(2, { deleted: true }).message, shown(3).message], () => "A", () => "12:00")).toBe("[12:00] A: text 1\n[12:00] A: text 3");
  });
});
