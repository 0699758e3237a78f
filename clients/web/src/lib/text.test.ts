import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bigEmoji, graphemes, safeLine, safeName, safeText, truncate } from "./text";

const hostile = fc.string({ unit: "binary", maxLength: 60 });
const pieces = fc
  .array(
    fc.constantFrom("a", "\u0301", "\u200d", "\u202e", "\u2066", "👍", "🏴", "\u{e0067}", "\u{e007f}", "\u0000", "\r", "\n", "\ud83d", "й", "\u200b", "\u034f"),
    { maxLength: 80 },
  )
  .map((parts) => parts.join(""));

describe("safeText", () => {
  it.each([
    ["plain\n\ttext", "plain\n\ttext"],
    ["Привет, мир", "Привет, мир"],
    ["a\u0000b\u001bc\u009bd\u007f", "abcd"],
    ["one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"],
    ["evil\u202Egpj.exe\u202C", "evilgpj.exe"],
    ["\u2066a\u2069\u2067b\u2068", "ab"],
    ["\ud800x", "\ufffdx"],
    ["hidden\u{e0041}\u{e0042}", "hidden"],
    ["🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"],
    ["👨‍👩‍👧‍👦 ❤️‍🔥 👋🏽", "👨‍👩‍👧‍👦 ❤️‍🔥 👋🏽"],
    ["می‌خواهم", "می‌خواهم"],
  ])("%j becomes %j", (input, output) => expect(safeText(input)).toBe(output));

  it("keeps at most four marks on a letter", () => {
    expect(safeText(`Z${"\u0321\u034f".repeat(2000)}algo`)).toHaveLength(1 + 4 + 4);
    expect(safeText(`a${"\u0301\u200d".repeat(2000)}`)).toHaveLength(1 + 4 + 2);
  });

  it("keeps at most two invisible characters in a row", () => {
    expect(safeText(`a${"\u200b".repeat(4000)}b`)).toBe("a\u200b\u200bb");
  });

  it("is idempotent and leaves nothing dangerous", () => {
    fc.assert(
      fc.property(fc.oneof(hostile, pieces), (text) => {
        const safe = safeText(text);
        expect(safeText(safe)).toBe(safe);
        expect(safe).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(safe).not.toMatch(/\p{M}{5}/u);
        expect(safe).not.toMatch(/\p{Cs}/u);
        expect(safe.length).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

describe("names and lines", () => {
  it.each([
    ["anna", "anna"],
    ["  Анна \n Ковалёва ", "Анна Ковалёва"],
    ["\u200b\u200d\u3164\u2800", "?"],
    ["\u202Eanna", "anna"],
    ["a\u200eb", "ab"],
  ])("%j is shown as %j", (name, shown) => expect(safeName(name)).toBe(shown));

  it("shortens by letters, never inside an emoji", () => {
    expect(safeName("👨‍👩‍👧‍👦".repeat(200), "?", 2)).toBe("👨‍👩‍👧‍👦👨‍👩‍👧‍👦…");
    expect(truncate("hello", 5)).toBe("hello");
    expect(truncate("hello!", 5)).toBe("hello…");
  });

  it("is one line", () => {
    fc.assert(fc.property(hostile, (text) => void expect(safeLine(text)).not.toMatch(/[\n\t]/)));
  });
});

describe("letters and emoji", () => {
  it("splits by what a person sees", () => {
    expect(graphemes("e\u0301👍🏽ab")).toEqual(["e\u0301", "👍🏽", "a", "b"]);
    fc.assert(fc.property(hostile, (text) => void expect(graphemes(text).join("")).toBe(text)));
  });

  it.each([
    ["👍", 1],
    ["👍 ❤️", 2],
    ["🇷🇺1️⃣👨‍👩‍👧‍👦", 3],
    ["👍".repeat(8), 8],
    ["👍".repeat(9), 0],
    ["👍a", 0],
    ["12", 0],
    ["©", 0],
    ["", 0],
    [" ", 0],
    ["!", 0],
  ])("%j has %d big emoji", (text, count) => expect(bigEmoji(text)).toBe(count));
});
