/** Whatever is repeated, dropped or out of order: after a sync the state is that of the whole log. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChatEvent, ChatId } from "@wire";
import { apply, applyChat, emptyState, untouched } from "./reducer";
import { ANNA, chatOf, FakeServer, ME, messageOf } from "./testing/server";
import type { State } from "./types";

const AT = "2026-11-25T12:00:00.000Z";
const GENERAL: ChatId = "general";

type Step = { kind: "send" | "edit" | "delete" | "react" | "pin" | "member"; who: number; which: number; on: boolean };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Step["kind"][]>("send", "send", "edit", "delete", "react", "pin", "member"),
    who: fc.constantFrom(ME, ANNA), which: fc.nat(40), on: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** The log that these steps make. */
function logOf(all: readonly Step[]): ChatEvent[] {
  const server = new FakeServer();
  server.addChat(chatOf(GENERAL));
  for (const { kind, who, which, on } of all) {
    const last = server.state.chats.get(GENERAL)!.lastSeq;
    const seq = (which % Math.max(1, last)) + 1;
    const about = { message_id: `m${seq}`, seq };
    if (kind === "send") server.say(GENERAL, who);
    else if (kind === "edit") server.emit(GENERAL, { type: "message_edited", ...about, content: `edited ${which}`, mentions: [ME], mention_all: "here", edited_at: AT });
    else if (kind === "delete") server.emit(GENERAL, { type: "message_deleted", ...about, deleted_by: who, deleted_at: AT });
    else if (kind === "react") server.emit(GENERAL, { type: "reaction_changed", ...about, emoji: which % 2 ? "👍" : "🎉", user_id: who, added: on });
    else if (kind === "pin") server.emit(GENERAL, { type: "pin_changed", ...about, pinned: on, by: who });
    else {
      const member = { user_id: ANNA, username: "anna", display_name: "Anna", role: (["member", "blocked", "admin"] as const)[which % 3]!, joined_at: AT, read_seq: 0, delivered_seq: 0 };
      server.emit(GENERAL, { type: "member_changed", change: on ? "role" : "joined", member, by: who, timestamp: AT });
    }
  }
  return server.logs.get(GENERAL)!;
}

function fresh(): State {
  const state = emptyState(ME);
  apply(state, { kind: "answer", answer: { type: "chats", chats: [chatOf(GENERAL)], account_rev: 0 } });
  return state;
}

function fold(events: readonly ChatEvent[]): State {
  const state = fresh();
  for (const event of events) expect(applyChat(state, event, untouched())).toBe("applied");
  return state;
}

describe("reducer", () => {
  it("converges from any interleaving, repetition and loss, once synced", () => {
    fc.assert(
      fc.property(steps, fc.array(fc.nat(200), { maxLength: 80 }), (all, noise) => {
        const log = logOf(all);
        const state = fresh();
        for (const at of noise) if (log.length) applyChat(state, log[at % log.length]!, untouched());
        for (const event of log.slice(state.chats.get(GENERAL)!.rev)) applyChat(state, event, untouched());
        expect(state).toEqual(fold(log));
      }),
    );
  });

  it("converges from a page that already carries later state", () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (all, cut) => {
        const log = logOf(all);
        const whole = fold(log);
        const from = Math.min(cut, log.length);
        const state = fold(log.slice(0, from));
        const chat = state.chats.get(GENERAL)!;
        // Messages as they are at the end, seen before the events that made them so.
        for (const message of whole.chats.get(GENERAL)!.messages.values()) if (message.seq <= chat.lastSeq) chat.messages.set(message.seq, message);
        for (const event of log.slice(from)) applyChat(state, event, untouched());
        const contents = (one: State) => [...one.chats.get(GENERAL)!.messages.values()].map((message) => ({ ...message, reactions: Object.entries(message.reactions).sort() }));
        expect(contents(state)).toEqual(contents(whole));
      }),
    );
  });

  it("tells of gaps and changes nothing then", () => {
    const state = fresh();
    const message = messageOf(3, ANNA);
    expect(applyChat(state, { type: "new_message", chat_id: GENERAL, rev: 3, message }, untouched())).toBe("gap");
    expect(state).toEqual(fresh());
    expect(applyChat(state, { type: "new_message", chat_id: "elsewhere", rev: 1, message }, untouched())).toBe("unknown");
  });

  it("replaces messages and members, and never changes them in place", () => {
    const state = fold([{ type: "new_message", chat_id: GENERAL, rev: 1, message: messageOf(1, ANNA) }]);
    const before = state.chats.get(GENERAL)!.messages.get(1)!;
    const copy = structuredClone(before);
    applyChat(state, { type: "reaction_changed", chat_id: GENERAL, rev: 2, message_id: "m1", seq: 1, emoji: "👍", user_id: ME, added: true }, untouched());
    expect(before).toEqual(copy);
    expect(state.chats.get(GENERAL)!.messages.get(1)).not.toBe(before);
  });

  it("takes a list of preferences only when no event was quicker", () => {
    const state = emptyState(ME);
    const list = (value: string, account_rev: number) => apply(state, { kind: "answer", answer: { type: "preferences", preferences: { theme: value }, account_rev } });
    expect(list("dark", 0)).toBe("applied");
    apply(state, { kind: "account", event: { type: "preference_changed", account_rev: 1, name: "theme", value: "light" } });
    expect(list("dark", 0)).toBeNull();
    expect(state.preferences).toEqual(new Map([["theme", "light"]]));
  });
});
