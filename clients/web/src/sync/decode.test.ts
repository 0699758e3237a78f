import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, decodeJson } from "./decode";
import { messageOf } from "./testing/server";

const event = { type: "new_message", chat_id: "general", rev: 1, message: messageOf(1, 2) };

describe("decode", () => {
  it("sorts frames by what is to be done with them", () => {
    expect(decodeJson(event).kind).toBe("chat");
    expect(decodeJson({ type: "read_marker", chat_id: "a", user_id: 1, seq: 2 }).kind).toBe("passing");
    expect(decodeJson({ type: "read_marker", chat_id: "a", user_id: 1, seq: 2, account_rev: 3 }).kind).toBe("account");
    expect(decodeJson({ type: "ok", id: "7" })).toEqual({ kind: "answer", answer: { type: "ok" }, id: "7" });
    expect(decodeJson({ type: "error", id: "7", code: "forbidden", message: "No." })).toMatchObject({ kind: "error", id: "7", error: { code: "forbidden" } });
  });

  it("passes over what a newer server says and drops what it does not know", () => {
    expect(decodeJson({ type: "hologram_changed", rev: 1 }).kind).toBe("unknown");
    const more = decodeJson({ ...event, later: 1, message: { ...event.message, poll: {} } });
    expect(more).toEqual(decodeJson(event));
    const chat = { type: "chat", chat: { id: "a", type: "room", name: "", description: "", created_at: "", rev: 1, last_seq: 0, member_count: 0, permissions: ["read", "fly"], read_seq: 0, unread: 0, mentions: 0, settings: { archived: false, favourite: false, marked_unread: false } } };
    expect(decodeJson(chat)).toMatchObject({ answer: { chat: { permissions: ["read"] } } });
  });

  it("reports what is malformed and never throws", () => {
    const hostile = [
      "", "null", "[]", "{", '"x"', "1e999", '{"type":{}}', '{"type":"__proto__"}', '{"type":"constructor"}', '{"type":"toString"}',
      JSON.stringify({ ...event, rev: "1" }), JSON.stringify({ ...event, rev: 1.5 }), JSON.stringify({ ...event, rev: 1e300 }), JSON.stringify({ ...event, message: null }),
      JSON.stringify({ ...event, message: { ...event.message, content: { toString: 1 } } }), JSON.stringify({ ...event, message: { ...event.message, reactions: [1] } }),
    ];
    for (const text of hostile) expect(["malformed", "unknown"], text).toContain(decode(text).kind);
    expect(decode(JSON.stringify({ type: "chats", id: "9", chats: "all" }))).toEqual({ kind: "malformed", type: "chats", id: "9" });
  });

  it("is not poisoned by names of the prototype", () => {
    const text = `{"type":"new_message","chat_id":"__proto__","rev":1,"message":${JSON.stringify(event.message).replace('"reactions":{}', '"reactions":{"__proto__":[1],"x":[2]}')}}`;
    decode(text);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it("takes any JSON whatever", () => {
    fc.assert(fc.property(fc.json(), (text) => void decode(text)));
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom("new_message", "reset", "chats", "typing", "error", "sync_done"), (value, type) => {
      decodeJson({ ...(typeof value === "object" && value !== null ? value : {}), type });
    }));
  });
});
