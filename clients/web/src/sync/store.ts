/** Everything the client shows, behind topics and versions. Reading returns the same object until something changed. */
import type { Clock, Timer } from "@/lib/clock";
import type * as W from "@wire";
import type { Entry } from "./entries";
import type { MentionHint } from "./records";
import { emptyState, type Touched } from "./reducer";
import { EMPTY, Segments } from "./segments";
import { byActivity, sameSummary, summaryOf } from "./summaries";
import { Topics } from "./topics";
import type { ChatState, ChatSummary, Connection, OutboxEntry, Segment, State, SyncStore, Topic, Typist } from "./types";

/** What the store reads of the outbox. */
export interface OutboxView {
  all(): readonly Entry[];
  of(chatId: W.ChatId): readonly Entry[];
}

const TYPING_MS = 6000;
/** Segments remembered a chat; more places than that are not looked at. */
const SEGMENTS_KEPT = 6;
const NO_OUTBOX: OutboxView = { all: () => [], of: () => [] };
const NOBODY: readonly Typist[] = [];
const NOTHING: Connection = { state: "signed_out", reason: "never" };

export class Store implements SyncStore {
  state: State = emptyState(null);
  private outboxView: OutboxView = NO_OUTBOX;
  private conn: Connection = NOTHING;
  private storageState: "ok" | "memory" = "ok";
  private username = "";
  private readonly topics: Topics;
  private readonly segments = new Segments();
  private readonly summaryCache = new Map<W.ChatId, { version: number; summary: ChatSummary }>();
  private readonly segmentCache = new Map<W.ChatId, Map<number | undefined, { version: number; segment: Segment }>>();
  private list: { version: number; summaries: readonly ChatSummary[] } = { version: -1, summaries: [] };
  private unsent: { version: number; entries: readonly OutboxEntry[] } = { version: -1, entries: [] };
  private readonly typists = new Map<W.ChatId, { timers: Map<W.UserId, Timer>; list: readonly Typist[] }>();
  private readonly present = new Map<W.UserId, W.Presence>();
  private readonly guestCounts = new Map<W.ChatId, number>();
  private readonly keys = new Map<W.MessageId, string>();
  readonly hints = new Map<W.ChatId, MentionHint>();
  /** Summaries as they were when listeners were told last. */
  private readonly listed = new Map<W.ChatId, ChatSummary>();
  private muteTimer: Timer | undefined;

  constructor(private readonly clock: Clock) {
    this.topics = new Topics(clock, (topics) => this.beforeTelling(topics));
  }

  subscribe = (topic: Topic, listener: () => void): (() => void) => this.topics.subscribe(topic, listener);
  version = (topic: Topic): number => this.topics.version(topic);
  connection = (): Connection => this.conn;
  storage = (): "ok" | "memory" => this.storageState;
  presence = (userId: W.UserId): W.Presence | undefined => this.present.get(userId);
  guests = (chatId: W.ChatId): number => this.guestCounts.get(chatId) ?? 0;
  typing = (chatId: W.ChatId): readonly Typist[] => this.typists.get(chatId)?.list ?? NOBODY;
  chat = (chatId: W.ChatId): ChatState | undefined => this.state.chats.get(chatId);

  summaries = (): readonly ChatSummary[] => {
    const version = this.version("chats");
    if (this.list.version !== version) {
      const own = [...this.state.chats].filter(([, chat]) => chat.info.role !== null && !chat.deleted);
      this.list = { version, summaries: own.map(([id, chat]) => this.summarise(id, chat)).sort(byActivity) };
    }
    return this.list.summaries;
  };

  summary = (chatId: W.ChatId): ChatSummary | undefined => {
    const chat = this.state.chats.get(chatId);
    return chat && this.summarise(chatId, chat);
  };

  segment = (chatId: W.ChatId, seq?: number): Segment => {
    const chat = this.state.chats.get(chatId);
    if (!chat) return EMPTY;
    const version = this.version(`chat:${chatId}`);
    const cache = this.segmentCache.get(chatId) ?? new Map<number | undefined, { version: number; segment: Segment }>();
    this.segmentCache.set(chatId, cache);
    const known = cache.get(seq);
    if (known?.version === version) return known.segment;
    const { me } = this.state;
    const view = { chat, entries: this.outboxView.of(chatId), me, username: this.username, keyOf: (id: string) => this.keys.get(id) };
    const segment = this.segments.of(view, seq, known?.segment);
    cache.delete(seq);
    cache.set(seq, { version, segment });
    if (cache.size > SEGMENTS_KEPT) cache.delete(cache.keys().next().value);
    return segment;
  };

  outbox = (): readonly OutboxEntry[] => {
    const version = this.version("outbox");
    if (this.unsent.version !== version) this.unsent = { version, entries: this.outboxView.all().filter((entry) => !entry.sent) };
    return this.unsent.entries;
  };

  userName = (userId: W.UserId): string | undefined => {
    if (this.state.profile?.id === userId) return this.state.profile.display_name;
    for (const { info, members } of this.state.chats.values()) {
      if (info.peer?.id === userId) return info.peer.display_name;
      const member = members.get(userId);
      if (member) return member.display_name;
    }
    return undefined;
  };

  // What follows is for the engine.

  /** Shows another account, or none. */
  open(state: State, outbox: OutboxView | null, username: string): void {
    this.state = state;
    this.outboxView = outbox ?? NO_OUTBOX;
    this.username = username;
    this.summaryCache.clear();
    this.segmentCache.clear();
    this.keys.clear();
    this.hints.clear();
    this.listed.clear();
    this.forgetPassing();
    this.opened(this.outboxView);
  }

