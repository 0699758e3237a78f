/**
 * What the user did and the server has not confirmed. Every tab has a mirror of it; the disk is the arbiter between
 * them; the leading tab sends. An entry is on disk before anything of it is sent.
 */
import type { Clock } from "@/lib/clock";
import type { ApiFailure } from "@/lib/errors";
import { LIMITS, type ApiError, type ChatId, type Message, type MessageId } from "@wire";
import { type Action, type Change, type Entry, isAbout, isChange } from "./entries";

/** Where entries are kept. `update` is atomic between tabs; null from `change` removes. */
export interface OutboxDisk {
  all(): Promise<Entry[]>;
  put(entry: Entry): Promise<void>;
  /** An entry that another tab has kept: known from here on, should the disk fail. */
  remember(entry: Entry): void;
  /** What is kept now; undefined when there was no such entry, or is none any more. */
  update(id: string, change: (entry: Entry) => Entry | null): Promise<Entry | undefined>;
}

export interface OutboxOptions {
  readonly clock: Clock;
  readonly disk: OutboxDisk;
  /** A new id that sorts after all before it. */
  readonly newId: (at: number) => string;
  readonly changed: (chatId: ChatId) => void;
  /** Tells the other tabs: an entry as it is now, or that it is gone. */
  readonly publish: (change: { entry: Entry } | { gone: string; chatId: ChatId }) => void;
  /** A message of the outbox has become this one. */
  readonly became: (entryId: string, messageId: MessageId) => void;
}

/** Old names remembered: menus and pickers are not open longer than this many sends. */
const NAMES_KEPT = 100;

export class Outbox {
  private entries: readonly Entry[] = [];
  private readonly named = new Map<string, MessageId>();
  private byChat = new Map<ChatId, readonly Entry[]>();
  private readonly writing = new Map<string, Promise<unknown>>();
  private last = 0;

  constructor(private readonly options: OutboxOptions) {}

  /** Takes what is on disk; what was under way when the client ended waits again. */
  async load(): Promise<void> {
    const kept = await this.options.disk.all();
    for (const entry of kept) this.set(entry.state === "sending" ? { ...entry, state: "waiting" } : entry);
    this.last = Math.max(this.last, ...kept.map((entry) => entry.createdAt));
  }

  all(): readonly Entry[] {
    return this.entries;
  }

  of(chatId: ChatId): readonly Entry[] {
    return this.byChat.get(chatId) ?? NOTHING;
  }

  get(id: string): Entry | undefined {
    return this.entries.find((entry) => entry.id === id);
  }

  /** Resolves when everything so far is on disk. */
  async written(id?: string): Promise<void> {
    await (id === undefined ? Promise.allSettled([...this.writing.values()]) : this.writing.get(id));
  }

  add(chatId: ChatId, action: Action, baseSeq: number): Entry {
    this.last = Math.max(this.options.clock.now(), this.last + 1);
    const entry: Entry = {
      id: this.options.newId(this.last), chatId, createdAt: this.last, state: "waiting", error: null, action, tried: false, sent: null, baseSeq,
    };
    this.set(entry);
    this.write(entry.id, async () => {
      await this.options.disk.put(entry);
      this.options.publish({ entry });
    });
    return entry;
  }

  /** Changes the text of a message, stored or still here. */
  edit(chatId: ChatId, message: Message, content: string, baseSeq: number): void {
    const own = this.get(message.id);
    const earlier = this.about(chatId, message.id).findLast((entry) => entry.action.type === "edit_message" && !entry.tried);
    const changeable = own && !own.tried ? own : earlier;
    const again = () => void this.add(chatId, { type: "edit_message", messageId: this.realId(message.id), seq: message.seq, content }, baseSeq);
    if (!changeable) return again();
    this.change(changeable.id, (entry) => (entry.tried ? entry : amended(entry, content)), (now) => now?.tried && again());
  }

