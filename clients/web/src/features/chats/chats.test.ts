import type { ChatSummary } from "@/sync/types";
import { describe, expect, it } from "vitest";
import { arrange, chatsOf, neighbour, type Row } from "./arrange";
import { decodeFolders, type FolderPrefs, reduceFolders } from "./folders";
import { inviteCode } from "./inviteCode";
import { badgeOf, previewOf } from "./preview";
import { isSlug, slugOf } from "./slug";
import { muteUntil } from "./chatMenu";

const settings = { muted_until: null, archived: false, favourite: false, marked_unread: false };
const summary = (id: string, change: Partial<ChatSummary> = {}): ChatSummary => ({
  id, type: "room", title: id, peer: null, lastMessage: null, unread: 0, mentions: 0, settings, muted: false, draft: null, role: "member", permissions: [],
  memberCount: 2, activeAt: 0, pending: "none", ...change,
});
const message = (change: object) => ({
  id: "m", seq: 1, sender_id: 7, sender_username: "anna", content: "привет", message_type: "text" as const, timestamp: "2026-11-25T10:00:00.000Z", reply_to: null,
  mentions: [], reactions: {}, edited: false, edited_at: null, deleted: false, ...change,
});
const none = decodeFolders(undefined);
const ids = (rows: readonly Row[]) => rows.map((row) => (row.type === "chat" ? row.chat.id : `:${row.section}`));

