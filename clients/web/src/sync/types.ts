/**
 * What the sync engine shows to the rest of the client. Nothing here knows React; `src/hooks` binds it.
 *
 * Synced state is changed by the server's events alone. What the user does goes into the outbox and is shown
 * from there until its event comes back.
 */
import type {
  AnswerTo,
  ApiError,
  Chat,
  ChatEvent,
  ChatId,
  ChatKind,
  ChatSettings,
  Command,
  CommandName,
  Draft,
  Member,
  Message,
  MessageId,
  MessageType,
  Permission,
  Presence,
  Role,
  ScheduledMessage,
  User,
  UserId,
} from "@wire";

/** One chat: what it is for the caller, and its log folded up to `rev`. Mutated in place by the reducer;
 * `Message`, `Member`, `info` and its parts are replaced, never changed, so that identity tells of a change. */
export interface ChatState {
  info: ChatInfo;
  /** The newest event that was applied. */
  rev: number;
  /** The newest message's number; 0 when there is none. */
  lastSeq: number;
  memberCount: number;
  /** Members as far as they are known; blocked ones stay, with that role. */
  members: Map<UserId, Member>;
  /** Messages as far as they are loaded, by `seq`; there may be holes. */
  messages: Map<number, Message>;
  deleted: boolean;
}

/** What a chat is for the caller, besides its log. */
export interface ChatInfo {
  readonly id: ChatId;
  readonly type: ChatKind;
  readonly name: string;
  readonly description: string;
  readonly createdAt: string;
  readonly peer: User | null;
  readonly role: Role | null;
  readonly permissions: readonly Permission[];
  readonly readSeq: number;
  readonly settings: ChatSettings;
  readonly draft: Draft | null;
}

/** Everything a client knows of its account. */
export interface State {
  me: UserId | null;
  profile: User | null;
  accountRev: number;
  chats: Map<ChatId, ChatState>;
  scheduled: Map<string, ScheduledMessage>;
  /** The account's synced preferences: JSON texts by name. */
  preferences: Map<string, string>;
}

/** How the connection stands, for the banner. */
export type Connection =
  | { readonly state: "connecting"; readonly attempt: number }
  | { readonly state: "syncing" }
  | { readonly state: "online" }
  | {
      readonly state: "offline";
      readonly reason: "network" | "restarting" | "rate_limited" | "too_slow" | "unavailable";
      /** When the next attempt is made, ms since the epoch; null while the browser itself is offline. */
      readonly retryAt: number | null;
    }
  | { readonly state: "signed_out"; readonly reason: "never" | "expired" | "logout" };

/** What a message of the outbox has come to. */
export type OutboxState = "waiting" | "sending" | "failed";

/** Something the user did that the server has not confirmed yet. Kept in IndexedDB; sent once, by `client_id`. */
export interface OutboxEntry {
  /** UUID v7; the command's `client_id`. */
  readonly id: string;
  readonly chatId: ChatId;
  readonly createdAt: number;
  readonly state: OutboxState;
  readonly error: ApiError | null;
  readonly action:
    | {
        readonly type: "message";
        readonly content: string;
        readonly messageType: MessageType;
        readonly replyTo: MessageId | null;
      }
    | { readonly type: "edit_message"; readonly messageId: MessageId; readonly seq: number; readonly content: string }
    | { readonly type: "delete_message"; readonly messageId: MessageId; readonly seq: number }
    | { readonly type: "react"; readonly messageId: MessageId; readonly seq: number; readonly emoji: string; readonly on: boolean };
}

/** A row of the timeline's data: a stored message with pending changes laid over it, or one still in the outbox. */
export interface ShownMessage {
  /** Stable across sending: the outbox id for one's own recent messages, else the message id. */
  readonly key: string;
  readonly message: Message;
  /** The entry while it is not confirmed; absent for stored messages without pending changes. */
  readonly pending?: OutboxEntry;
  /** For one's own: clock, one tick, two ticks, two bright ticks. */
  readonly delivery?: "waiting" | "sent" | "delivered" | "read" | "failed";
}

