/** The slash commands there are, and how a typed line is read. What they do is in `features/composer`. */
import type { ChatKind, Permission } from "@wire";

/** How a command stands in the table. Texts are `composer:commands.<name>` and, with `args`, `composer:args.<name>`. */
export interface CommandSpec {
  readonly name: string;
  /** Whether it takes something, and whether it needs it. */
  readonly args: "none" | "optional" | "required";
  /** Listed only where one has this permission; typed elsewhere, the refusal is explained. */
  readonly permission?: Permission;
  /** Kinds of chat in which it makes sense; all when absent. */
  readonly kinds?: readonly ChatKind[];
  /** Its text is a message, so it needs the right to write. */
  readonly writes?: boolean;
}

const MANY: readonly ChatKind[] = ["group", "channel", "room"];

/** Every command, in the order in which they are listed. */
export const COMMANDS = [
  { name: "help", args: "optional" },
  { name: "shortcuts", args: "none" },
  { name: "me", args: "required", writes: true },
  { name: "shrug", args: "optional", writes: true },
  { name: "spoiler", args: "required", writes: true },
  { name: "code", args: "required", writes: true },
  { name: "later", args: "required", writes: true },
  { name: "remind", args: "required" },
  { name: "msg", args: "required" },
  { name: "join", args: "required" },
  { name: "leave", args: "none", permission: "leave" },
  { name: "invite", args: "optional", permission: "invite", kinds: MANY },
  { name: "kick", args: "required", permission: "manage_members", kinds: MANY },
  { name: "ban", args: "required", permission: "manage_members", kinds: MANY },
  { name: "unban", args: "required", permission: "manage_members", kinds: MANY },
  { name: "topic", args: "optional", permission: "edit_chat", kinds: MANY },
  { name: "rename", args: "required", permission: "edit_chat", kinds: MANY },
  { name: "mute", args: "optional" },
  { name: "unmute", args: "none" },
  { name: "away", args: "none" },
  { name: "dnd", args: "optional" },
  { name: "online", args: "none" },
  { name: "status", args: "optional" },
  { name: "settings", args: "optional" },
  { name: "logout", args: "none" },
] as const satisfies readonly CommandSpec[];

/** A command's name. */
export type CommandName = (typeof COMMANDS)[number]["name"];

/** What a typed text is. */
export type Parsed =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "command"; readonly name: CommandName; readonly args: string }
  | { readonly kind: "incomplete"; readonly name: CommandName }
  | { readonly kind: "unknown"; readonly name: string };

const byName = new Map<string, CommandSpec & { name: CommandName }>(COMMANDS.map((spec) => [spec.name, spec]));

/** The command of a name in whatever case. */
export function findCommand(name: string): (CommandSpec & { name: CommandName }) | undefined {
  return byName.get(name.toLowerCase());
}

/**
 * Reads a text that is about to be sent. `//` stands for a slash that is meant; a slash alone, or before a space or
 * another sign, begins no command.
 */
export function parseInput(text: string): Parsed {
  if (text.startsWith("//")) return { kind: "text", text: text.slice(1) };
  const match = /^\/([\p{L}\p{N}]\S*)(?:\s([\s\S]*))?$/u.exec(text);
  if (!match?.[1]) return { kind: "text", text };
  const spec = findCommand(match[1]);
  if (!spec) return { kind: "unknown", name: match[1] };
  const args = (match[2] ?? "").trim();
  if (spec.args === "required" && args === "") return { kind: "incomplete", name: spec.name };
  return { kind: "command", name: spec.name, args };
}

/** Whether a command has a place in a chat of this kind with these rights. */
export function offered(spec: CommandSpec, kind: ChatKind, permissions: readonly Permission[]): boolean {
  if (spec.permission && !permissions.includes(spec.permission)) return false;
  if (spec.writes && !permissions.includes("write")) return false;
  return !spec.kinds || spec.kinds.includes(kind);
}

/** Commands whose name begins with what was typed, then those that have it within. */
export function completeCommand(typed: string, kind: ChatKind, permissions: readonly Permission[]): CommandSpec[] {
  const wanted = typed.toLowerCase();
  const listed = COMMANDS.filter((spec: CommandSpec) => offered(spec, kind, permissions));
  const at = (spec: CommandSpec) => spec.name.indexOf(wanted);
  return [...listed.filter((spec) => at(spec) === 0), ...listed.filter((spec) => at(spec) > 0)];
}

/** `@anna rest` → `anna` and `rest`; the `@` may be missing. */
export function takeUser(args: string): { username: string; rest: string } | null {
  const match = /^@?([\p{L}\p{N}._-]+)(?:\s+([\s\S]*))?$/u.exec(args.trim());
  return match?.[1] ? { username: match[1], rest: (match[2] ?? "").trim() } : null;
}

/** `😀 On leave` → the emoji and the text. */
export function takeEmoji(args: string): { emoji: string | null; text: string } {
  const first = [...new Intl.Segmenter().segment(args)][0]?.segment ?? "";
  if (!/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u.test(first)) return { emoji: null, text: args.trim() };
  return { emoji: first, text: args.slice(first.length).trim() };
}

/** A room's slug, or the code of an invite link, out of what follows `/join`. */
export function takeRoom(args: string): { room: string } | { invite: string } | null {
  const invite = /(?:^|\/)invite\/([\w-]+)\/?$/.exec(args);
  if (invite?.[1]) return { invite: invite[1] };
  const room = /^(?:\S*\/rooms\/|#)?([a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)$/i.exec(args);
  return room?.[1] ? { room: room[1].toLowerCase() } : null;
}
