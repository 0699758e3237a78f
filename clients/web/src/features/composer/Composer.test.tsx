import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { composerStore } from "@/hooks/composer";
import { loadEmoji } from "@/lib/emoji";
import { CHAT, makeClient, message, show } from "./testing";

vi.mock("@tanstack/react-router", () => ({ useRouter: () => ({ history: { push: vi.fn(), location: { pathname: "/c/general" } } }) }));

const field = () => screen.getByRole("textbox") as HTMLTextAreaElement;
const type = (text: string) => {
  const element = field();
  act(() => element.focus());
  fireEvent.change(element, { target: { value: text } });
  element.setSelectionRange(text.length, text.length);
  fireEvent.select(element);
};
const press = (key: string, more: object = {}) => fireEvent.keyDown(field(), { key, code: key, ...more });
/** Whether the browser would go on with the key, as it does to make a new line. */
const passes = (key: string, more: object = {}) => press(key, more);
const sent = (engine: ReturnType<typeof makeClient>["engine"]) => engine.send.mock.calls.map(([, what]) => what.content);

beforeEach(() => vi.useRealTimers());
afterEach(cleanup);

describe("sending", () => {
  it("sends with Enter and empties the field", () => {
    const { engine } = show();
    type("hello  \n");
    expect(passes("Enter")).toBe(false);
    expect(engine.send).toHaveBeenCalledWith(CHAT, { content: "hello", messageType: "text", replyTo: null });
    expect(field().value).toBe("");
    expect(engine.setDraft).toHaveBeenLastCalledWith(CHAT, "", null);
  });

  it("makes a new line with Shift+Enter, and with Enter in an open code block", () => {
    const { engine } = show();
    type("hello");
    expect(passes("Enter", { shiftKey: true })).toBe(true);
    type("```js\nlet a");
    expect(passes("Enter")).toBe(true);
    expect(engine.send).not.toHaveBeenCalled();
    press("Enter", { ctrlKey: true });
    expect(sent(engine)).toEqual(["```js\nlet a"]);
  });

  it("never sends while an input method composes", () => {
    const { engine } = show();
    type("にほん");
    press("Enter", { isComposing: true });
    press("Enter", { keyCode: 229 });
    expect(engine.send).not.toHaveBeenCalled();
    expect(field().value).toBe("にほん");
  });

  it("sends with Ctrl+Enter alone where that was chosen", () => {
    const { engine } = show();
    act(() => engine.setPreference("composer", { ctrlEnter: true }));
    type("hello");
    expect(passes("Enter")).toBe(true);
    press("Enter", { ctrlKey: true });
    expect(sent(engine)).toEqual(["hello"]);
  });

  it("does not send nothing", () => {
    const { engine } = show();
    type(" \n ");
    press("Enter");
    expect(engine.send).not.toHaveBeenCalled();
    expect((screen.getByRole("button", { name: "Send" }) as HTMLButtonElement).disabled).toBe(true);
  });

  it("replaces shortcodes", async () => {
    await loadEmoji();
    const { engine } = show();
    type("done :tada: ");
    press("Enter");
    expect(sent(engine)).toEqual(["done 🎉"]);
  });

  it("refuses what is too long and divides it", async () => {
    const { engine } = show();
    type(`${"word ".repeat(30)}end`);
    press("Enter");
    expect(engine.send).not.toHaveBeenCalled();
    expect(screen.getByRole("alert").textContent).toContain("Too long by 53 characters.");
    fireEvent.click(screen.getByText("Split into several messages"));
    expect(sent(engine)).toHaveLength(2);
    expect(sent(engine).join(" ")).toBe(`${"word ".repeat(30)}end`);
  });

  it("asks before calling many", async () => {
    const { engine } = show(makeClient({ memberCount: 21 }));
    type("@room lunch");
    press("Enter");
    expect(engine.send).not.toHaveBeenCalled();
    const dialog = await screen.findByRole("alertdialog").catch(() => screen.findByRole("dialog"));
    const buttons = [...dialog.querySelectorAll("button")];
    fireEvent.click(buttons.find((button) => button.textContent === "Send")!);
    await waitFor(() => expect(sent(engine)).toEqual(["@room lunch"]));
  });
});

