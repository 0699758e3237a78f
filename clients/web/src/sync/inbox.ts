/** Takes what the server says into the state, and tells everyone whom it concerns. Told the same twice, nothing changes. */
import type { Clock } from "@/lib/clock";
import type { Account, ChatEvent, ChatId } from "@wire";
import type { History } from "./history";
import type { Intents } from "./intents";
import type { Outbox } from "./outbox";
import { layOverAgain } from "./overlays";
import { apply, type Touched, untouched } from "./reducer";
import type { Saver } from "./saver";
import type { Step } from "./step";
import type { Store } from "./store";
import type { Incoming } from "./types";
import type { Received } from "./wire";

/** Who hears of events. */
export interface Listeners {
  readonly incoming: Set<(incoming: Incoming) => void>;
  readonly event: Set<(event: ChatEvent) => void>;
}

export interface InboxOptions {
  readonly clock: Clock;
  readonly account: Account | null;
  readonly store: Store;
  readonly step: Step;
  readonly history: History;
  readonly intents: Intents;
  readonly outbox: Outbox;
  readonly saver: Saver | null;
  readonly listeners: Listeners;
  readonly leading: () => boolean;
  /** One's own role changed: what one may do is to be read again. */
  readonly reread: (chatId: ChatId) => void;
  /** A chat starts anew. */
  readonly restarted: (chatId: ChatId) => void;
  /** The list of one's chats was taken; chats looked into are not on it. */
  readonly listed: () => void;
}

/** Events older than this are no news when they come at last. */
const NEWS_MS = 2 * 60_000;
/** Delivery is told in direct chats and small groups. */
const DELIVERY_MEMBERS = 50;

export class Inbox {
  private readonly delivered = new Map<ChatId, number>();
  /** Whether this tab has been in step before: only then is what comes news. */
  private news = false;
  /** How far the server's clock is ahead of this one. */
  private ahead = 0;

  constructor(private readonly options: InboxOptions) {}

  serverNow(): number {
    return this.options.clock.now() + this.ahead;
  }

  /** In step: from now on what comes is news, and what has come is delivered. */
  inStep(): void {
    this.news = true;
    if (this.options.leading()) this.tellDelivered(this.options.store.state.chats.keys());
  }

  receive(frame: Received): void {
    if (this.isStale(frame)) return;
    const { store, step, intents } = this.options;
    const touched = untouched();
    const applied = apply(store.state, frame, touched);
    if (applied === "gap") return step.gap(frame.kind === "chat" ? frame.event.chat_id : frame.kind === "skip" ? frame.chatId : null);
    if (applied === "duplicate" || applied === "unknown") return;
    if (frame.kind === "chat") this.options.history.note(frame.event);
    if (frame.kind === "passing") this.pass(frame.event);
    if (frame.kind === "account") this.besideAccount(frame.event);
    if (frame.kind === "answer") this.besideAnswer(frame.answer, touched);
    if (intents.size) layOverAgain(store.state, intents, touched);
    this.afterwards(touched, frame.kind !== "chat" && frame.kind !== "passing");
    if (frame.kind === "chat") this.tellOf(frame.event);
  }

  /** Tells the store, the cache and the outbox of what changed. */
  afterwards(touched: Touched, meta = false): void {
    const { store, saver, outbox } = this.options;
    store.touched(touched);
    if (touched.chats.size || meta) saver?.mark(touched.chats);
    for (const chatId of touched.chats) if (outbox.of(chatId).length) this.settle(chatId);
  }

  /** Removes from the outbox what is part of the state by now. */
  settle(chatId: ChatId): void {
    const { store, outbox, leading } = this.options;
    outbox.settle(chatId, store.state.chats.get(chatId)?.rev ?? null, leading());
  }

