import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "@wire";
import { findTrigger, fit, fitting, insertChoice, step } from "./completion";
import { mergeDraft, rememberSave } from "./drafts";
import { activeFormats, type Format, inFence, makeLink, type Selected, toggleFormat } from "./format";
import { newest, sentTexts, walk } from "./history";
import { counter, countScalars, split, tidy } from "./limits";

/** `a [b] c` → the text with what is between the brackets (here `‹›`) selected. */
function sel(marked: string): Selected {
  const start = marked.indexOf("‹");
  const end = marked.indexOf("›") - 1;
  return { text: marked.replace(/[‹›]/g, ""), start, end };
}
function show({ text, start, end }: Selected): string {
  return `${text.slice(0, start)}‹${text.slice(start, end)}›${text.slice(end)}`;
}
const toggle = (marked: string, format: Format) => show(toggleFormat(sel(marked), format));

describe("formatting", () => {
  it("puts marks on and takes them off", () => {
    expect(toggle("a ‹b› c", "bold")).toBe("a **‹b›** c");
    expect(toggle("a **‹b›** c", "bold")).toBe("a ‹b› c");
    expect(toggle("a ‹**b**› c", "bold")).toBe("a ‹b› c");
    expect(toggle("‹b›", "italic")).toBe("*‹b›*");
    expect(toggle("**‹b›**", "italic")).toBe("***‹b›***");
    expect(toggle("***‹b›***", "italic")).toBe("**‹b›**");
    expect(toggle("***‹b›***", "bold")).toBe("*‹b›*");
    expect(toggle("‹b›", "strike")).toBe("~~‹b›~~");
    expect(toggle("‹b›", "code")).toBe("`‹b›`");
    expect(toggle("‹b›", "spoiler")).toBe("||‹b›||");
  });

  it("keeps spaces outside and waits between empty marks", () => {
    expect(toggle("‹ b  ›c", "bold")).toBe(" **‹b›**  c");
    expect(toggle("a ‹›", "bold")).toBe("a **‹›**");
    expect(toggle("a **‹›**", "bold")).toBe("a ‹›");
  });

  it("marks lines", () => {
    expect(toggle("a\nb‹›c", "quote")).toBe("a\n> b‹›c");
    expect(toggle("> b‹›c", "quote")).toBe("b‹›c");
    expect(toggle("‹a\nb›", "list")).toBe("‹- a\n- b›");
    expect(toggle("‹- a\n- b›", "list")).toBe("‹a\nb›");
    expect(toggle("‹a\nb›", "codeBlock")).toBe("```\n‹a\nb›\n```");
    expect(toggle("‹```js\na\n```›", "codeBlock")).toBe("‹a›");
  });

  it("makes links", () => {
    expect(show(makeLink(sel("see ‹this›"), "https://a.b/c"))).toBe("see [this](https://a.b/c)‹›");
    expect(toggle("see ‹this›", "link")).toBe("see [this](‹›)");
    expect(toggle("‹https://a.b›", "link")).toBe("[‹›](https://a.b)");
    expect(toggle("‹›", "link")).toBe("[‹›]()");
  });

  it("tells what is on", () => {
    expect([...activeFormats(sel("> a **‹b›**"))]).toEqual(["bold", "quote"]);
    expect([...activeFormats(sel("***‹b›***"))]).toEqual(["bold", "italic"]);
    expect(activeFormats(sel("```\na‹›")).has("codeBlock")).toBe(true);
  });

  it("undoes itself, whatever the text", () => {
    const marks: Format[] = ["bold", "strike", "code", "spoiler"];
    fc.assert(
      fc.property(fc.string({ minLength: 1 }).filter((text) => /^[\w ]+$/.test(text)), fc.constantFrom(...marks), (text, format) => {
        const state = { text, start: 0, end: text.length };
        expect(toggleFormat(toggleFormat(state, format), format).text).toBe(text);
      }),
    );
  });

  it("knows whether a fence is open", () => {
    expect(inFence("```\na", 5)).toBe(true);
    expect(inFence("```\na\n```\n", 10)).toBe(false);
    expect(inFence("````md\n```\n", 11)).toBe(true);
    expect(inFence("a ```b", 6)).toBe(false);
    expect(inFence("```one line```", 14)).toBe(false);
  });
});

describe("completion", () => {
  const at = (text: string) => {
    const found = findTrigger(text, text.length);
    return found && `${found.sign}${found.query}`;
  };
  it.each([
    ["@", "@"], ["hi @an", "@an"], ["(@анна.к", "@анна.к"], ["a@b", null], ["https://x/@an", null], ["@an na", null],
    ["#gen", "#gen"], ["see #", "#"], ["a#b", null], [":", null], [":s", null], [":sm", ":sm"], ["ok :+1", ":+1"],
    [":при", ":при"], ["12:30", null], ["http://a", null], [":smile: ", null], ["/", "/"], ["/jo", "/jo"], ["/join ", null],
    ["a /jo", null], ["//", null], ["/kick @an", "@an"], ["`@an", null], ["```\n@an", null], ["`a` @an", "@an"],
  ])("%j opens %j", (text, expected) => expect(at(text)).toBe(expected));

  it("puts the choice in place with one space", () => {
    const trigger = findTrigger("hi @an", 6)!;
    expect(insertChoice("hi @an", 6, trigger, "@anna")).toEqual({ text: "hi @anna ", cursor: 9 });
    expect(insertChoice("hi @an there", 6, trigger, "@anna")).toEqual({ text: "hi @anna there", cursor: 9 });
  });

  it("finds people by each of their names", () => {
    const people = [["tom", "Tom Becker"], ["anna", "Анна Ковалёва"], ["beck", "X"]] as const;
    expect(fitting(people, "bec", (names) => names, 5).map(([name]) => name)).toEqual(["beck", "tom"]);
    expect(fitting(people, "ковале", (names) => names, 5).map(([name]) => name)).toEqual(["anna"]);
    expect(fit("x", "tom")).toBeNull();
    expect(step(0, -1, 3)).toBe(2);
    expect(step(2, 1, 3)).toBe(0);
  });
});

