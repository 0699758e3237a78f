import { beforeAll, describe, expect, it } from "vitest";
import { decodeComposerPrefs, RECENT_EMOJI, withRecent } from "@/hooks/composerPrefs";
import { type EmojiData, loadEmoji } from "@/lib/emoji";
import { emojiRows, moveCell, type Row, rowOfCell } from "./emojiRows";
import { checkMoment, fromLocalInput, toLocalInput } from "./moment";

let data: EmojiData;
beforeAll(async () => {
  data = await loadEmoji();
});
const cells = (rows: readonly Row[]) => rows.flatMap((row) => (row.kind === "cells" ? row.cells : []));

describe("the picker's rows", () => {
  it("show every group once, with the recent ones first", () => {
    const rows = emojiRows(data, "", ["👋🏽", "❔?"], 2, 9);
    expect(rows[0]).toEqual({ kind: "title", section: "recent" });
    expect(cells(rows).slice(0, 2).map(({ emoji }) => emoji)).toEqual(["👋🏽", "❔?"]);
    expect(rows.filter(({ kind }) => kind === "title")).toHaveLength(10);
    expect(cells(rows)).toHaveLength(data.all.length + 2);
    expect(cells(rows).map(({ at }) => at)).toEqual(cells(rows).map((_, at) => at));
    expect(cells(rows).some(({ emoji }) => emoji === "👋🏼")).toBe(true);
  });

  it("show only what was found while searching", () => {
    const rows = emojiRows(data, "tada", ["👍"], 0, 9);
    expect(rows.every(({ kind }) => kind === "cells")).toBe(true);
    expect(cells(rows)[0]?.emoji).toBe("🎉");
    expect(emojiRows(data, "zzzz", [], 0, 9)).toEqual([]);
  });

  it("are walked by the arrows, over titles and short rows", () => {
    const rows = emojiRows(data, "", ["👍", "🎉"], 0, 9);
    expect(moveCell(rows, -1, "ArrowDown")).toBe(0);
    expect(moveCell(rows, 0, "ArrowRight")).toBe(1);
    expect(moveCell(rows, 0, "ArrowLeft")).toBe(0);
    expect(moveCell(rows, 1, "ArrowDown")).toBe(3);
    expect(moveCell(rows, 10, "ArrowUp")).toBe(1);
    const last = cells(rows).length - 1;
    expect(moveCell(rows, last, "ArrowDown")).toBe(last);
    expect(moveCell(rows, last, "ArrowRight")).toBe(last);
    expect(moveCell(rows, 0, "a")).toBeNull();
    expect(moveCell([], -1, "ArrowDown")).toBeNull();
    expect(rowOfCell(rows, 2)).toBe(3);
  });
});

describe("how one likes to write", () => {
  it("is read whatever it is", () => {
    const plain = { ctrlEnter: false, toolbar: false, emoticons: false, recentEmoji: [], skinTone: 0 };
    for (const json of [undefined, null, 7, "x", [], { ctrlEnter: 1, recentEmoji: "x", skinTone: 9 }]) {
      expect(decodeComposerPrefs(json)).toEqual(plain);
    }
    expect(decodeComposerPrefs({ ctrlEnter: true, recentEmoji: ["👍", 3, ""], skinTone: 4 })).toEqual({ ...plain, ctrlEnter: true, recentEmoji: ["👍"], skinTone: 4 });
  });

  it("keeps the latest emoji, each once", () => {
    expect(withRecent(["a", "b"], "b")).toEqual(["b", "a"]);
    expect(withRecent(Array.from({ length: 40 }, (_, at) => `${at}`), "x")).toHaveLength(RECENT_EMOJI);
  });
});

describe("moments in the field", () => {
  it("come back as they went in, and are checked", () => {
    const now = new Date(2026, 10, 25, 14, 40);
    expect(toLocalInput(now)).toBe("2026-11-25T14:40");
    expect(fromLocalInput("2026-11-25T14:40")).toEqual(now);
    expect(fromLocalInput("")).toBeNull();
    expect(checkMoment(null, now)).toBe("missing");
    expect(checkMoment(now, now)).toBe("past");
    expect(checkMoment(new Date(2028, 0, 1), now)).toBe("far");
    expect(checkMoment(new Date(2026, 10, 25, 14, 41), now)).toBeNull();
  });
});
