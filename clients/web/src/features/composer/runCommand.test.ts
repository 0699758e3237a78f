import { describe, expect, it, vi } from "vitest";
import { ApiFailure } from "@/lib/errors";
import { type CommandContext, runCommand } from "./runCommand";
import { makeClient } from "./testing";

const NOW = new Date(2026, 10, 25, 14, 40);

function setup(permissions: readonly string[] = ["read", "write", "invite", "manage_members", "edit_chat", "leave"], type = "room") {
  const made = makeClient({ info: { permissions: permissions as never, type: type as never } });
  const { engine } = made;
  const context = {
    engine: engine as never, api: { updateProfile: vi.fn(async () => ({})) } as never, signOut: vi.fn(async () => undefined),
    chatId: "general", username: "me", now: NOW, t: (key: string) => key, open: vi.fn(), quiet: vi.fn(),
  } satisfies CommandContext;
  const run = (name: Parameters<typeof runCommand>[1], args = "") => runCommand(context, name, args);
  return { ...made, context, run };
}

describe("what commands do", () => {
  it("makes messages", async () => {
    const { run } = setup();
    expect(await run("shrug", "ok")).toEqual({ kind: "send", content: "ok ¯\\_(ツ)_/¯" });
    expect(await run("spoiler", "x")).toEqual({ kind: "send", content: "||x||" });
    expect(await run("code", "a ``` b")).toEqual({ kind: "send", content: "````\na ``` b\n````" });
  });

  it("reminds in the chat with oneself", async () => {
    const { run, engine } = setup();
    engine.command.mockImplementation((async (command: { type: string }) => (command.type === "start_direct" ? { chat: { id: "self" } } : {})) as never);
    expect((await run("remind", "20m tea")).kind).toBe("done");
    expect(engine.command.mock.calls).toEqual([
      [{ type: "start_direct", username: "me" }],
      [{ type: "schedule_message", chat_id: "self", content: "tea", send_at: new Date(2026, 10, 25, 15, 0).toISOString() }],
    ]);
    expect(await run("remind", "tea")).toEqual({ kind: "refused", text: "refused.time" });
    expect(await run("later", "20m")).toEqual({ kind: "refused", text: "refused.text" });
    expect(await run("later", "2028-01-01 x")).toEqual({ kind: "refused", text: "refused.tooFar" });
  });

  it("finds members by name and says when there is none", async () => {
    const { run, engine } = setup();
    await run("kick", "@Anna");
    expect(engine.command).toHaveBeenLastCalledWith({ type: "remove_member", chat_id: "general", user_id: 2 });
    expect(await run("kick", "@nobody")).toEqual({ kind: "refused", text: "refused.member" });
    expect(engine.loadMembers).toHaveBeenCalled();
    await run("ban", "anna");
    expect(engine.command).toHaveBeenLastCalledWith({ type: "set_role", chat_id: "general", user_id: 2, role: "blocked" });
  });

  it("asks the server nothing one may not do", async () => {
    const { run, engine } = setup(["read"]);
    for (const name of ["kick", "rename", "invite", "topic", "me", "later", "leave"] as const) {
      expect(await run(name, "20m x")).toEqual({ kind: "refused", text: "refused.permission" });
    }
    expect(await setup(["read", "write"], "direct").run("topic", "x")).toEqual({ kind: "refused", text: "refused.notInDirect" });
    expect(engine.command).not.toHaveBeenCalled();
  });

  it("quiets and mutes, for a time or for ever", async () => {
    const { run, engine, context } = setup();
    await run("dnd", "2h");
    expect(context.quiet).toHaveBeenLastCalledWith(NOW.getTime() + 7_200_000);
    await run("online");
    expect(context.quiet).toHaveBeenLastCalledWith(null);
    await run("mute");
    expect(engine.setChatSettings).toHaveBeenLastCalledWith("general", { muted_until: expect.stringMatching(/^9999-/) });
    expect((await run("mute", "a while")).kind).toBe("refused");
  });

  it("goes where it is told, and only there", async () => {
    const { run, context, engine } = setup();
    engine.command.mockResolvedValue({ chat: { id: "random" } });
    await run("join", "#random");
    expect(context.open).toHaveBeenLastCalledWith("/c/random");
    await run("settings", "../../x");
    expect(context.open).toHaveBeenLastCalledWith("/settings");
    expect((await run("leave")).kind).toBe("ask");
  });

  it("lets failures through", async () => {
    const { run, engine } = setup();
    engine.command.mockRejectedValue(new ApiFailure({ code: "not_found", message: "" }));
    await expect(run("join", "#x")).rejects.toThrow(ApiFailure);
  });
});