  /** Deletes a message, stored or still here. */
  remove(chatId: ChatId, message: Message, baseSeq: number): void {
    for (const entry of this.about(chatId, message.id)) if (!entry.tried || entry.state === "failed") this.drop(entry.id);
    const remove = () => void this.add(chatId, { type: "delete_message", messageId: this.realId(message.id), seq: message.seq }, baseSeq);
    const own = this.get(message.id);
    if (!own) return remove();
    if (own.tried && own.state !== "failed") return remove();
    this.change(own.id, (entry) => (entry.tried && entry.state !== "failed" ? entry : null), (now) => now && remove());
  }

  /** Reacts or takes it back; what is toggled back before it was sent was never there. */
  react(chatId: ChatId, message: Message, emoji: string, on: boolean, baseSeq: number): void {
    const last = this.about(chatId, message.id).findLast(({ action }) => action.type === "react" && action.emoji === emoji);
    if (last?.action.type === "react" && last.state !== "failed") {
      if (last.action.on === on) return;
      const again = () => void this.add(chatId, { type: "react", messageId: this.realId(message.id), seq: message.seq, emoji, on }, baseSeq);
      if (last.tried) return again();
      return this.change(last.id, (entry) => (entry.tried ? entry : null), (now) => now && again());
    }
    this.add(chatId, { type: "react", messageId: this.realId(message.id), seq: message.seq, emoji, on }, baseSeq);
  }

  /** Lets a refused entry be tried again in its old place. One so old that the server may have forgotten its id gets a new one. */
  retry(id: string): void {
    const entry = this.get(id);
    if (entry?.state !== "failed") return;
    if (entry.tried && this.expired(entry)) {
      this.drop(id);
      this.add(entry.chatId, entry.action, entry.baseSeq);
    } else {
      this.change(id, (kept) => ({ ...kept, state: "waiting", error: null }));
    }
  }

  /** Gives an entry up, and what was to be done to its message. */
  discard(id: string): void {
    const entry = this.get(id);
    if (!entry) return;
    for (const other of this.about(entry.chatId, id)) this.drop(other.id);
    this.drop(id);
  }

  /** Drops everything of a chat one is no longer in. */
  leave(chatId: ChatId): void {
    for (const entry of this.of(chatId)) this.drop(entry.id);
  }

  /** What the leading tab should send next in a chat: nothing overtakes, but what was refused stands aside. */
  next(chatId: ChatId): Entry | undefined {
    return this.of(chatId).find((entry) => entry.state !== "failed" && !entry.sent && !(isChange(entry.action) && this.get(entry.action.messageId)));
  }

  waitingChats(): ChatId[] {
    return [...this.byChat.keys()].filter((chatId) => this.next(chatId));
  }

  expired(entry: Entry): boolean {
    return this.options.clock.now() - entry.createdAt > LIMITS.CLIENT_ID_SECS * 1000;
  }

  /** Fixes an entry's content and says that it may have reached the server. What is returned is what to send. */
  async begin(id: string): Promise<Entry | undefined> {
    await this.written(id);
    const kept = await this.options.disk.update(id, (entry) => ({ ...entry, tried: true, state: "sending" }));
    if (kept) this.set(kept, true);
    else this.unset(id, true);
    return kept;
  }

  /** It did not come to an answer: it waits, and will be sent again by the same id. */
  wait(id: string): void {
    const entry = this.get(id);
    if (entry?.state === "sending") this.set({ ...entry, state: "waiting" }, true);
  }

  refuse(id: string, error: ApiError): void {
    this.change(id, (entry) => ({ ...entry, state: "failed", error }));
  }

  /** The server has done it. The entry stays until its event is part of the state. */
  confirm(id: string, sent: NonNullable<Entry["sent"]>): void {
    const entry = this.get(id);
    if (!entry) return;
    // The other tabs hear of it before its event, which may be the next frame.
    this.options.publish({ entry: { ...entry, sent } });
    this.change(id, (kept) => ({ ...kept, sent }));
    if (isChange(entry.action)) return;
    this.name(id, sent.messageId);
    for (const other of this.about(entry.chatId, id)) {
      this.change(other.id, (kept) => (isChange(kept.action) ? { ...kept, action: { ...kept.action, messageId: sent.messageId, seq: sent.seq } as Change } : kept));
    }
  }

