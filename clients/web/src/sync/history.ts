/** Loads pages of messages into the state, without holes and without undoing what events have told meanwhile. */
import type { ChatEvent, ChatId, History as Query, Message } from "@wire";
import { addMessages, changed } from "./chatlog";
import { runAround } from "./segments";
import type { ChatState } from "./types";

/** A page as it was got; `certain` is false when it may be from an earlier time, as from the service worker's cache. */
export interface Page {
  readonly messages: readonly Message[];
  readonly certain: boolean;
}

export interface HistoryOptions {
  readonly chat: (chatId: ChatId) => ChatState | undefined;
  readonly fetch: (chatId: ChatId, query: Omit<Query, "chat_id">) => Promise<Page>;
  readonly changed: (chatId: ChatId) => void;
}

const PAGE = 60;
const AROUND = 80;
/** Neighbours on each side with which a place counts as loaded. */
const NEIGHBOURS = 15;
/** Messages kept around a place and at the end, on each side; and how many more there must be before any go. */
const KEEP = 300;
const SLACK = 400;

export class History {
  private readonly flights = new Map<string, Promise<void>>();
  /** Events that came while a page of their chat was on its way: the page may not know of them. */
  private readonly meanwhile = new Map<ChatId, Set<ChatEvent[]>>();
  /** Messages that may be out of date. */
  private readonly doubtful = new Map<ChatId, Set<number>>();

  constructor(private readonly options: HistoryOptions) {}

  uncertain(chatId: ChatId): ReadonlySet<number> | undefined {
    return this.doubtful.get(chatId);
  }

  /** An event was applied. */
  note(event: ChatEvent): void {
    for (const events of this.meanwhile.get(event.chat_id) ?? []) events.push(event);
  }

  /** The chat starts anew, or is gone. */
  forget(chatId: ChatId): void {
    this.doubtful.delete(chatId);
  }

  loadOlder(chatId: ChatId, seq: number): Promise<void> {
    const run = this.run(chatId, seq);
    if (!run) return this.loadAround(chatId, seq);
    return run.first <= 1 ? Promise.resolve() : this.load(chatId, { before: run.first, limit: PAGE });
  }

  loadNewer(chatId: ChatId, seq: number): Promise<void> {
    const chat = this.options.chat(chatId);
    const run = this.run(chatId, seq);
    if (!chat || !run) return this.loadAround(chatId, seq);
    return run.last >= chat.lastSeq ? Promise.resolve() : this.load(chatId, { after: run.last, limit: PAGE });
  }

  loadAround(chatId: ChatId, seq: number): Promise<void> {
    const chat = this.options.chat(chatId);
    if (!chat || chat.lastSeq === 0) return Promise.resolve();
    const at = Math.min(Math.max(1, seq), chat.lastSeq);
    const run = runAround(chat, at);
    const older = run && (run.first === 1 || at - run.first >= NEIGHBOURS);
    const newer = run && (run.last >= chat.lastSeq || run.last - at >= NEIGHBOURS);
    if (older && newer) return Promise.resolve();
    return this.load(chatId, at >= chat.lastSeq ? { limit: PAGE } : { around: at, limit: AROUND });
  }

  /** Forgets what is far from `seq` and from the end. Returns whether anything went. */
  trim(chatId: ChatId, seq: number): boolean {
    const chat = this.options.chat(chatId);
    if (!chat || chat.messages.size <= 4 * KEEP + SLACK) return false;
    const near = (at: number) => at > chat.lastSeq - 2 * KEEP || Math.abs(at - seq) <= KEEP;
    const far = [...chat.messages.keys()].filter((at) => !near(at));
    for (const at of far) chat.messages.delete(at);
    const doubtful = this.doubtful.get(chatId);
    for (const at of far) doubtful?.delete(at);
    return far.length > 0;
  }

  /** Reads afresh what may be out of date; called when there is a connection again. */
  async revalidate(): Promise<void> {
    for (const [chatId, seqs] of [...this.doubtful]) {
      for (const first of starts(seqs)) await this.load(chatId, { after: first - 1, limit: AROUND * 2 }, true).catch(() => undefined);
    }
  }

  private run(chatId: ChatId, seq: number): { first: number; last: number } | null {
    const chat = this.options.chat(chatId);
    return chat ? runAround(chat, Math.min(seq, chat.lastSeq)) : null;
  }

  /** Loads a page; asked for twice at once, it is loaded once. */
  private load(chatId: ChatId, query: Omit<Query, "chat_id">, replace = false): Promise<void> {
    const key = `${chatId} ${JSON.stringify(query)} ${replace}`;
    const flight = this.flights.get(key) ?? this.fly(chatId, query, replace).finally(() => this.flights.delete(key));
    this.flights.set(key, flight);
    return flight;
  }

  private async fly(chatId: ChatId, query: Omit<Query, "chat_id">, replace: boolean): Promise<void> {
    const events: ChatEvent[] = [];
    const recorders = this.meanwhile.get(chatId) ?? new Set();
    this.meanwhile.set(chatId, recorders.add(events));
    try {
      const before = this.options.chat(chatId);
      const page = await this.options.fetch(chatId, query);
      const chat = this.options.chat(chatId);
      // A chat that was reset meanwhile has another log: events between may be missing here.
      if (!chat || chat !== before) return;
      const messages = page.messages.map((message) => events.reduce((now, event) => ("seq" in event && event.seq === now.seq ? changed(now, event) : now), message));
      this.take(chatId, chat, messages, page.certain, replace);
      this.options.changed(chatId);
    } finally {
      recorders.delete(events);
      if (!recorders.size) this.meanwhile.delete(chatId);
    }
  }

  private take(chatId: ChatId, chat: ChatState, messages: readonly Message[], certain: boolean, replace: boolean): void {
    const doubtful = this.doubtful.get(chatId) ?? new Set<number>();
    for (const message of messages) {
      const known = chat.messages.has(message.seq);
      if (!certain && !known) doubtful.add(message.seq);
      if (certain && doubtful.delete(message.seq) && replace) chat.messages.set(message.seq, message);
    }
    if (doubtful.size) this.doubtful.set(chatId, doubtful);
    else this.doubtful.delete(chatId);
    addMessages(chat, messages);
  }
}

/** Where pages have to begin to cover all of these. */
function starts(seqs: ReadonlySet<number>): number[] {
  const sorted = [...seqs].sort((a, b) => a - b);
  const begins: number[] = [];
  for (const seq of sorted) if (!begins.length || seq >= begins.at(-1)! + AROUND * 2) begins.push(seq);
  return begins;
}