describe("folders", () => {
  const one: FolderPrefs = { ...none, folders: [{ id: "a", name: "Work", chats: ["x"] }, { id: "b", name: "Home", chats: [] }] };

  it("are read from anything", () => {
    for (const json of [undefined, null, 3, "x", [], { folders: 3 }, { folders: [null, { id: 1 }], sort: [] }]) expect(decodeFolders(json).folders).toEqual([]);
    const twice = { id: "a", name: "A".repeat(99), chats: ["x", "x", 3] };
    expect(decodeFolders({ folders: [twice, twice], sort: "name" })).toEqual({ folders: [{ id: "a", name: "A".repeat(40), chats: ["x"] }], sort: "name", closed: ["archived"] });
  });

  it("are made, renamed, moved, filled and deleted", () => {
    expect(reduceFolders(none, { type: "create", id: "n", name: "  a \n b ", chats: ["x"] }).folders).toEqual([{ id: "n", name: "a b", chats: ["x"] }]);
    expect(reduceFolders(one, { type: "update", id: "a", name: "  ", chats: [] }).folders[0]).toEqual({ id: "a", name: "Work", chats: [] });
    expect(reduceFolders(one, { type: "move", id: "b", by: -1 }).folders.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(reduceFolders(one, { type: "move", id: "b", by: 1 })).toEqual(one);
    expect(reduceFolders(one, { type: "toggle", id: "a", chat: "y" }).folders[0]!.chats).toEqual(["x", "y"]);
    expect(reduceFolders(one, { type: "toggle", id: "a", chat: "x" }).folders[0]!.chats).toEqual([]);
    expect(reduceFolders(one, { type: "delete", id: "a" }).folders.map(({ id }) => id)).toEqual(["b"]);
    expect(reduceFolders(one, { type: "section", section: "archived" }).closed).toEqual([]);
  });
});

describe("the list", () => {
  const chats = [
    summary("old", { activeAt: 1 }),
    summary("new", { activeAt: 9, unread: 2 }),
    summary("star", { activeAt: 2, settings: { ...settings, favourite: true } }),
    summary("away", { activeAt: 8, unread: 1, settings: { ...settings, archived: true } }),
    summary("tom", { activeAt: 5, type: "direct", title: "Tom" }),
    summary("visited", { activeAt: 10, role: null }),
  ];

  it("has favourites on top, the archive closed below, and no rooms one only looks into", () => {
    expect(ids(arrange(chats, "all", none, "en"))).toEqual([":favourites", "star", "new", "tom", "old", ":archived"]);
    expect(ids(arrange(chats, "all", { ...none, closed: [] }, "en")).at(-1)).toBe("away");
  });

  it("filters by view and folder", () => {
    expect(ids(arrange(chats, "unread", none, "en"))).toEqual(["new"]);
    expect(ids(arrange(chats, "unread", none, "en", "old"))).toEqual(["new", "old"]);
    expect(ids(arrange(chats, "direct", none, "en"))).toEqual(["tom"]);
    expect(ids(arrange(chats, "f", { ...none, folders: [{ id: "f", name: "F", chats: ["old", "gone", "away"] }] }, "en"))).toEqual(["away", "old"]);
    expect(arrange(chats, "no-such-folder", none, "en")).toEqual([]);
  });

  it("sorts by name as people do", () => {
    const named = [summary("a", { title: "Яна" }), summary("b", { title: "ёж" }), summary("c", { title: "Ель 10" }), summary("d", { title: "Ель 9" })];
    expect(ids(arrange(named, "all", { ...none, sort: "name" }, "ru"))).toEqual(["b", "d", "c", "a"]);
  });

  it("goes to the next one and round the ends", () => {
    const order = chatsOf(arrange(chats, "all", none, "en"));
    expect(neighbour(order, "new", 1)?.id).toBe("tom");
    expect(neighbour(order, "old", 1)?.id).toBe("star");
    expect(neighbour(order, undefined, 1)?.id).toBe("star");
    expect(neighbour(order, undefined, -1)?.id).toBe("old");
    expect(neighbour(order, "tom", -1, (chat) => chat.unread > 0)?.id).toBe("new");
    expect(neighbour(order, "new", 1, (chat) => chat.unread > 0)).toBeUndefined();
    expect(neighbour([], "x", 1)).toBeUndefined();
  });
});

describe("a row", () => {
  it("says who writes, else the draft, else the last message", () => {
    const chat = summary("c", { lastMessage: message({}), draft: { content: " про\nкалендарь ", updated_at: "" } });
    expect(previewOf(chat, 1, [{ userId: 7, username: "anna" }], false)).toEqual({ kind: "typing", names: ["anna"] });
    expect(previewOf(chat, 1, [{ userId: 1, username: "me" }], false)).toEqual({ kind: "draft", text: "про календарь" });
    expect(previewOf(chat, 1, [], true)).toMatchObject({ kind: "message", from: "other", text: "привет" });
    expect(previewOf(chat, 7, [], true)).toMatchObject({ from: "me" });
    expect(previewOf({ ...chat, type: "direct" }, 1, [], true)).toMatchObject({ from: null });
    expect(previewOf({ ...chat, lastMessage: message({ deleted: true, content: "" }) }, 1, [], true)).toEqual({ kind: "deleted" });
    expect(previewOf(summary("c"), 1, [], false)).toEqual({ kind: "empty" });
  });

  it("shows hostile text as one harmless line", () => {
    const preview = previewOf(summary("c", { lastMessage: message({ content: "a\u202eb\n\n**c** ||secret||" }) }), 1, [], true);
    expect(preview).toMatchObject({ text: "ab c ▒▒▒▒" });
  });

  it("counts where it matters", () => {
    expect(badgeOf(summary("c", { unread: 3 }), "all")).toEqual({ kind: "number", count: 3 });
    expect(badgeOf(summary("c", { unread: 3, mentions: 1 }), "all")).toEqual({ kind: "mention", count: 1 });
    expect(badgeOf(summary("c", { unread: 3 }), "mentions")).toEqual({ kind: "dot" });
    expect(badgeOf(summary("c", { unread: 3, type: "direct" }), "mentions")).toEqual({ kind: "number", count: 3 });
    expect(badgeOf(summary("c", { unread: 3, mentions: 1, muted: true }), "all")).toEqual({ kind: "muted", count: 3 });
    expect(badgeOf(summary("c", { unread: 3 }), "none")).toEqual({ kind: "muted", count: 3 });
    expect(badgeOf(summary("c", { settings: { ...settings, marked_unread: true } }), "all")).toEqual({ kind: "dot" });
    expect(badgeOf(summary("c"), "all")).toBeNull();
  });

  it("is muted until", () => {
    const now = new Date(2026, 10, 25, 23, 30);
    expect(Date.parse(muteUntil("hour", now)) - now.getTime()).toBe(3_600_000);
    expect(new Date(muteUntil("tomorrow", now))).toEqual(new Date(2026, 10, 26, 8));
    expect(muteUntil("forever", now)).toMatch(/^9999/);
  });
});

describe("addresses", () => {
  const pattern = "^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$";
  it.each([["General chat", "general-chat"], ["Ёлки & палки!", "elki-palki"], ["  Щука  ", "shchuka"], ["Café №5", "cafe-no5"], ["🎉", ""], ["x".repeat(99), "x".repeat(64)]])("%j → %j", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
    if (slug) expect(isSlug(slug, pattern)).toBe(true);
  });
  it("are checked by the server's pattern", () => {
    expect(isSlug("-x", pattern)).toBe(false);
    expect(isSlug("x", "(")).toBe(true);
  });
  it.each([["https://a.example/invite/AbC-12_x?y#z", "AbC-12_x"], [" AbC-12_x ", "AbC-12_x"], ["/invite/..%2f", null], ["", null], ["two words", null]])("%j leads to invite %j", (text, code) => expect(inviteCode(text)).toBe(code));
});
