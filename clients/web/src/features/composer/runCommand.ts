/** What the slash commands do. Loaded when the first one is used. */
import type { Api } from "@/api";
import { type CommandName, findCommand, takeEmoji, takeRoom, takeUser } from "@/lib/commands";
import { runShortcut } from "@/lib/keys";
import { parseWhen } from "@/lib/when";
import type { Engine } from "@/sync/types";
import type { ChatId, Member, MessageType, Permission, UserId } from "@wire";
import { momentText } from "./moment";

/** What a command works with. */
export interface CommandContext {
  readonly engine: Engine;
  readonly api: Api;
  readonly chatId: ChatId;
  /** The caller's username. */
  readonly username: string;
  readonly now: Date;
  readonly t: (key: string, options?: Record<string, unknown>) => string;
  open(path: string): void;
  /** Do-not-disturb until then; null ends it. */
  quiet(until: number | null): void;
  signOut(): Promise<void>;
}

/** What came of it. */
export type Outcome =
  | { readonly kind: "done"; readonly say?: string; readonly copy?: string }
  | { readonly kind: "send"; readonly content: string; readonly messageType?: MessageType }
  | { readonly kind: "refused"; readonly text: string }
  | { readonly kind: "help"; readonly name: string }
  | { readonly kind: "ask"; readonly title: string; readonly text: string; readonly label: string; run(): Promise<void> };

type Handler = (context: CommandContext, args: string) => Outcome | Promise<Outcome>;

const SHRUG = "¯\\_(ツ)_/¯";
const FOREVER = "9999-12-31T00:00:00.000Z";
const FOREVER_MS = Date.UTC(9999, 11, 31);
const YEAR_MS = 365 * 86_400_000;

const refused = (text: string): Outcome => ({ kind: "refused", text });
const done = (say?: string): Outcome => (say === undefined ? { kind: "done" } : { kind: "done", say });

/** Runs a command; what the server refuses is thrown as an `ApiFailure`. */
export async function runCommand(context: CommandContext, name: CommandName, args: string): Promise<Outcome> {
  const info = context.engine.store.chat(context.chatId)?.info;
  const spec = findCommand(name);
  if (spec?.kinds && info && !spec.kinds.includes(info.type)) return refused(context.t("refused.notInDirect"));
  const needed: Permission | undefined = spec?.writes ? "write" : spec?.permission;
  if (needed && info && !info.permissions.includes(needed)) return refused(context.t("refused.permission"));
  return HANDLERS[name](context, args);
}

