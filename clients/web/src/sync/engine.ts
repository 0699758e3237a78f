/** The engine's face: one for the life of the page, whoever is signed in. */
import { ApiFailure, unreachable } from "@/lib/errors";
import { LIMITS, type Account, type AnswerTo, type Chat, type ChatEvent, type ChatId, type Command, type CommandName, type Message } from "@wire";
import { AccountRun } from "./account";
import { sameDraft } from "./overlays";
import { emptyState } from "./reducer";
import { Store } from "./store";
import type { Surroundings } from "./surroundings";
import type { Engine, Incoming, OutboxEntry, SyncStore } from "./types";

/** Who is signed in, and when that changes. */
export interface Identities {
  identity(): { readonly kind: "user" | "guest" | "none"; readonly account: Account | null };
  reason(): "never" | "expired" | "logout";
  subscribe(listener: () => void): () => void;
}

/** Writing is told this often at most. */
const TYPING_MS = 3000;
const MEMBERS_MOST = 1000;

export class SyncEngine implements Engine {
  readonly store: SyncStore;
  private readonly own: Store;
  private run: AccountRun | null = null;
  private who: string | null = null;
  private started = false;
  private changing: Promise<void> = Promise.resolve();
  private readonly stops: (() => void)[] = [];
  private readonly listeners = { incoming: new Set<(incoming: Incoming) => void>(), event: new Set<(event: ChatEvent) => void>() };
  private readonly typed = new Map<ChatId, number>();
  private view: { chatId: ChatId | null; status: "online" | "away" | "dnd" | "offline" | null } = { chatId: null, status: null };

  constructor(
    private readonly around: Surroundings,
    private readonly session: Identities,
  ) {
    this.own = new Store(around.clock);
    this.store = this.own;
    if (session.identity().kind !== "none") this.own.setConnection({ state: "connecting", attempt: 0 });
  }

  async start(): Promise<void> {
    if (!this.started) {
      this.started = true;
      this.stops.push(this.session.subscribe(() => void this.follow()), this.around.page.listen((event) => this.run?.pageChanged(event)));
    }
    await this.follow();
  }

  async stop(): Promise<void> {
    this.started = false;
    for (const stop of this.stops.splice(0)) stop();
    await this.changing;
    await this.run?.stop(false);
    this.run = null;
    this.who = null;
  }

  reconnect(): void {
    this.run?.reconnect();
  }

  async command<C extends CommandName>(command: Extract<Command, { type: C }>): Promise<AnswerTo<C>> {
    if (!this.run) throw new ApiFailure({ code: "unauthorized", message: "Sign in first." });
    return (await this.run.command(command as Command)) as AnswerTo<C>;
  }

  send(chatId: ChatId, message: { content: string; messageType?: Message["message_type"]; replyTo?: string | null }): OutboxEntry {
    const { content, messageType = "text", replyTo = null } = message;
    this.typed.delete(chatId);
    return this.open().outbox.add(chatId, { type: "message", content, messageType, replyTo }, this.lastSeq(chatId));
  }

  edit(chatId: ChatId, message: Message, content: string): void {
    this.open().outbox.edit(chatId, message, content, this.lastSeq(chatId));
  }

  remove(chatId: ChatId, message: Message): void {
    this.open().outbox.remove(chatId, message, this.lastSeq(chatId));
  }

  react(chatId: ChatId, message: Message, emoji: string, on: boolean): void {
    this.open().outbox.react(chatId, message, emoji, on, this.lastSeq(chatId));
  }

  retry(entryId: string): void {
    this.run?.outbox.retry(entryId);
  }

  discard(entryId: string): void {
    this.run?.outbox.discard(entryId);
  }

  markRead(chatId: ChatId, seq: number): void {
    const chat = this.own.state.chats.get(chatId);
    if (!chat || chat.info.role === null || !this.run) return;
    const upTo = Math.min(seq, chat.lastSeq);
    if (upTo > chat.info.readSeq || chat.info.settings.marked_unread) this.run.wish({ kind: "read", chatId, seq: upTo });
  }

  setDraft(chatId: ChatId, content: string, replyTo: string | null): void {
    const chat = this.own.state.chats.get(chatId);
    if (!chat || chat.info.role === null || !this.run || sameDraft(chat.info.draft, { content, replyTo })) return;
    this.run.wish({ kind: "draft", chatId, content, replyTo });
  }

