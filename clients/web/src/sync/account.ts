/** One account while it is signed in: its state, its part of the tabs' one connection, and all that is kept. */
import { uuidV7 } from "@/lib/ids";
import type { Account, Answer, ChatId, Command } from "@wire";
import { Cache, databaseName, forgetOthers } from "./cache";
import { History } from "./history";
import { Inbox, type Listeners } from "./inbox";
import { type Fresh, type Intent, Intents, keyOf } from "./intents";
import { Outbox } from "./outbox";
import { layOver } from "./overlays";
import type { PageEvent } from "./page";
import { emptyState, untouched } from "./reducer";
import { Journal } from "./journal";
import { Saver } from "./saver";
import { Sender } from "./sender";
import { type Link, Socket } from "./socket";
import { Step } from "./step";
import type { Store } from "./store";
import type { Surroundings } from "./surroundings";
import { type Said, Tabs } from "./tabs";
import { Views } from "./views";
import { Visits } from "./visits";

/** Preferences are read again when an event was quicker, so often at most. */
const PREFERENCE_TRIES = 4;

export class AccountRun {
  readonly outbox: Outbox;
  readonly history: History;
  readonly visits: Visits;
  private readonly views: Views;
  private readonly intents: Intents;
  private readonly cache: Cache | null;
  private readonly saver: Saver | null;
  private readonly tabs: Tabs;
  private readonly socket: Socket;
  private readonly sender: Sender;
  private readonly step: Step;
  private readonly inbox: Inbox;
  private link: Link = { state: "connecting", attempt: 0 };
  private stopped = false;

  constructor(
    private readonly store: Store,
    private readonly account: Account | null,
    private readonly around: Surroundings,
    listeners: Listeners,
  ) {
    const { clock, rng, page, warn } = around;
    const me = account?.user.id ?? null;
    const tab = uuidV7(clock, rng);
    store.open({ ...emptyState(me), profile: account?.user ?? null }, null, account?.user.username ?? "guest");
    this.cache = me === null ? null : new Cache(databaseName(me), clock, (why) => this.degraded(why), new Journal(around.storage, databaseName(me)));
    const disk = this.cache ?? new Cache("", clock, () => undefined);
    const command = (what: Command) => this.tabs.command(what);
    this.history = new History({
      chat: (chatId) => store.state.chats.get(chatId),
      fetch: async (chatId, query) => {
        const { messages, cached } = await around.history(chatId, query);
        return { messages, certain: !cached && this.step.inStep };
      },
      changed: (chatId) => this.changed([chatId]),
    });
    this.outbox = new Outbox({
      clock, disk, newId: (at) => uuidV7({ ...clock, now: () => at }, rng),
      changed: (chatId) => {
        store.bump("outbox");
        store.bump(`chat:${chatId}`);
        this.sender.kick();
      },
      publish: (told) => this.tabs.say("gone" in told ? { type: "entryGone", id: told.gone, chatId: told.chatId } : { type: "entry", entry: told.entry }),
      became: (entryId, messageId) => store.became(entryId, messageId),
    });
    this.intents = new Intents({
      clock, rng, disk, now: () => this.inbox.serverNow(), send: command,
      publish: (told) => this.tabs.say("intent" in told ? { type: "intent", intent: told.intent } : { type: "intentDone", key: told.done, at: told.at }),
    });
    this.saver = this.cache && new Saver(this.cache, store, this.history, clock);
    this.socket = new Socket({
      open: around.socket, tokens: around.tokens, clock, rng, online: () => page.online(), link: (link) => this.linked(link),
      frame: (frame) => {
        this.tabs.say({ type: "frame", frame });
        if (!this.stopped) this.inbox.receive(frame);
      },
      malformed: (type) => warn("A frame of the server could not be read and was dropped.", type),
    });
    this.sender = new Sender(this.outbox, (what, clientId) => this.socket.command(what, clientId), clock, rng, (chatId) => this.inbox.settle(chatId));
    this.step = new Step({ clock, rng, warn, state: () => store.state, command, receive: (answer) => this.take(answer), inStep: (epoch) => this.inStep(epoch) });
    this.visits = new Visits({
      store, history: this.history, chat: around.chat, command, take: (answer) => this.take(answer), changed: (chatId) => this.changed([chatId]),
      epoch: () => (this.link.state === "up" ? this.link.epoch : -1),
    });
    this.inbox = new Inbox({
      clock, account, store, listeners, step: this.step, history: this.history, intents: this.intents, outbox: this.outbox, saver: this.saver,
      leading: () => this.tabs.leading, reread: (chatId) => void this.command({ type: "get_chat", chat_id: chatId }).catch(() => undefined),
      restarted: (chatId) => {
        this.visits.restarted(chatId);
        if (this.step.inStep && this.views.chatId === chatId) void this.visits.lookInto(chatId);
      },
      listed: () => this.step.inStep && void this.visits.again(),
    });
    // Guests keep nothing and look at one chat a connection: each of their tabs stands alone.
    const together = me !== null && around.locks !== null;
    this.tabs = new Tabs({
      tab, lock: `vestnik.leader.${me}`, locks: together ? around.locks : null, channel: together ? around.channel(`vestnik.tabs.${me}`) : null, clock,
      visible: () => page.visible(), lead: () => void this.lead(), deposed: () => this.deposed(), heard: (said, from) => this.heard(said, from), run: (what) => this.socket.command(what),
    });
    this.views = new Views({
      tab, clock, page, say: (view) => this.tabs.say({ type: "view", view }), send: (what) => this.socket.command(what),
      epoch: () => (this.tabs.leading && this.step.inStep && this.link.state === "up" ? this.link.epoch : null),
      entered: (chatId, epoch) => this.entered(chatId, epoch),
    });
  }