describe("popups", () => {
  it("choose with Enter and Tab, and never send", () => {
    const { engine } = show();
    type("hi @ko");
    expect(screen.getAllByRole("option")).toHaveLength(1);
    expect(field().getAttribute("aria-activedescendant")).toBe(screen.getByRole("option").id);
    press("Enter");
    expect(field().value).toBe("hi @anna ");
    expect(engine.send).not.toHaveBeenCalled();
    press("Enter");
    expect(sent(engine)).toEqual(["hi @anna"]);
    type("/topi");
    expect(screen.queryByRole("listbox")).toBeNull();
    type("/shor");
    press("Tab");
    expect(field().value).toBe("/shortcuts ");
  });

  it("move with the arrows and close with Esc until something else is typed", () => {
    show();
    type("@");
    const options = screen.getAllByRole("option");
    expect(options.map(({ textContent }) => textContent)).toEqual(expect.arrayContaining([expect.stringContaining("@here"), expect.stringContaining("@room")]));
    press("ArrowDown");
    expect(screen.getAllByRole("option")[1]!.getAttribute("aria-selected")).toBe("true");
    press("ArrowUp");
    press("ArrowUp");
    expect(screen.getAllByRole("option").at(-1)!.getAttribute("aria-selected")).toBe("true");
    press("Escape");
    expect(screen.queryByRole("listbox")).toBeNull();
    type("@a");
    expect(screen.queryByRole("listbox")).toBeNull();
    type("x");
    type("x @a");
    expect(screen.queryByRole("listbox")).not.toBeNull();
  });
});

describe("commands", () => {
  it("are not posted when unknown, unless one says so", () => {
    const { engine } = show();
    type("/poll lunch");
    press("Enter");
    expect(engine.send).not.toHaveBeenCalled();
    expect(screen.getByRole("alert").textContent).toContain("/poll");
    fireEvent.click(screen.getByText("Send as text"));
    expect(sent(engine)).toEqual(["/poll lunch"]);
  });

  it("may be meant as text by two slashes", () => {
    const { engine } = show();
    type("//poll");
    press("Enter");
    expect(sent(engine)).toEqual(["/poll"]);
  });

  it("run, and stay in the field when refused", async () => {
    const { engine } = show();
    type("/me waves");
    press("Enter");
    await waitFor(() => expect(engine.send).toHaveBeenCalledWith(CHAT, { content: "waves", messageType: "emote", replyTo: null }));
    expect(field().value).toBe("");
    type("/later sometime tea");
    press("Enter");
    await screen.findByText(/The time was not understood/);
    expect(field().value).toBe("/later sometime tea");
    type("/kick @anna ");
    press("Enter");
    await screen.findByText("You may not do this here.");
    expect(engine.command).not.toHaveBeenCalled();
    type("/later 20m tea");
    press("Enter");
    await waitFor(() => expect(engine.command).toHaveBeenCalledWith(expect.objectContaining({ type: "schedule_message", chat_id: CHAT, content: "tea" })));
  });
});

describe("replying and editing", () => {
  it("edits my last message with ↑ and saves with Enter", () => {
    const { engine, chat } = show();
    press("ArrowUp");
    expect(field().value).toBe("mine");
    type("mine, better");
    press("Enter");
    expect(engine.edit).toHaveBeenCalledWith(CHAT, chat.messages.get(1), "mine, better");
    expect(field().value).toBe("");
    expect(engine.send).not.toHaveBeenCalled();
  });

  it("gives the draft back when the edit is cancelled", () => {
    const { chat } = show();
    type("half a thought");
    act(() => composerStore.getState().startEdit(CHAT, chat.messages.get(1)!));
    expect(field().value).toBe("mine");
    press("Escape");
    expect(field().value).toBe("half a thought");
  });

  it("asks to delete what was emptied", async () => {
    const { engine, chat } = show();
    press("ArrowUp");
    type("");
    press("Enter");
    const button = await screen.findByRole("button", { name: "Delete" });
    fireEvent.click(button);
    await waitFor(() => expect(engine.remove).toHaveBeenCalledWith(CHAT, chat.messages.get(1)));
    expect(engine.edit).not.toHaveBeenCalled();
  });

  it("does not edit without the right", () => {
    show(makeClient({ info: { permissions: ["read", "write"] } }));
    press("ArrowUp");
    expect(field().value).toBe("");
  });

  it("replies to the last message with Shift+↑", async () => {
    const { engine } = show();
    press("ArrowUp", { shiftKey: true });
    expect(await screen.findByText("theirs")).toBeTruthy();
    type("yes");
    press("Enter");
    expect(engine.send).toHaveBeenCalledWith(CHAT, { content: "yes", messageType: "text", replyTo: "m2" });
    expect(screen.queryByText("theirs")).toBeNull();
  });

  it("walks through what was sent and back", () => {
    show(makeClient({ messages: new Map([[1, message(1, "one")], [2, message(2, "two")]]) }));
    type("draft");
    press("ArrowUp", { ctrlKey: true });
    expect(field().value).toBe("two");
    press("ArrowUp", { ctrlKey: true });
    expect(field().value).toBe("one");
    press("ArrowDown", { ctrlKey: true });
    press("ArrowDown", { ctrlKey: true });
    expect(field().value).toBe("draft");
  });
});

