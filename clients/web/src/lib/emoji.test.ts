import { beforeAll, describe, expect, it } from "vitest";
import { type EmojiData, emojiLabel, findEmoji, loadEmoji, replaceShortcodes, searchEmoji, withTone } from "./emoji";

let data: EmojiData;
beforeAll(async () => {
  data = await loadEmoji("ru");
});

const first = (query: string) => searchEmoji(data, query)[0]?.emoji;

describe("emoji", () => {
  it("finds by shortcode, English and Russian words", () => {
    expect(first("tada")).toBe("🎉");
    expect(first(":smile:")).toBe("😄");
    expect(first("waving hand")).toBe("👋");
    expect(searchEmoji(data, "привет").map(({ emoji }) => emoji)).toContain("👋");
    expect(first("ёлка")).toBeDefined();
    expect(searchEmoji(data, "no such thing at all")).toEqual([]);
    expect(searchEmoji(data, "a", 7)).toHaveLength(7);
  });

  it("knows skin tones, also of several people", () => {
    const of = (emoji: string) => findEmoji(data, emoji)!;
    expect(withTone(of("👋"), 3)).toBe("👋🏽");
    expect(withTone(of("🕵️‍♀️"), 1)).toBe("🕵🏻‍♀️");
    expect(withTone(of("🧑‍🤝‍🧑"), 5)).toBe("🧑🏿‍🤝‍🧑🏿");
    expect(withTone(of("🎉"), 5)).toBe("🎉");
    expect(of("👋🏽").emoji).toBe("👋");
    expect(emojiLabel(data, of("👋"), "ru")).toBe("машет рукой");
  });

  it("replaces exact shortcodes and nothing else", () => {
    expect(replaceShortcodes("well :tada::tada: done", data)).toBe("well 🎉🎉 done");
    expect(replaceShortcodes(":+1: :nosuch: 12:30:45 a:tada:b", data)).toBe("👍 :nosuch: 12:30:45 a:tada:b");
    expect(replaceShortcodes("`:tada:` and\n```\n:tada:\n```", data)).toBe("`:tada:` and\n```\n:tada:\n```");
    expect(replaceShortcodes(":wave:", data, 2)).toBe("👋🏼");
    expect(replaceShortcodes(":tada:", null)).toBe(":tada:");
  });

  it("replaces emoticons only when asked, and only whole ones", () => {
    expect(replaceShortcodes("hi :) <3", data)).toBe("hi :) <3");
    expect(replaceShortcodes("hi :) <3", data, 0, true)).toBe("hi 🙂 ❤️");
    expect(replaceShortcodes("http://x:P f(:)", data, 0, true)).toBe("http://x:P f(:)");
  });
});