  /** Removes what is part of the state by now: `rev` is the chat's newest event, null when the chat is not known. */
  settle(chatId: ChatId, rev: number | null, lead: boolean): void {
    for (const entry of this.of(chatId)) {
      if (!entry.sent || (rev !== null && rev < entry.sent.rev)) continue;
      if (lead) this.drop(entry.id);
      else this.unset(entry.id);
    }
  }

  drop(id: string): void {
    this.change(id, () => null);
  }

  /** Another tab told of an entry. */
  heard(change: { entry: Entry } | { gone: string }): void {
    if ("gone" in change) return this.unset(change.gone);
    const { entry } = change;
    if (entry.sent && !isChange(entry.action)) this.name(entry.id, entry.sent.messageId);
    this.last = Math.max(this.last, entry.createdAt);
    this.options.disk.remember(entry);
    this.set(entry);
  }

  /** Changes an entry here at once and on disk soon; what the disk makes of it counts. */
  private change(id: string, change: (entry: Entry) => Entry | null, then?: (now: Entry | undefined) => unknown): void {
    const known = this.get(id);
    if (!known) return;
    const expected = change(known);
    if (expected) this.set(expected);
    else this.unset(id);
    this.write(id, async () => {
      const kept = await this.options.disk.update(id, change);
      if (kept && (expected === null || kept.tried !== expected.tried)) this.set(kept);
      this.options.publish(kept ? { entry: kept } : { gone: id, chatId: known.chatId });
      then?.(kept);
    });
  }

  /** Writes to one entry stay in order. */
  private write(id: string, run: () => Promise<void>): void {
    const before = this.writing.get(id) ?? Promise.resolve();
    const mine: Promise<unknown> = before.then(run).finally(() => {
      if (this.writing.get(id) === mine) this.writing.delete(id);
    });
    this.writing.set(id, mine);
  }

  private about(chatId: ChatId, messageId: MessageId): (Entry & { action: Change })[] {
    const real = this.realId(messageId);
    return this.of(chatId).filter((entry): entry is Entry & { action: Change } => isAbout(entry, messageId) || isAbout(entry, real));
  }

  /** A message has its lasting name. Whoever began to act on it before still knows the old one. */
  private name(id: string, messageId: MessageId): void {
    this.named.set(id, messageId);
    if (this.named.size > NAMES_KEPT) this.named.delete(this.named.keys().next().value!);
    this.options.became(id, messageId);
  }

  /** An entry's id names its message until the server has named it. */
  private realId(messageId: MessageId): MessageId {
    return this.get(messageId)?.sent?.messageId ?? this.named.get(messageId) ?? messageId;
  }

  private set(entry: Entry, publish = false): void {
    const others = this.entries.filter((one) => one.id !== entry.id);
    this.entries = [...others, entry].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.index(entry.chatId);
    if (publish) this.options.publish({ entry });
  }

  private unset(id: string, publish = false): void {
    const entry = this.get(id);
    if (!entry) return;
    this.entries = this.entries.filter((one) => one.id !== id);
    this.index(entry.chatId);
    if (publish) this.options.publish({ gone: id, chatId: entry.chatId });
  }

  private index(chatId: ChatId): void {
    const own = this.entries.filter((entry) => entry.chatId === chatId);
    if (own.length) this.byChat.set(chatId, own);
    else this.byChat.delete(chatId);
    this.options.changed(chatId);
  }
}

const NOTHING: readonly Entry[] = [];

function amended(entry: Entry, content: string): Entry {
  const { action } = entry;
  if (action.type !== "message" && action.type !== "edit_message") return entry;
  return { ...entry, state: "waiting", error: null, action: { ...action, content } };
}

/** The refusal of what waited longer than the server remembers. */
export function expiredError(): ApiError {
  return { code: "conflict", message: "This waited for more than two weeks and was not sent. Send it anew if it is still wanted." };
}

/** Whether a failure says nothing against the entry itself. */
export function isPassing(failure: ApiFailure): boolean {
  return failure.retryable || failure.code === "unauthorized";
}