describe("drafts", () => {
  it("are saved after a pause and when the composer goes", () => {
    vi.useFakeTimers();
    const { engine, unmount } = show();
    type("a");
    type("ab");
    expect(engine.setDraft).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(engine.setDraft.mock.calls).toEqual([[CHAT, "ab", null]]);
    type("abc");
    unmount();
    expect(engine.setDraft).toHaveBeenLastCalledWith(CHAT, "abc", null);
  });

  it("of another device are taken over only while nothing was typed", () => {
    const { chat, update } = show();
    const from = (content: string) => act(() => update(() => (chat.info = { ...chat.info, draft: { content, updated_at: "2026-11-25T12:00:00Z" } })));
    from("from the phone");
    expect(field().value).toBe("from the phone");
    type("mine");
    from("from the phone again");
    expect(field().value).toBe("mine");
  });
});

describe("typing notices", () => {
  it("start, are not repeated at every key, and stop", () => {
    vi.useFakeTimers();
    const { engine } = show();
    type("a");
    type("ab");
    expect(engine.typing.mock.calls).toEqual([[CHAT, true]]);
    vi.advanceTimersByTime(3_500);
    type("abc");
    expect(engine.typing).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(6_000);
    expect(engine.typing).toHaveBeenLastCalledWith(CHAT, false);
    type("/away");
    expect(engine.typing).toHaveBeenCalledTimes(3);
    type("x");
    fireEvent.blur(field());
    expect(engine.typing).toHaveBeenLastCalledWith(CHAT, false);
  });
});

describe("without the right to write", () => {
  it.each([
    [{ role: "viewer", permissions: ["read"] }, /read here, but not write/],
    [{ role: "member", type: "channel", permissions: ["read"] }, /Only owners and admins/],
    [{ role: "blocked", permissions: [] }, /blocked/],
    [{ role: null, permissions: ["read", "join"] }, /Join this room/],
  ] as const)("says why: %o", async (info, text) => {
    show(makeClient({ info }));
    expect(screen.queryByRole("textbox")).toBeNull();
    expect(await screen.findByText(text)).toBeTruthy();
  });
});

describe("formatting and pasting", () => {
  const select = (start: number, end: number) => {
    field().setSelectionRange(start, end);
    fireEvent.select(field());
  };
  const paste = (data: Record<string, string>) =>
    fireEvent.paste(field(), { clipboardData: { getData: (kind: string) => data[kind] ?? "", types: Object.keys(data) } });

  it("follows the keys, whatever the layout", () => {
    show();
    type("hello world");
    select(6, 11);
    fireEvent.keyDown(field(), { key: "и", code: "KeyB", ctrlKey: true });
    expect(field().value).toBe("hello **world**");
    fireEvent.keyDown(field(), { key: "л", code: "KeyK", ctrlKey: true });
    expect(field().value).toBe("hello **[world]()**");
  });

  it("leaves Ctrl+K to the switcher when nothing is selected", () => {
    show();
    type("hello");
    expect(fireEvent.keyDown(field(), { key: "k", code: "KeyK", ctrlKey: true })).toBe(true);
  });

  it("makes a link of an address over words, and markdown of HTML", async () => {
    show();
    type("see this");
    select(4, 8);
    paste({ "text/plain": "https://a.example" });
    expect(field().value).toBe("see [this](https://a.example)");
    type("");
    paste({ "text/plain": "bold", "text/html": "<b>bold</b>" });
    await waitFor(() => expect(field().value).toBe("**bold**"));
    fireEvent.keyDown(field(), { key: "V", code: "KeyV", ctrlKey: true, shiftKey: true });
    expect(paste({ "text/plain": "x", "text/html": "<b>x</b>" })).toBe(true);
  });
});