  /** Opens what was kept; then it can be shown. */
  async open(): Promise<void> {
    await this.cache?.open();
    if (this.cache && this.saver) this.saver.restore(await this.cache.load());
    await this.outbox.load();
    const touched = untouched();
    for (const intent of await this.intents.load()) layOver(this.store.state, intent, touched);
    if (this.stopped) return;
    for (const entry of this.outbox.all()) if (entry.sent && entry.action.type === "message") this.store.became(entry.id, entry.sent.messageId);
    this.store.state.profile ??= this.account?.user ?? null;
    this.store.opened(this.outbox);
    if (!this.cache || this.cache.persistent) this.store.setStorage("ok");
    this.showLink();
    // Where IndexedDB is blocked there is nothing of others either.
    if (this.account) void forgetOthers(databaseName(this.account.user.id), this.around.clock).catch(() => undefined);
  }

  /** Joins the other tabs and connects. */
  connect(): void {
    if (this.stopped) return;
    this.tabs.start();
    this.views.say();
  }

  /** Ends; what was kept is removed when `forget` says so. */
  async stop(forget: boolean): Promise<void> {
    this.stopped = true;
    this.step.connected(null);
    this.sender.stop();
    this.intents.stop();
    this.socket.stop();
    this.views.stop();
    this.store.busy(false);
    if (!forget && this.tabs.leading) await this.saver?.flush();
    this.saver?.stop();
    await this.outbox.written();
    this.tabs.stop();
    if (forget) await this.cache?.destroy();
    else this.cache?.close();
  }

  reconnect(): void {
    if (this.tabs.leading) this.socket.reconnect();
    else this.tabs.say({ type: "reconnect" });
  }

  pageChanged(event: PageEvent): void {
    if (event === "online") return this.reconnect();
    if (event === "offline") return this.tabs.leading ? this.socket.offline() : undefined;
    if (event === "hide") void this.saver?.flush();
    else if (this.around.page.visible()) {
      if (this.tabs.leading) this.socket.wake();
      else this.tabs.probe();
    }
    this.views.show({});
  }

  /** Drops what is kept of chats; what waits to be sent stays. Nothing more is kept until the page is loaded again. */
  async forgetChats(): Promise<void> {
    this.saver?.stop();
    await this.cache?.forgetChats();
  }

  /** Runs a command; an answer that carries a chat of one's own becomes part of the state. */
  async command(command: Command): Promise<Answer> {
    const answer = await this.tabs.command(command);
    if (answer.type === "chat" && (answer.chat.role != null || this.store.state.chats.has(answer.chat.id))) this.take(answer);
    return answer;
  }

  /** Tells the store, the cache and the outbox that chats changed here. */
  changed(chats: Iterable<ChatId>): void {
    const touched = untouched();
    for (const chatId of chats) touched.chats.add(chatId);
    this.inbox.afterwards(touched);
  }

  /** Lays a wish over the state and lets the server know of it later. */
  wish(fresh: Fresh): void {
    this.intents.put(fresh);
    const intent = this.intents.get(keyOf(fresh));
    if (intent) this.lay(intent);
  }

  /** Tells the server now how far a chat was read, if it does not know. */
  tellRead(chatId: ChatId): Promise<void> {
    return this.intents.tellNow(keyOf({ kind: "read", chatId, seq: 0 }));
  }

  /** Tells the server now what it would hear in a moment; resolves when it knows, or cannot be told. */
  async handOver(): Promise<void> {
    await Promise.allSettled([...this.intents.all()].map((intent) => this.intents.tellNow(keyOf(intent))));
  }

