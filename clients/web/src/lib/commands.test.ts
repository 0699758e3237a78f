import { describe, expect, it } from "vitest";
import en from "@/locales/en/composer.json";
import { COMMANDS, completeCommand, parseInput, takeEmoji, takeRoom, takeUser, type CommandSpec } from "./commands";

describe("slash commands", () => {
  it("reads commands, whatever their case", () => {
    expect(parseInput("/join #general")).toEqual({ kind: "command", name: "join", args: "#general" });
    expect(parseInput("/ME waves")).toEqual({ kind: "command", name: "me", args: "waves" });
    expect(parseInput("/code\nlet a;\nlet b;")).toEqual({ kind: "command", name: "code", args: "let a;\nlet b;" });
    expect(parseInput("/help")).toEqual({ kind: "command", name: "help", args: "" });
  });

  it("asks for what is missing", () => {
    expect(parseInput("/join")).toEqual({ kind: "incomplete", name: "join" });
    expect(parseInput("/join   ")).toEqual({ kind: "incomplete", name: "join" });
  });

  it("never takes what it does not know for text", () => {
    expect(parseInput("/poll lunch?")).toEqual({ kind: "unknown", name: "poll" });
    expect(parseInput("/etc/passwd")).toEqual({ kind: "unknown", name: "etc/passwd" });
    expect(parseInput("/помощь")).toEqual({ kind: "unknown", name: "помощь" });
    for (const name of ["poll", "call", "task", "event", "game", "search"]) {
      expect(parseInput(`/${name}`).kind).toBe("unknown");
    }
  });

  it("lets a slash be meant", () => {
    expect(parseInput("//join us")).toEqual({ kind: "text", text: "/join us" });
    expect(parseInput("/ or")).toEqual({ kind: "text", text: "/ or" });
    expect(parseInput("/")).toEqual({ kind: "text", text: "/" });
    expect(parseInput("and/or")).toEqual({ kind: "text", text: "and/or" });
  });

  it("lists what one may do, beginnings first", () => {
    const names = (typed: string) => completeCommand(typed, "room", ["write"]).map(({ name }) => name);
    expect(names("m")).toEqual(["me", "msg", "mute", "remind", "unmute"]);
    expect(names("kick")).toEqual([]);
    expect(completeCommand("kick", "room", ["write", "manage_members"])).toHaveLength(1);
    expect(completeCommand("kick", "direct", ["manage_members"])).toHaveLength(0);
  });

  it("has a text for each", () => {
    const texts: { commands: Record<string, string>; args: Record<string, string> } = en;
    for (const spec of COMMANDS as readonly CommandSpec[]) {
      expect(texts.commands[spec.name], spec.name).toBeTruthy();
      if (spec.args !== "none") expect(texts.args[spec.name], spec.name).toBeTruthy();
    }
  });

  it("takes arguments apart", () => {
    expect(takeUser("@Анна привет")).toEqual({ username: "Анна", rest: "привет" });
    expect(takeUser("tom")).toEqual({ username: "tom", rest: "" });
    expect(takeUser("<b>")).toBeNull();
    expect(takeEmoji("🧑🏽‍💻 at work")).toEqual({ emoji: "🧑🏽‍💻", text: "at work" });
    expect(takeEmoji("at work")).toEqual({ emoji: null, text: "at work" });
    expect(takeEmoji("2 hours")).toEqual({ emoji: null, text: "2 hours" });
    expect(takeRoom("#General")).toEqual({ room: "general" });
    expect(takeRoom("https://chat.example/rooms/release-crew")).toEqual({ room: "release-crew" });
    expect(takeRoom("https://chat.example/invite/aB_c-9")).toEqual({ invite: "aB_c-9" });
    expect(takeRoom("two words")).toBeNull();
  });
});