  /** Whether a fresh start says nothing new. One that was asked for counts in any case: the server may have been set back. */
  private isStale(frame: Received): boolean {
    if (frame.kind !== "answer" || this.options.step.syncing) return false;
    const { answer } = frame;
    const { state } = this.options.store;
    if (answer.type === "reset") return answer.rev <= (state.chats.get(answer.chat_id)?.rev ?? -1);
    return answer.type === "account_reset" && answer.account_rev <= state.accountRev;
  }

  private besideAccount(event: Extract<Received, { kind: "account" }>["event"]): void {
    if (event.type === "chat_joined") this.options.store.hint(event.chat);
    if (event.type === "chat_left") this.options.outbox.leave(event.chat_id);
  }

  /** What answers bring that is not part of the folded state. */
  private besideAnswer(answer: Extract<Received, { kind: "answer" }>["answer"], touched: Touched): void {
    const { store, history, outbox, clock } = this.options;
    switch (answer.type) {
      case "pong":
        this.ahead = (Date.parse(answer.timestamp) || clock.now()) - clock.now();
        return;
      case "chats":
      case "account_reset":
        answer.chats.forEach((chat) => store.hint(chat));
        return this.options.listed();
      case "chat":
        return store.hint(answer.chat);
      case "reset":
        history.forget(answer.chat_id);
        store.hint(answer.chat);
        return this.options.restarted(answer.chat_id);
      case "sync_done":
        for (const chatId of answer.gone ?? []) outbox.leave(chatId);
        return;
      case "scheduled_list":
        store.state.scheduled = new Map(answer.scheduled.map((one) => [one.id, one]));
        touched.scheduled = true;
    }
  }

  private pass(event: Extract<Received, { kind: "passing" }>["event"]): void {
    const { store } = this.options;
    switch (event.type) {
      case "typing":
        if (event.user_id !== store.state.me) store.showTyping(event.chat_id, { userId: event.user_id, username: event.username }, event.active);
        return;
      case "presence":
        return store.showPresence({ user_id: event.user_id, status: event.status, last_seen: event.last_seen ?? null });
      case "presence_state":
        return store.showPresenceState(event.chat_id, event.users, event.guests);
    }
  }

  /** Tells those who wait for events. */
  private tellOf(event: ChatEvent): void {
    const { store, step, listeners, leading } = this.options;
    const { me } = store.state;
    for (const listener of [...listeners.event]) listener(event);
    if (event.type === "member_changed" && event.member.user_id === me && event.change !== "left" && event.change !== "removed") {
      // Only the server's table knows what a role may do.
      this.options.reread(event.chat_id);
    }
    if (event.type !== "new_message") return;
    const { message } = event;
    store.showTyping(event.chat_id, { userId: message.sender_id, username: message.sender_username }, false);
    if (message.sender_id === me) return;
    if (leading() && step.inStep) this.tellDelivered([event.chat_id]);
    const known = store.state.chats.get(event.chat_id);
    const isNews = this.news && !message.deleted && this.serverNow() - Date.parse(message.timestamp) < NEWS_MS;
    if (!known || known.info.role === null || me === null || !isNews || message.seq <= known.info.readSeq) return;
    const incoming: Incoming = { chat: store.summary(event.chat_id)!, message, mentionsMe: message.mentions.includes(me) || message.mention_all != null };
    for (const listener of [...listeners.incoming]) listener(incoming);
  }

  /** Tells that messages have arrived, where the others see that. */
  private tellDelivered(chats: Iterable<ChatId>): void {
    const { store, intents } = this.options;
    for (const chatId of chats) {
      const chat = store.state.chats.get(chatId);
      if (!chat || chat.info.role === null || store.state.me === null) continue;
      const seen = chat.info.type === "direct" || (chat.info.type === "group" && chat.memberCount <= DELIVERY_MEMBERS);
      if (!seen || chat.lastSeq <= Math.max(chat.info.readSeq, this.delivered.get(chatId) ?? 0)) continue;
      this.delivered.set(chatId, chat.lastSeq);
      intents.put({ kind: "delivered", chatId, seq: chat.lastSeq });
    }
  }
}