describe("length", () => {
  it("counts as the server does", () => {
    expect(countScalars("aя")).toBe(2);
    expect(countScalars("👋🏽")).toBe(2);
    expect(countScalars("👨‍👩‍👧")).toBe(5);
    const signs = fc.array(fc.integer({ min: 1, max: 0x10ffff }).filter((code) => code < 0xd800 || code > 0xdfff), { maxLength: 50 });
    fc.assert(fc.property(signs, (codes) => countScalars(String.fromCodePoint(...codes)) === codes.length));
  });

  it("shows the counter only near the limit", () => {
    expect(counter("a".repeat(3000), 4000)).toBeNull();
    expect(counter("a".repeat(3700), 4000)).toEqual({ left: 300, tone: "near" });
    expect(counter("a".repeat(4001), 4000)).toEqual({ left: -1, tone: "over" });
    expect(counter("👋".repeat(2000), 4000)).toBeNull();
  });

  it("tidies the ends but keeps an indent", () => expect(tidy("\n \n  a\n b \n\n")).toBe("  a\n b"));

  it("divides at paragraphs, sentences and words", () => {
    expect(split("one two.\n\nthree four five", 18)).toEqual(["one two.", "three four five"]);
    expect(split("One two three. Four five", 18)).toEqual(["One two three.", "Four five"]);
    expect(split("aaaa bbbb cccc", 10)).toEqual(["aaaa bbbb", "cccc"]);
    expect(split("a".repeat(25), 10)).toEqual(["a".repeat(10), "a".repeat(10), "a".repeat(5)]);
    expect(split("short", 10)).toEqual(["short"]);
    expect(split("👨‍👩‍👧".repeat(5), 12).every((part) => /^(👨‍👩‍👧)+$/u.test(part))).toBe(true);
  });

  it("closes and opens code that is cut", () => {
    const lines = Array.from({ length: 40 }, (_, at) => `line number ${at}`);
    const parts = split(`\`\`\`js\n${lines.join("\n")}\n\`\`\``, 200);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(part).toMatch(/^```js\n[\s\S]*\n```$/);
      expect(countScalars(part)).toBeLessThanOrEqual(200);
    }
    expect(parts.flatMap((part) => part.split("\n").slice(1, -1))).toEqual(lines);
  });

  it("never makes a part too long and loses no letter", () => {
    const texts = fc.array(fc.constantFrom("слово", "word ", "👨‍👩‍👧", "\n", "\n\n", ". ", "a\u0301", "x".repeat(30)), { maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 20, max: 60 }), (pieces, limit) => {
        const text = pieces.join("");
        const parts = split(text, limit);
        for (const part of parts) expect(countScalars(part)).toBeLessThanOrEqual(limit);
        expect(parts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
      }),
    );
  });

  it("comes to an end whatever the fences", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("```", "```js", "\n", "a", " ", "```\n"), { maxLength: 80 }), (pieces) => {
        for (const part of split(pieces.join(""), 40)) expect(countScalars(part)).toBeLessThanOrEqual(40);
      }),
    );
  });
});

describe("drafts", () => {
  it("takes another device's only where nothing was typed", () => {
    expect(mergeDraft({ text: "", touched: false, saved: [] }, "from the phone")).toBe("from the phone");
    expect(mergeDraft({ text: "old", touched: false, saved: [] }, "")).toBe("");
    expect(mergeDraft({ text: "mine", touched: true, saved: [] }, "theirs")).toBe("mine");
  });

  it("is not set back by its own saves", () => {
    let saved: string[] = [];
    for (const text of ["a", "ab", "a"]) saved = rememberSave(saved, text);
    expect(saved).toEqual(["ab", "a"]);
    expect(mergeDraft({ text: "", touched: false, saved }, "ab")).toBe("");
  });
});

describe("what was sent", () => {
  const message = (seq: number, content: string, sender_id = 1, deleted = false) => ({ seq, content, sender_id, deleted }) as Message;
  const messages = [message(1, "one"), message(3, "three"), message(2, "two", 2), message(5, "three"), message(6, "", 1, true), message(7, "waiting")];

  it("finds the newest that fits", () => {
    expect(newest(messages, ({ sender_id }) => sender_id === 1)?.seq).toBe(7);
    expect(newest(messages, ({ sender_id }) => sender_id === 3)).toBeNull();
  });

  it("walks there and back to what was being typed", () => {
    const texts = sentTexts(messages, 1);
    expect(texts).toEqual(["waiting", "three", "one"]);
    const first = walk(texts, null, 1, "half a thought")!;
    expect(first.text).toBe("waiting");
    const second = walk(texts, first.walk, 1, first.text)!;
    expect(second.text).toBe("three");
    const back = walk(texts, walk(texts, second.walk, -1, "")!.walk, -1, "")!;
    expect(back).toEqual({ text: "half a thought", walk: null });
    expect(walk(texts, null, -1, "")).toBeNull();
    expect(walk([], null, 1, "")).toBeNull();
  });
});
