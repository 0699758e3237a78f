// @vitest-environment jsdom
import { afterEach, describe, expect, it, vi } from "vitest";
import { bindShortcut, dispatchShortcut, isBound, matchesShortcut, SHORTCUTS, strokeText } from "./keys";

const press = (init: KeyboardEventInit) => new KeyboardEvent("keydown", { cancelable: true, ...init });
const unbind: (() => void)[] = [];
afterEach(() => unbind.splice(0).forEach((run) => run()));
const bind = (...args: Parameters<typeof bindShortcut>) => unbind.push(bindShortcut(...args));

describe("shortcuts", () => {
  it("match the key's place, so that the Russian layout works", () => {
    expect(matchesShortcut(press({ code: "KeyK", key: "л", ctrlKey: true }), "switcher")).toBe(true);
    expect(matchesShortcut(press({ code: "Slash", key: ".", ctrlKey: true }), "shortcuts")).toBe(true);
    expect(matchesShortcut(press({ code: "KeyR", key: "k", ctrlKey: true }), "switcher")).toBe(false);
  });

  it("take ⌘ for Ctrl and no modifier too many", () => {
    expect(matchesShortcut(press({ code: "KeyK", metaKey: true }), "switcher")).toBe(true);
    expect(matchesShortcut(press({ code: "KeyK", ctrlKey: true, shiftKey: true }), "switcher")).toBe(false);
    expect(matchesShortcut(press({ code: "ArrowUp", altKey: true }), "prevChat")).toBe(true);
    expect(matchesShortcut(press({ code: "ArrowUp", altKey: true, shiftKey: true }), "prevChat")).toBe(false);
    expect(matchesShortcut(press({ code: "ArrowUp", altKey: true, shiftKey: true }), "prevUnread")).toBe(true);
  });

  it("run the newest handler first, and the next one when it passes", () => {
    const [old, passing] = [vi.fn(), vi.fn(() => false)];
    bind("switcher", old);
    bind("switcher", passing);
    const event = press({ code: "KeyK", ctrlKey: true });
    expect(dispatchShortcut(event)).toBe(true);
    expect(passing).toHaveBeenCalledOnce();
    expect(old).toHaveBeenCalledOnce();
    expect(event.defaultPrevented).toBe(true);
  });

  it("leave alone what was taken, what composes a character, and what nobody has bound", () => {
    const handler = vi.fn();
    bind("switcher", handler);
    const taken = press({ code: "KeyK", ctrlKey: true });
    taken.preventDefault();
    expect(dispatchShortcut(taken)).toBe(false);
    expect(dispatchShortcut(press({ code: "KeyK", ctrlKey: true, isComposing: true }))).toBe(false);
    const free = press({ code: "Period", ctrlKey: true });
    expect(dispatchShortcut(free)).toBe(false);
    expect(free.defaultPrevented).toBe(false);
    expect(handler).not.toHaveBeenCalled();
  });

  it("are unbound again", () => {
    bindShortcut("jumpToDate", () => undefined)();
    expect(isBound("jumpToDate")).toBe(false);
  });

  it("clash only where the composer knows better", () => {
    const seen = new Map<string, string>();
    const clashes = SHORTCUTS.flatMap(({ id, keys, scope }) =>
      keys.flatMap((stroke) => {
        const text = strokeText(stroke, false);
        const other = seen.get(text);
        seen.set(text, id);
        return other && scope !== "composer" ? [`${other} ${id}`] : [];
      }),
    );
    expect(clashes).toEqual([]);
  });

  it("are written as on the keyboard", () => {
    expect(strokeText({ code: "ArrowUp", alt: true, shift: true }, false)).toBe("Alt+Shift+↑");
    expect(strokeText({ code: "KeyK", ctrl: true }, true)).toBe("⌘K");
  });
});
