import { act, cleanup, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { possible, quickEmoji } from "./actions";
import { mentioned } from "./mentions";
import { CHAT, makeClient, ME, message, show } from "./testing";

afterEach(cleanup);

const row = (text: string | RegExp) => screen.getByText(text).closest("article")!;

describe("hostile messages", () => {
  const hostile = [
    "<script>window.hacked = 1</script><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) [data](data:text/html,<script>1</script>) javascript:alert(1)",
    "**<b>bold</b>** `</code><script>` ||<i>x</i>||",
    "abc\u202Egnp.exe\u202C and \u2066isolated",
    `Z${"\u0301".repeat(4000)}algo`,
    "https://аррӏе.com/login",
    "a".repeat(100_000),
    "\u0000\u0007\u001b[31mred",
    "```html\n<script>alert(1)</script>\n```",
  ];
  it("are shown as text", () => {
    const { container } = show(makeClient(hostile.map((content, at) => message(at + 1, { content, sender_username: "<b>eve</b>", sender_id: 9 }))));
    expect(container.querySelector("script, img, b, iframe")).toBeNull();
    for (const link of container.querySelectorAll("a")) expect(link.getAttribute("href")).toMatch(/^(https?:|mailto:|\/)/);
    expect(container.innerHTML).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0000\u0007\u001b]/);
    expect(container.textContent).not.toMatch(/\p{M}{5}/u);
  });
  it("show a disguised host in punycode, and links that leave safely", () => {
    show(makeClient([message(1, { content: "https://аррӏе.com/login" })]));
    const link = screen.getByRole("link");
    expect(link.textContent).toMatch(/^https:\/\/xn--/);
    expect(link.getAttribute("rel")).toBe("noopener noreferrer nofollow");
    expect(link.getAttribute("target")).toBe("_blank");
  });
  it("name the host behind deceiving words", () => {
    show(makeClient([message(1, { content: "[https://bank.com](https://evil.com/x)" })]));
    expect(row("https://bank.com").textContent).toContain("(evil.com)");
  });
  it("fold what is too long", () => {
    show(makeClient([message(1, { content: "line\n".repeat(60) })]));
    const more = screen.getByRole("button", { name: "Show more" });
    fireEvent.click(more);
    expect(screen.getByRole("button", { name: "Show less" }).getAttribute("aria-expanded")).toBe("true");
  });
  it("cost little with ten thousand reactions", () => {
    const people = Array.from({ length: 10_000 }, (_, at) => at + 100);
    show(makeClient([message(1, { reactions: { "🔥": people, "👍": [ME] } })]));
    expect(screen.getByRole("button", { name: /^🔥, 10000: .* and 9980 others$/ })).toBeTruthy();
    expect(screen.getByRole("button", { name: "👍, 1: You" }).getAttribute("aria-pressed")).toBe("true");
  });
});

describe("rows", () => {
  it("say who, when and what to screen readers", () => {
    show(makeClient([message(1, { content: "**hi**" })]));
    expect(screen.getByRole("log").getAttribute("aria-label")).toBe("Messages");
    expect(screen.getByRole("article").getAttribute("aria-label")).toMatch(/^Анна Ковалёва, .*: hi$/);
  });
  it("tell who deleted, what was edited and that it is pinned", () => {
    show(makeClient([message(1, { deleted: true, content: "", deleted_by: 2 }), message(2, { deleted: true, content: "", deleted_by: 7 }), message(3, { edited: true, edited_at: message(4).timestamp, pinned: true })]));
    expect(screen.getByText("Message deleted")).toBeTruthy();
    expect(screen.getByText("Message deleted by a moderator")).toBeTruthy();
    expect(screen.getByRole("button", { name: "edited" })).toBeTruthy();
    expect(screen.getByRole("img", { name: "Pinned" })).toBeTruthy();
  });
  it("show how far one's own message has come, and a way out when it failed", () => {
    const own = message(2, { sender_id: ME, sender_username: "me" });
    const entry = { id: "e", chatId: CHAT, createdAt: 0, state: "failed", error: { code: "forbidden", message: "" }, action: { type: "message", content: "x", messageType: "text", replyTo: null } } as const;
    const { engine } = show(makeClient([{ key: "a", message: message(1, { sender_id: ME }), delivery: "read" }, { key: "e", message: own, delivery: "failed", pending: entry }]));
    expect(screen.getByRole("img", { name: "Read" })).toBeTruthy();
    expect(screen.getByRole("img", { name: "Not sent" })).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(engine.retry).toHaveBeenCalledWith("e");
    fireEvent.click(screen.getByRole("button", { name: "Delete" }));
    expect(engine.discard).toHaveBeenCalledWith("e");
  });
  it("open spoilers by click and by key", () => {
    show(makeClient([message(1, { content: "||secret|| ||other||" })]));
    const [first, second] = screen.getAllByRole("button", { name: "Hidden text: show" });
    fireEvent.click(first!);
    fireEvent.keyDown(second!, { code: "Enter" });
    expect(screen.queryByRole("button", { name: "Hidden text: show" })).toBeNull();
    expect(screen.getByText("secret")).toBeTruthy();
  });
  it("toggle reactions, and put the New line above the first unread message", () => {
    const { engine } = show(makeClient([message(1), message(2, { reactions: { "👍": [2] } }), message(3)], { readSeq: 1 }));
    fireEvent.click(screen.getByRole("button", { name: /^👍/ }));
    expect(engine.react).toHaveBeenCalledWith(CHAT, expect.objectContaining({ seq: 2 }), "👍", true);
    expect(screen.getByRole("separator", { name: "New messages" }).nextElementSibling?.getAttribute("data-seq")).toBe("2");
  });
});

