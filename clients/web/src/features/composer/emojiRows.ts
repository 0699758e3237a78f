/** The picker's content as rows of cells, and how the arrows move in it. */
import { EMOJI_GROUPS, type Emoji, type EmojiData, findEmoji, searchEmoji, type SkinTone, withTone } from "@/lib/emoji";

/** One emoji as it is shown and put into the text. */
export interface Cell {
  readonly emoji: string;
  readonly entry: Emoji | null;
  /** Its place among all cells. */
  readonly at: number;
}

export type Section = "recent" | "found" | (typeof EMOJI_GROUPS)[number];

export type Row =
  | { readonly kind: "title"; readonly section: Section }
  | { readonly kind: "cells"; readonly section: Section; readonly cells: readonly Cell[] };

/** Everything by groups, the recent ones first; or what was found, without a title. */
export function emojiRows(data: EmojiData, query: string, recent: readonly string[], tone: SkinTone, columns: number): Row[] {
  const rows: Row[] = [];
  let at = 0;
  const add = (section: Section, cells: readonly Omit<Cell, "at">[], titled: boolean) => {
    if (cells.length === 0) return;
    if (titled) rows.push({ kind: "title", section });
    for (let from = 0; from < cells.length; from += columns) {
      rows.push({ kind: "cells", section, cells: cells.slice(from, from + columns).map((cell) => ({ ...cell, at: at++ })) });
    }
  };
  const cell = (entry: Emoji) => ({ emoji: withTone(entry, tone), entry });
  if (query.trim() !== "") {
    add("found", searchEmoji(data, query).map(cell), false);
    return rows;
  }
  add("recent", recent.map((emoji) => ({ emoji, entry: findEmoji(data, emoji) ?? null })), true);
  EMOJI_GROUPS.forEach((section, group) => add(section, data.all.filter((entry) => entry.group === group).map(cell), true));
  return rows;
}

/** The cell the keys lead to; null for keys that do not move. `at` is -1 when none is marked yet. */
export function moveCell(rows: readonly Row[], at: number, key: string): number | null {
  const lines = rows.flatMap((row) => (row.kind === "cells" ? [row.cells] : []));
  const last = lines.at(-1)?.at(-1)?.at ?? -1;
  if (last < 0) return null;
  const line = lines.findIndex((cells) => cells.some((cell) => cell.at === at));
  const column = line < 0 ? 0 : at - lines[line]![0]!.at;
  const toLine = (to: number) => {
    const cells = lines[Math.min(Math.max(to, 0), lines.length - 1)]!;
    return cells[Math.min(column, cells.length - 1)]!.at;
  };
  switch (key) {
    case "ArrowRight":
      return Math.min(at + 1, last);
    case "ArrowLeft":
      return Math.max(at - 1, 0);
    case "ArrowDown":
      return line < 0 ? 0 : toLine(line + 1);
    case "ArrowUp":
      return line < 0 ? last : toLine(line - 1);
    case "PageDown":
      return toLine(line + 6);
    case "PageUp":
      return toLine(line - 6);
    default:
      return null;
  }
}

/** The row a cell is in, for scrolling to it. */
export function rowOfCell(rows: readonly Row[], at: number): number {
  return rows.findIndex((row) => row.kind === "cells" && row.cells.some((cell) => cell.at === at));
}