/** A run of messages without holes, with what lies beyond its ends. */
export interface Segment {
  readonly messages: readonly ShownMessage[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/** What a list of chats needs to know of one. Replaced when anything in it changes. */
export interface ChatSummary {
  readonly id: ChatId;
  readonly type: ChatKind;
  /** Name, or the peer's shown name. */
  readonly title: string;
  readonly peer: User | null;
  readonly lastMessage: Message | null;
  readonly unread: number;
  readonly mentions: number;
  readonly settings: ChatSettings;
  readonly muted: boolean;
  readonly draft: Draft | null;
  readonly role: Role | null;
  readonly permissions: readonly Permission[];
  readonly memberCount: number;
  /** Time of the newest message, or of the chat: ms since the epoch. */
  readonly activeAt: number;
  /** Whether something of the outbox waits or failed here. */
  readonly pending: "none" | "waiting" | "failed";
}

/** Who writes in a chat now. */
export interface Typist {
  readonly userId: UserId;
  readonly username: string;
}

/** Topics one can listen to. Each has a version that grows with every change. */
export type Topic =
  | "chats" // the list: any summary changed, came or went
  | `chat:${ChatId}` // anything of one chat: info, members, messages, outbox
  | `typing:${ChatId}`
  | "presence"
  | "connection"
  | "outbox"
  | "profile"
  | "people" // names and members' profiles
  | "preferences"
  | "scheduled"
  | "storage"; // whether the cache works: "ok" | "memory" (IndexedDB is blocked or full)

/** Reading. All methods are cheap and return the same object until something changed. */
export interface SyncStore {
  readonly state: State;
  subscribe(topic: Topic, listener: () => void): () => void;
  version(topic: Topic): number;
  connection(): Connection;
  storage(): "ok" | "memory";
  summaries(): readonly ChatSummary[];
  summary(chatId: ChatId): ChatSummary | undefined;
  chat(chatId: ChatId): ChatState | undefined;
  /** The run around `seq` (the newest run when absent), outbox entries at its end when it reaches the newest. */
  segment(chatId: ChatId, seq?: number): Segment;
  outbox(): readonly OutboxEntry[];
  typing(chatId: ChatId): readonly Typist[];
  presence(userId: UserId): Presence | undefined;
  /** Someone's shown name, as far as members and peers tell. */
  userName(userId: UserId): string | undefined;
  /** Guests looking into the active chat. */
  guests(chatId: ChatId): number;
}

/** An event that asks for attention, for notifications: only live ones, never those of a first sync. */
export interface Incoming {
  readonly chat: ChatSummary;
  readonly message: Message;
  /** By name, or by @here/@room. */
  readonly mentionsMe: boolean;
}

/** Doing. Everything that must survive going offline goes through the outbox. */
export interface Engine {
  readonly store: SyncStore;
  /** Opens the cache, elects a leader among the tabs, connects. Resolves once the cache is shown. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Tries to connect at once ("Retry now"). */
  reconnect(): void;

  /** A command that needs an answer now. Rejects with an `ApiFailure` (`unavailable` when offline). */
  command<C extends CommandName>(command: Extract<Command, { type: C }>): Promise<AnswerTo<C>>;

  send(chatId: ChatId, message: { content: string; messageType?: MessageType; replyTo?: MessageId | null }): OutboxEntry;
  edit(chatId: ChatId, message: Message, content: string): void;
  remove(chatId: ChatId, message: Message): void;
  react(chatId: ChatId, message: Message, emoji: string, on: boolean): void;
  retry(entryId: string): void;
  discard(entryId: string): void;

  markRead(chatId: ChatId, seq: number): void;
  /** Kept here at once, told to the server after a pause. */
  setDraft(chatId: ChatId, content: string, replyTo: MessageId | null): void;
  setChatSettings(chatId: ChatId, change: { muted_until?: string | null; archived?: boolean; favourite?: boolean; marked_unread?: boolean }): Promise<void>;
  /** `value` is any JSON value; null removes. Shown at once, told to the server when there is a connection. */
  setPreference(name: string, value: unknown): void;
  typing(chatId: ChatId, active: boolean): void;
  setActiveChat(chatId: ChatId | null): void;
  setPresence(status: "online" | "away" | "dnd" | "offline"): void;

  /** Loads a page before the oldest of the run around `seq`; resolves when it is in the store. */
  loadOlder(chatId: ChatId, seq: number): Promise<void>;
  loadNewer(chatId: ChatId, seq: number): Promise<void>;
  /** Makes sure the message and its neighbours are loaded. */
  loadAround(chatId: ChatId, seq: number): Promise<void>;
  /** Loads all members (page by page, up to 1,000). */
  loadMembers(chatId: ChatId): Promise<void>;
  /** Takes a chat into the state that the caller is no member of (a public room looked into). */
  openChat(chatId: ChatId): Promise<Chat>;
  /** Forgets loaded messages far from `seq`, so that memory stays bounded. */
  trim(chatId: ChatId, seq: number): void;

  /** Tells the server at once what otherwise waits for a pause: drafts, how far one has read, preferences. */
  handOver(): Promise<void>;
  /** Drops what the cache keeps of chats and messages; drafts and the outbox stay. The page is reloaded afterwards. */
  forgetCache(): Promise<void>;

  onIncoming(listener: (incoming: Incoming) => void): () => void;
  onEvent(listener: (event: ChatEvent) => void): () => void;
}