describe("doing things", () => {
  it("opens the menu by right click with what may be done", async () => {
    const onReply = vi.fn();
    show(makeClient([message(1)], { permissions: ["read", "write"] }), { onReply });
    fireEvent.contextMenu(row("text 1"), { clientX: 50, clientY: 60 });
    const menu = await screen.findByRole("menu");
    const names = within(menu).getAllByRole("menuitem").map((item) => item.textContent);
    expect(names).toEqual(["Reply", "Copy text", "Copy link", "Forward", "Select", "Mark unread from hereAlt+click", "Read by"]);
  });
  it("moves through messages by the arrow keys and opens the menu by key", async () => {
    show(makeClient([message(1), message(2), message(3)]));
    fireEvent.keyDown(screen.getByRole("log"), { code: "ArrowUp" });
    await act(() => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined))));
    expect(document.activeElement?.getAttribute("data-seq")).toBe("3");
    fireEvent.keyDown(document.activeElement!, { code: "ArrowUp" });
    await act(() => new Promise((resolve) => requestAnimationFrame(() => resolve(undefined))));
    expect(document.activeElement?.getAttribute("data-seq")).toBe("2");
    expect(screen.getAllByRole("article").map((one) => one.tabIndex)).toEqual([-1, 0, -1]);
    fireEvent.keyDown(document.activeElement!, { code: "F10", shiftKey: true });
    expect(await screen.findByRole("menu")).toBeTruthy();
  });
  it("selects several and deletes them after asking", async () => {
    const { engine } = show(makeClient([message(1), message(2), message(3)]));
    fireEvent.contextMenu(row("text 1"), { clientX: 50, clientY: 60 });
    fireEvent.click(await screen.findByRole("menuitem", { name: "Select" }));
    await vi.waitFor(() => screen.getByText("1 selected"));
    fireEvent.click(row("text 3"));
    fireEvent.click(within(screen.getByRole("toolbar", { name: "Selected messages" })).getByRole("button", { name: "Delete" }));
    fireEvent.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Delete" }));
    await vi.waitFor(() => expect(engine.remove).toHaveBeenCalledTimes(2));
  });
  it("marks read what was seen, and unread by Alt+click", () => {
    const { engine } = show(makeClient([message(1), message(2)], { readSeq: 0 }));
    expect(engine.markRead).toHaveBeenCalledWith(CHAT, 2);
    fireEvent.click(row("text 2"), { altKey: true });
    expect(engine.setChatSettings).toHaveBeenCalledWith(CHAT, { marked_unread: true });
  });
});

describe("what may be done", () => {
  const can = (change: object, permissions: Parameters<typeof possible>[2], me: number | null = ME) => [...possible({ key: "k", message: message(1, change) }, me, permissions, me !== null)].sort();
  it.each([
    [{}, [], null, ["copyLink", "copyText", "select"]],
    [{ sender_id: ME }, ["write", "edit_own", "delete_own"], ME, ["copyLink", "copyText", "delete", "edit", "forward", "markUnread", "readers", "reply", "select"]],
    [{}, ["delete_any", "pin", "react"], ME, ["copyLink", "copyText", "delete", "forward", "markUnread", "pin", "react", "readers", "select"]],
    [{ deleted: true }, ["delete_any", "pin", "react"], ME, ["copyLink", "markUnread"]],
  ] as const)("%j with %j as %j", (change, permissions, me, actions) => expect(can(change, permissions, me)).toEqual(actions));
  it("offers six emoji, own ones first", () => {
    expect(quickEmoji(undefined)).toHaveLength(6);
    expect(quickEmoji({ recentEmoji: ["🎈", "<b>", 7, "👍"] })).toEqual(["🎈", "👍", "❤️", "😂", "🔥", "🎉"]);
  });
});

describe("mentions", () => {
  const me = { id: 1, username: "me" };
  it.each([
    ["me", { mentions: [1] }, { kind: "user", userId: 1, me: true }],
    ["ME", { mentions: [1] }, { kind: "user", userId: 1, me: true }],
    ["other", { mentions: [1] }, null],
    ["other", { mentions: [5] }, { kind: "user", userId: null, me: false }],
    ["here", { mentions: [], mention_all: "here" }, { kind: "all" }],
    ["here", { mentions: [] }, null],
  ] as const)("@%s in %j", (name, source, found) => expect(mentioned(name, { mention_all: null, ...source, mentions: [...source.mentions] }, undefined, me)).toEqual(found));
});
