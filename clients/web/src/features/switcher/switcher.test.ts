import { describe, expect, it, vi } from "vitest";
import { parseDay } from "./dates";
import { rank, score, spellings } from "./fuzzy";
import { seqOfDay } from "./seqOfDay";

const find = (query: string, names: string[]) => rank(query, names, (name) => [name]);

describe("finding", () => {
  const names = ["announcements", "general", "Анна Ковалёва", "Игорь Петров", "release-crew", "Общий чат"];
  it.each([
    ["gen", "general"], ["gnrl", "general"], ["crew", "release-crew"], ["rcrew", "release-crew"], ["анна", "Анна Ковалёва"], ["ковалева", "Анна Ковалёва"],
    ["петров игорь", "Игорь Петров"], ["ghj", "Игорь Петров"], ["fyyf", "Анна Ковалёва"], ["пут", "general"], ["ОБЩ", "Общий чат"],
  ])("%j finds %j first", (query, name) => expect(find(query, names)[0]).toBe(name));

  it("finds nothing for nothing like it, and all for nothing", () => {
    expect(find("zzz", names)).toEqual([]);
    expect(find(" ", names)).toEqual(names);
  });

  it("prefers beginnings, then words, then parts, then the typed layout", () => {
    expect(find("re", ["more", "a release", "release"])).toEqual(["release", "a release", "more"]);
    expect(find("ру", ["he", "ру"])).toEqual(["ру", "he"]);
    expect(score(spellings("a"), "beta")).toBeLessThan(score(spellings("a"), "alpha")!);
  });

  it("adds a bonus", () => expect(rank("a", ["ab", "ac"], (name) => [name], (name) => (name === "ac" ? 5 : 0))).toEqual(["ac", "ab"]));
});

describe("days", () => {
  const now = new Date(2026, 10, 25, 15);
  it.each([
    ["2026-11-05", [2026, 11, 5]], ["5.11", [2026, 11, 5]], ["05.11.26", [2026, 11, 5]], ["5/11/2025", [2025, 11, 5]], ["31.12", [2025, 12, 31]], ["5 nov", [2026, 11, 5]],
    ["Nov 5", [2026, 11, 5]], ["5 ноября 2025", [2025, 11, 5]], ["3 мая", [2026, 5, 3]], ["вчера", [2026, 11, 24]], ["today", [2026, 11, 25]],
  ])("%j", (text, [year, month, date]) => expect(parseDay(text, now)).toEqual(new Date(year!, month! - 1, date)));
  it.each(["", "31.02", "2027-01-01", "5", "99.99", "general", "5 foo"])("%j is none", (text) => expect(parseDay(text, now)).toBeNull());

  it("leads to the first message of the day", async () => {
    const history = vi.fn(async () => ({ messages: [{ seq: 41 }], has_more: true }));
    expect(await seqOfDay({ history } as never, "c", now, 50)).toBe(42);
    expect(await seqOfDay({ history } as never, "c", now, 41)).toBeNull();
    expect(await seqOfDay({ history: async () => ({ messages: [], has_more: false }) } as never, "c", now, 50)).toBe(1);
  });
});