  async setChatSettings(chatId: ChatId, change: Parameters<Engine["setChatSettings"]>[1]): Promise<void> {
    // Reading takes the mark away: what was read before must not come after it.
    if (change.marked_unread) await this.run?.tellRead(chatId);
    await this.command({ type: "set_chat_settings", chat_id: chatId, ...change });
  }

  setPreference(name: string, value: unknown): void {
    const text = value === null || value === undefined ? null : JSON.stringify(value);
    if ((this.own.state.preferences.get(name) ?? null) !== text) this.run?.wish({ kind: "preference", name, value: text });
  }

  typing(chatId: ChatId, active: boolean): void {
    const now = this.around.clock.now();
    const last = this.typed.get(chatId);
    if (active ? last !== undefined && now - last < TYPING_MS : last === undefined) return;
    if (active) this.typed.set(chatId, now);
    else this.typed.delete(chatId);
    this.run?.command({ type: "typing", chat_id: chatId, active }).catch(() => undefined);
  }

  setActiveChat(chatId: ChatId | null): void {
    this.view = { ...this.view, chatId };
    this.run?.show({ chatId });
  }

  setPresence(status: "online" | "away" | "dnd" | "offline"): void {
    this.view = { ...this.view, status };
    this.run?.show({ status });
    // The server tells the others only.
    const { me } = this.own.state;
    if (me !== null) this.own.showPresence({ user_id: me, status });
  }

  loadOlder = async (chatId: ChatId, seq: number): Promise<void> => this.run?.history.loadOlder(chatId, seq);
  loadNewer = async (chatId: ChatId, seq: number): Promise<void> => this.run?.history.loadNewer(chatId, seq);
  loadAround = async (chatId: ChatId, seq: number): Promise<void> => this.run?.history.loadAround(chatId, seq);

  async loadMembers(chatId: ChatId): Promise<void> {
    const chat = this.own.state.chats.get(chatId);
    const most = (chat?.memberCount ?? 0) > LIMITS.PAGE_MAX ? MEMBERS_MOST : LIMITS.PAGE_MAX;
    await this.run?.visits.loadMembers(chatId, most);
  }

  async openChat(chatId: ChatId): Promise<Chat> {
    if (!this.run) throw unreachable();
    return this.run.visits.visit(chatId);
  }

  trim(chatId: ChatId, seq: number): void {
    if (this.run?.history.trim(chatId, seq)) this.run.changed([chatId]);
  }

  async handOver(): Promise<void> {
    await this.run?.handOver();
  }

  async forgetCache(): Promise<void> {
    await this.run?.forgetChats();
  }

  onIncoming(listener: (incoming: Incoming) => void): () => void {
    this.listeners.incoming.add(listener);
    return () => this.listeners.incoming.delete(listener);
  }

  onEvent(listener: (event: ChatEvent) => void): () => void {
    this.listeners.event.add(listener);
    return () => this.listeners.event.delete(listener);
  }

  /** Follows who is signed in. Resolves when what was kept of them is shown. */
  private follow(): Promise<void> {
    const { kind, account } = this.session.identity();
    const who = kind === "user" ? `user ${account?.user.id}` : kind;
    if (who === this.who) return this.changing;
    this.who = who;
    this.changing = this.changing.then(() => this.change(kind, account, who));
    return this.changing;
  }

  private async change(kind: "user" | "guest" | "none", account: Account | null, who: string): Promise<void> {
    const before = this.run;
    this.run = null;
    await before?.stop(kind === "none" && this.session.reason() === "logout");
    if (this.who !== who || !this.started) return;
    this.typed.clear();
    if (kind === "none") {
      this.own.open(emptyState(null), null, "");
      this.own.setConnection({ state: "signed_out", reason: this.session.reason() });
      return;
    }
    const run = new AccountRun(this.own, kind === "user" ? account : null, this.around, this.listeners);
    this.run = run;
    await run.open();
    run.show(this.view);
    run.connect();
  }

  private open(): AccountRun {
    if (!this.run) throw new ApiFailure({ code: "unauthorized", message: "Sign in first." });
    return this.run;
  }

  private lastSeq(chatId: ChatId): number {
    return this.own.state.chats.get(chatId)?.lastSeq ?? 0;
  }
}
