import { describe, expect, test } from "vitest";
import type { ChatKind, Permission, Role } from "@wire";
import { EXPIRIES, inviteLink, inviteRequest, inviteWorks, USES } from "./invites";
import { isEver, muteUntil } from "./mute";
import { memberActions, sortMembers, type MemberAction } from "./roles";

const ADMIN: Permission[] = ["read", "list_members", "write", "invite", "add_member", "manage_members", "edit_chat", "leave"];
const OWNER: Permission[] = [...ADMIN, "delete_chat", "transfer_ownership"];
const MEMBER: Permission[] = ["read", "list_members", "write", "leave"];

describe("the menu of a member", () => {
  const table: [mine: Role | null, permissions: Permission[], target: Role, actions: MemberAction[]][] = [
    ["owner", OWNER, "admin", ["profile", "message", "makeMember", "makeViewer", "block", "remove", "transfer"]],
    ["owner", OWNER, "member", ["profile", "message", "makeAdmin", "makeViewer", "block", "remove", "transfer"]],
    ["owner", OWNER, "viewer", ["profile", "message", "makeAdmin", "makeMember", "block", "remove", "transfer"]],
    ["owner", OWNER, "blocked", ["profile", "message", "unblock", "remove"]],
    ["admin", ADMIN, "owner", ["profile", "message"]],
    ["admin", ADMIN, "admin", ["profile", "message"]],
    ["admin", ADMIN, "member", ["profile", "message", "makeViewer", "block", "remove"]],
    ["admin", ADMIN, "viewer", ["profile", "message", "makeMember", "block", "remove"]],
    ["admin", ADMIN, "blocked", ["profile", "message", "unblock", "remove"]],
    ["member", MEMBER, "member", ["profile", "message"]],
    ["viewer", MEMBER, "admin", ["profile", "message"]],
    [null, ["read", "join"], "owner", ["profile", "message"]],
  ];
  test.each(table)("%s with %j looks at %s", (role, permissions, target, actions) => {
    expect(memberActions({ me: 1, kind: "group", role, permissions }, { user_id: 2, role: target })).toEqual(actions);
  });
  test("oneself, guests and direct chats", () => {
    const view = { me: 1, kind: "group" as ChatKind, role: "owner" as Role, permissions: OWNER };
    expect(memberActions(view, { user_id: 1, role: "owner" })).toEqual(["profile"]);
    expect(memberActions({ ...view, me: null, role: null, permissions: ["read"] }, { user_id: 2, role: "member" })).toEqual(["profile"]);
    expect(memberActions({ ...view, kind: "direct", role: "member", permissions: MEMBER }, { user_id: 2, role: "member" })).toEqual(["profile"]);
  });
});

describe("the list of members", () => {
  const member = (user_id: number, display_name: string, role: Role) => ({ user_id, display_name, username: `u${user_id}`, role });
  const all = [member(1, "Zoe", "member"), member(2, "Anna", "member"), member(3, "Bob", "owner"), member(4, "Eve", "blocked"), member(5, "Ира", "viewer")];
  test("by role, those who are there first, blocked last", () => {
    expect(sortMembers(all, (id) => id === 1).map((one) => one.user_id)).toEqual([3, 1, 2, 5, 4]);
  });
  test("found by either name, with or without @", () => {
    expect(sortMembers(all, () => false, " и").map((one) => one.user_id)).toEqual([5]);
    expect(sortMembers(all, () => false, "@U2").map((one) => one.user_id)).toEqual([2]);
  });
});

describe("invites", () => {
  test("every choice is a request the server takes", () => {
    const year = 365 * 24 * 3600;
    for (const expiry of EXPIRIES) {
      for (const uses of USES) {
        const request = inviteRequest(expiry, uses, "viewer");
        expect(request.role).toBe("viewer");
        expect(request.expires_in === undefined).toBe(expiry === "never");
        expect(request.expires_in ?? 1).toBeGreaterThan(0);
        expect(request.expires_in ?? 1).toBeLessThanOrEqual(year);
        expect(request.max_uses ?? 1).toBeGreaterThan(0);
      }
    }
    expect(inviteRequest("week", "5", "member")).toEqual({ role: "member", expires_in: 604_800, max_uses: 5 });
    expect(inviteRequest("never", "any", "member")).toEqual({ role: "member" });
  });
  test("a link and how it stands", () => {
    const now = Date.parse("2026-11-25T12:00:00Z");
    expect(inviteLink("https://chat.example", "a/b")).toBe("https://chat.example/invite/a%2Fb");
    expect(inviteWorks({ uses: 4, max_uses: 5, expires_at: "2026-11-25T12:00:01Z" }, now)).toBe(true);
    expect(inviteWorks({ uses: 5, max_uses: 5 }, now)).toBe(false);
    expect(inviteWorks({ uses: 0, expires_at: "2026-11-25T12:00:00Z" }, now)).toBe(false);
    expect(inviteWorks({ uses: 1_000 }, now)).toBe(true);
  });
});

test("mutes end, except for the one that does not", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");
  expect(muteUntil("eight", now)).toBe("2026-11-25T20:00:00.000Z");
  expect(isEver(muteUntil("ever", now))).toBe(true);
  expect(isEver(muteUntil("week", now))).toBe(false);
});