  show(change: Parameters<Views["show"]>[0]): void {
    this.views.show(change);
    if (change.chatId == null) return;
    this.saver?.used(change.chatId);
    if (this.step.inStep) void this.visits.lookInto(change.chatId);
  }

  private take(answer: Answer): void {
    if (!this.stopped) this.inbox.receive({ kind: "answer", answer });
  }

  private lay(intent: Intent): void {
    const touched = untouched();
    layOver(this.store.state, intent, touched);
    this.inbox.afterwards(touched, intent.kind === "preference");
  }

  private degraded(why: unknown): void {
    this.around.warn("The browser's storage cannot be used; nothing is kept.", why);
    if (!this.stopped) this.store.setStorage("memory");
  }

  /** This tab leads now. Another may have led before: what it has kept since counts. */
  private async lead(): Promise<void> {
    await this.outbox.load();
    if (this.stopped) return;
    for (const entry of this.outbox.all()) if (entry.sent) this.inbox.settle(entry.chatId);
    this.saver?.start();
    this.socket.start();
  }

  /** This tab slept and another leads: it listens like the others. */
  private deposed(): void {
    this.socket.stop();
    this.saver?.stop();
    this.linked({ state: "connecting", attempt: 0 });
    this.tabs.probe();
  }

  private heard(said: Said, from: string): void {
    const { tabs } = this;
    switch (said.type) {
      case "hello":
        if (tabs.leading) tabs.say({ type: "link", link: this.link });
        return this.views.say();
      case "link":
        return tabs.leading ? undefined : this.linked(said.link);
      case "frame":
        return tabs.leading ? undefined : this.inbox.receive(said.frame);
      case "entry":
        this.outbox.heard({ entry: said.entry });
        return this.inbox.settle(said.entry.chatId);
      case "entryGone":
        return this.outbox.heard({ gone: said.id });
      case "intent":
        return this.intents.heard({ intent: said.intent }) ? this.lay(said.intent) : undefined;
      case "intentDone":
        return void this.intents.heard({ done: said.key, at: said.at });
      case "view":
        return this.views.heard(from, said.view);
      case "leaving":
        return this.views.heard(from, null);
      case "reconnect":
        if (tabs.leading) this.socket.reconnect();
    }
  }

  /** The connection, one's own or the leading tab's, stands otherwise now. */
  private linked(link: Link): void {
    if (this.stopped) return;
    const before = this.link;
    this.link = link;
    if (this.tabs.leading) this.tabs.say({ type: "link", link });
    else if (link.state === "up" && before.state === "up" && before.epoch === link.epoch) return;
    this.sender.stop();
    this.intents.stop();
    this.store.busy(link.state === "up");
    this.step.connected(link.state === "up" ? link.epoch : null);
    this.showLink();
  }

  private showLink(): void {
    const { link } = this;
    if (link.state !== "up") this.store.setConnection(link);
    else this.store.setConnection({ state: this.step.inStep ? "online" : "syncing" });
  }

  private inStep(epoch: number): void {
    this.store.forgetPassing();
    this.store.busy(false);
    this.showLink();
    if (this.tabs.leading) {
      this.socket.settled();
      // What came with the sync is kept at once: the page may be closed in a moment.
      void this.saver?.flush();
      this.sender.start();
      this.intents.start();
    }
    this.inbox.inStep();
    void this.views.tell();
    void this.catchUp(epoch);
  }

  /** What needs no hurry after getting in step. */
  private async catchUp(epoch: number): Promise<void> {
    const live = () => this.step.isLive(epoch);
    if (this.views.chatId !== null) await this.visits.lookInto(this.views.chatId);
    await this.history.revalidate();
    if (live()) await this.visits.again();
    if (this.store.state.me === null || !live()) return;
    await this.tabs.command({ type: "list_scheduled" }).then((answer) => this.take(answer), () => undefined);
    for (let tries = 0; tries < PREFERENCE_TRIES && live(); tries++) {
      const answer = await this.tabs.command({ type: "list_preferences" }).catch(() => null);
      if (answer) this.take(answer);
      if (answer?.type !== "preferences" || answer.account_rev >= this.store.state.accountRev) return;
    }
  }

  /** The server knows the chat in view. Of one that the caller is no member of, events come only from now on. */
  private async entered(chatId: ChatId, epoch: number): Promise<void> {
    const chat = this.store.state.chats.get(chatId);
    if (chat && chat.info.role === null && this.step.isLive(epoch)) await this.step.sync([[chatId, chat.rev]], false);
  }
}
