import { describe, expect, test } from "vitest";
import { decodeToPage, decodeToWorker, localPath } from "./messages";
import { cacheName, isPrivateCache, NOT_PAGES, policyFor } from "./policy";
import { shareText } from "./share";

describe("what may be kept", () => {
  test.each([
    ["GET", "/api/v1/auth/sessions", "network"],
    ["GET", "/api/v1/auth/password-rules", "network"],
    ["POST", "/api/v1/auth/login", "network"],
    ["POST", "/api/v1/setup", "network"],
    ["GET", "/api/v1/account", "network"],
    ["GET", "/api/v1/meta/client-config", "network"],
    ["GET", "/api/v1/scheduled", "network"],
    ["GET", "/api/v1/invites/abc", "network"],
    ["GET", "/api/v1/chats/general/invites", "network"],
    ["POST", "/api/v1/chats/general/messages", "network"],
    ["PUT", "/api/v1/chats/general/pins/1", "network"],
    ["GET", "/api/v1/chats/general/messages/1-1/versions", "network"],
    ["GET", "/api/v1/media/1", "network"],
    ["GET", "/media/1", "network"],
    ["GET", "/ws", "network"],
    ["GET", "/api/v1/chats/general/messages?before=10", "messages"],
    ["GET", "/api/v1/chats/general/messages/1-1", "messages"],
    ["GET", "/api/v1/chats/general/pins", "messages"],
    ["GET", "/api/v1/chats", "lists"],
    ["GET", "/api/v1/chats/general", "lists"],
    ["GET", "/api/v1/chats/general/members?limit=200", "lists"],
    ["GET", "/api/v1/rooms?q=a", "lists"],
    ["GET", "/api/v1/users?q=an", "lists"],
    ["GET", "/api/v1/users/anna", "lists"],
    ["GET", "/assets/index-abc.js", "static"],
    ["GET", "/emoji/en.json", "static"],
    ["POST", "/share", "share"],
    ["GET", "/share", "network"],
  ] as const)("%s %s: %s", (method, path, policy) => {
    expect(policyFor(method, new URL(path, "https://chat.example"))).toBe(policy);
  });
  test("a film under a static path is not kept", () => {
    expect(policyFor("GET", new URL("https://chat.example/assets/a.mp4"), "video")).toBe("network");
  });
  test("navigations are pages, except for the server's own doors", () => {
    const page = (path: string) => !NOT_PAGES.some((pattern) => pattern.test(path));
    for (const path of ["/", "/c/general/12", "/settings/themes", "/u/anna", "/u/anna.k", "/direct/@anna", "/share"]) expect(page(path)).toBe(true);
    for (const path of ["/api/openapi.json", "/ws", "/media/x", "/metrics", "/robots.txt", "/assets/a.js"]) expect(page(path)).toBe(false);
  });
  test("private caches have the account in their name", () => {
    expect(isPrivateCache(cacheName("messages", "7"))).toBe(true);
    expect(isPrivateCache(cacheName("lists", "7"))).toBe(true);
    expect(isPrivateCache(cacheName("static"))).toBe(false);
    expect(isPrivateCache("vestnik-share")).toBe(false);
  });
});

describe("what page and worker say", () => {
  test("to the worker", () => {
    expect(decodeToWorker({ type: "skip_waiting", more: 1 })).toEqual({ type: "skip_waiting" });
    expect(decodeToWorker({ type: "account", id: "42" })).toEqual({ type: "account", id: "42" });
    expect(decodeToWorker({ type: "account", id: null })).toEqual({ type: "account", id: null });
    for (const wrong of [null, 1, "skip_waiting", {}, { type: "x" }, { type: "account" }, { type: "account", id: 7 }, { type: "account", id: "../x" }]) {
      expect(decodeToWorker(wrong)).toBeNull();
    }
  });
  test("to the page: only paths of this site", () => {
    expect(decodeToPage({ type: "open", path: "/c/general/3" })).toEqual({ type: "open", path: "/c/general/3" });
    for (const path of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", 3, null, "/a b"]) {
      expect(localPath(path)).toBeNull();
      expect(decodeToPage({ type: "open", path })).toBeNull();
    }
  });
});

describe("a share", () => {
  test("its parts become one text, a link is not repeated", () => {
    expect(shareText({ title: "A page", text: "look: https://a.example", url: "https://a.example" })).toBe("A page\nlook: https://a.example");
    expect(shareText({ title: null, text: " only ", url: undefined })).toBe("only");
    expect(shareText({ text: new Blob() })).toBe("");
    expect(shareText({ text: "x".repeat(20_000) })).toHaveLength(16_000);
  });
});