const HANDLERS: Record<CommandName, Handler> = {
  help: (_, args) => ({ kind: "help", name: args.replace(/^\//, "").toLowerCase() }),
  shortcuts: () => (runShortcut("shortcuts"), done()),
  me: (_, args) => ({ kind: "send", content: args, messageType: "emote" }),
  shrug: (_, args) => ({ kind: "send", content: args === "" ? SHRUG : `${args} ${SHRUG}` }),
  spoiler: (_, args) => ({ kind: "send", content: `||${args}||` }),
  code: (_, args) => ({ kind: "send", content: fenced(args) }),
  later: async (context, args) => schedule(context, context.chatId, args),
  remind: async (context, args) => {
    const checked = moment(context, args);
    if ("kind" in checked) return checked;
    const { chat } = await context.engine.command({ type: "start_direct", username: context.username });
    return schedule(context, chat.id, args);
  },
  msg: async (context, args) => {
    const named = takeUser(args);
    if (!named) return refused(context.t("refused.user"));
    const { chat } = await context.engine.command({ type: "start_direct", username: named.username });
    if (named.rest !== "") context.engine.send(chat.id, { content: named.rest });
    context.open(chatPath(chat.id));
    return done();
  },
  join: async ({ engine, open, t }, args) => {
    const where = takeRoom(args);
    if (!where) return refused(t("refused.room"));
    const { chat } = await engine.command({ type: "join", ...("room" in where ? { chat_id: where.room } : { invite: where.invite }) });
    open(chatPath(chat.id));
    return done();
  },
  leave: ({ engine, chatId, open, t }) => ({
    kind: "ask",
    title: t("leave.title", { name: engine.store.summary(chatId)?.title ?? chatId }),
    text: t(engine.store.chat(chatId)?.info.type === "room" ? "leave.room" : "leave.closed"),
    label: t("leave.confirm"),
    run: async () => {
      await engine.command({ type: "leave", chat_id: chatId });
      open("/");
    },
  }),
  invite: async ({ engine, chatId, t }, args) => {
    if (args === "") {
      const { invite } = await engine.command({ type: "create_invite", chat_id: chatId });
      return { kind: "done", say: t("done.inviteLink"), copy: `${location.origin}/invite/${invite.code}` };
    }
    const named = takeUser(args);
    if (!named) return refused(t("refused.user"));
    await engine.command({ type: "add_member", chat_id: chatId, username: named.username });
    return done(t("done.invited", { name: named.username }));
  },
  kick: async (context, args) => {
    const member = await findMember(context, args);
    if (!member) return refused(context.t("refused.member"));
    await context.engine.command({ type: "remove_member", chat_id: context.chatId, user_id: member.user_id });
    return done(context.t("done.kicked", { name: member.username }));
  },
  ban: async (context, args) => {
    const user = await findUser(context, args);
    if (!user) return refused(context.t("refused.user"));
    await context.engine.command({ type: "set_role", chat_id: context.chatId, user_id: user.id, role: "blocked" });
    return done(context.t("done.banned", { name: user.username }));
  },
  unban: async (context, args) => {
    const user = await findUser(context, args);
    if (!user) return refused(context.t("refused.user"));
    await context.engine.command({ type: "set_role", chat_id: context.chatId, user_id: user.id, role: "member" });
    return done(context.t("done.unbanned", { name: user.username }));
  },
  topic: async ({ engine, chatId, t }, args) => {
    await engine.command({ type: "update_chat", chat_id: chatId, description: args });
    return done(t(args === "" ? "done.topicCleared" : "done.topic"));
  },
  rename: async ({ engine, chatId, t }, args) => {
    await engine.command({ type: "update_chat", chat_id: chatId, name: args });
    return done(t("done.renamed", { name: args }));
  },
  mute: async ({ engine, chatId, now, t }, args) => {
    const until = args === "" ? null : parseWhen(args, now);
    if (args !== "" && !until) return refused(t("refused.time"));
    await engine.setChatSettings(chatId, { muted_until: until?.at.toISOString() ?? FOREVER });
    return done(until ? t("done.mutedUntil", { time: momentText(until.at) }) : t("done.muted"));
  },
  unmute: async ({ engine, chatId, t }) => {
    await engine.setChatSettings(chatId, { muted_until: null });
    return done(t("done.unmuted"));
  },
  away: ({ engine, t }) => (engine.setPresence("away"), done(t("done.away"))),
  dnd: ({ engine, now, quiet, t }, args) => {
    const until = args === "" ? null : parseWhen(args, now);
    if (args !== "" && !until) return refused(t("refused.time"));
    engine.setPresence("dnd");
    quiet(until?.at.getTime() ?? FOREVER_MS);
    return done(until ? t("done.dndUntil", { time: momentText(until.at) }) : t("done.dnd"));
  },
  online: ({ engine, quiet, t }) => {
    engine.setPresence("online");
    quiet(null);
    return done(t("done.online"));
  },
  status: async ({ api, t }, args) => {
    const { emoji, text } = takeEmoji(args);
    await api.updateProfile({ status_emoji: emoji, status_text: text === "" ? null : text });
    return done(t(args === "" ? "done.statusCleared" : "done.status"));
  },
  settings: ({ open }, args) => (open(/^[a-z]+$/i.test(args) ? `/settings/${args.toLowerCase()}` : "/settings"), done()),
  logout: async ({ engine, signOut, t }) => {
    const waiting = engine.store.outbox().length;
    if (waiting > 0) {
      return { kind: "ask", title: t("common:signOutConfirm.title"), text: t("common:signOutConfirm.text", { count: waiting }), label: t("common:signOut"), run: signOut };
    }
    await signOut();
    return done();
  },
};

function chatPath(chatId: ChatId): string {
  return `/c/${encodeURIComponent(chatId)}`;
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** The moment and the text of `/later` and `/remind`, or why not. */
function moment({ now, t }: CommandContext, args: string): { at: Date; text: string } | Outcome {
  const when = parseWhen(args, now);
  if (!when) return refused(t("refused.time"));
  if (when.rest === "") return refused(t("refused.text"));
  if (when.at.getTime() - now.getTime() > YEAR_MS) return refused(t("refused.tooFar"));
  return { at: when.at, text: when.rest };
}

async function schedule(context: CommandContext, chatId: ChatId, args: string): Promise<Outcome> {
  const found = moment(context, args);
  if ("kind" in found) return found;
  await context.engine.command({ type: "schedule_message", chat_id: chatId, content: found.text, send_at: found.at.toISOString() });
  return done(context.t("done.scheduled", { time: momentText(found.at) }));
}

async function findMember({ engine, chatId }: CommandContext, args: string): Promise<Member | null> {
  const wanted = takeUser(args)?.username.toLowerCase();
  if (!wanted) return null;
  const look = () => [...(engine.store.chat(chatId)?.members.values() ?? [])].find(({ username }) => username.toLowerCase() === wanted) ?? null;
  const known = look();
  if (known) return known;
  await engine.loadMembers(chatId);
  return look();
}

/** A member, or anybody of that name: one may block people who are not here yet. */
async function findUser(context: CommandContext, args: string): Promise<{ id: UserId; username: string } | null> {
  const named = takeUser(args);
  if (!named) return null;
  const member = await findMember(context, args);
  if (member) return { id: member.user_id, username: member.username };
  const { user } = await context.engine.command({ type: "get_user", username: named.username });
  return user;
}