  /** What was kept is part of the state now. */
  opened(outbox: OutboxView): void {
    this.outboxView = outbox;
    this.topics.bumpAll(["chats", "outbox", "profile", "people", "preferences", "scheduled"]);
    for (const chatId of this.state.chats.keys()) this.bump(`chat:${chatId}`);
  }

  bump(topic: Topic): void {
    this.topics.bump(topic);
  }

  /** Tells of what a frame changed. */
  touched(touched: Touched): void {
    for (const chatId of touched.chats) this.bump(`chat:${chatId}`);
    if (touched.list) this.bump("chats");
    for (const topic of ["people", "profile", "scheduled", "preferences"] as const) if (touched[topic]) this.bump(topic);
  }

  /** While a lot comes at once, listeners are told less often. */
  busy(busy: boolean): void {
    this.topics.busy = busy;
  }

  setConnection(connection: Connection): void {
    if (JSON.stringify(connection) === JSON.stringify(this.conn)) return;
    this.conn = connection;
    this.bump("connection");
  }

  setStorage(storage: "ok" | "memory"): void {
    if (storage === this.storageState) return;
    this.storageState = storage;
    this.bump("storage");
  }

  /** A message of the outbox got its lasting name; its row keeps the one it had. */
  became(entryId: string, messageId: W.MessageId): void {
    this.keys.set(messageId, entryId);
  }

  /** Takes the server's count of unread mentions. */
  hint(chat: W.Chat): void {
    this.hints.set(chat.id, { count: chat.mentions, readSeq: chat.read_seq, lastSeq: chat.last_seq });
  }

  showTyping(chatId: W.ChatId, typist: Typist, active: boolean): void {
    const before = this.typists.get(chatId);
    const timers = before?.timers ?? new Map<W.UserId, Timer>();
    if (!active && !timers.has(typist.userId)) return;
    this.clock.clearTimeout(timers.get(typist.userId));
    timers.delete(typist.userId);
    const list = before?.list ?? NOBODY;
    const known = list.some((one) => one.userId === typist.userId);
    if (active) timers.set(typist.userId, this.clock.setTimeout(() => this.showTyping(chatId, typist, false), TYPING_MS));
    const next = active ? (known ? list : [...list, typist]) : list.filter((one) => one.userId !== typist.userId);
    this.typists.set(chatId, { timers, list: next });
    if (next !== list) this.bump(`typing:${chatId}`);
  }

  showPresence(presence: W.Presence): void {
    this.present.set(presence.user_id, presence);
    this.bump("presence");
  }

  /** Who is there in a chat: of its members nobody else is. */
  showPresenceState(chatId: W.ChatId, users: readonly W.Presence[], guests: number): void {
    const members = this.state.chats.get(chatId)?.members;
    for (const userId of members?.keys() ?? []) {
      if (this.present.has(userId)) this.present.set(userId, { user_id: userId, status: "offline", last_seen: this.present.get(userId)?.last_seen ?? null });
    }
    for (const user of users) this.present.set(user.user_id, user);
    this.guestCounts.set(chatId, guests);
    this.bump("presence");
  }

  /** After a break nobody is known to be there or to write. */
  forgetPassing(): void {
    for (const [chatId, { timers }] of this.typists) {
      for (const timer of timers.values()) this.clock.clearTimeout(timer);
      this.typists.delete(chatId);
      this.bump(`typing:${chatId}`);
    }
    this.present.clear();
    this.guestCounts.clear();
    this.bump("presence");
  }

  private summarise(id: W.ChatId, chat: ChatState): ChatSummary {
    const version = this.version(`chat:${id}`);
    const known = this.summaryCache.get(id);
    if (known?.version === version) return known.summary;
    const fresh = summaryOf(chat, this.state.me, this.outboxView.of(id), this.hints.get(id), this.clock.now());
    const summary = known && sameSummary(known.summary, fresh) ? known.summary : fresh;
    this.summaryCache.set(id, { version, summary });
    return summary;
  }

  /** The list has changed when any summary has. */
  private beforeTelling(topics: ReadonlySet<Topic>): void {
    let changed = false;
    for (const topic of topics) {
      if (!topic.startsWith("chat:")) continue;
      const id = topic.slice(5);
      const before = this.listed.get(id);
      const chat = this.state.chats.get(id);
      const now = chat && this.summarise(id, chat);
      if (!chat) {
        this.summaryCache.delete(id);
        this.segmentCache.delete(id);
      }
      if (now !== before) changed = true;
      if (now) this.listed.set(id, now);
      else this.listed.delete(id);
    }
    if (changed) this.bump("chats");
    if (changed || topics.has("chats")) this.armMute();
  }

  /** When the soonest mute ends, its chat is shown so. */
  private armMute(): void {
    this.clock.clearTimeout(this.muteTimer);
    const muted = [...this.listed.values()].filter((summary) => summary.muted);
    const ends = muted.map((summary) => ({ id: summary.id, at: Date.parse(summary.settings.muted_until!) })).sort((a, b) => a.at - b.at)[0];
    if (ends) this.muteTimer = this.clock.setTimeout(() => this.bump(`chat:${ends.id}`), Math.min(ends.at - this.clock.now() + 10, 2 ** 31 - 1));
  }
}
