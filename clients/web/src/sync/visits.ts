/** Chats that are looked at: their newest messages and members, also where the caller is no member. */
import { LIMITS, type Answer, type Chat, type ChatId, type Command } from "@wire";
import { addMembers } from "./chatlog";
import type { History } from "./history";
import type { Store } from "./store";

export interface VisitsOptions {
  readonly store: Store;
  readonly history: History;
  readonly chat: (chatId: ChatId) => Promise<Chat>;
  readonly command: (command: Command) => Promise<Answer>;
  readonly take: (answer: Answer) => void;
  readonly changed: (chatId: ChatId) => void;
  /** The present connection's number; -1 without one. */
  readonly epoch: () => number;
}

export class Visits {
  /** Chats looked into without being a member; lists of one's chats do not have them. */
  private readonly visited = new Set<ChatId>();
  /** By the connection in which members were loaded: what is passing may have been missed since. */
  private readonly membersLoaded = new Map<ChatId, number>();

  constructor(private readonly options: VisitsOptions) {}

  /** Takes a chat into the state. */
  async visit(chatId: ChatId): Promise<Chat> {
    const chat = await this.options.chat(chatId);
    if (chat.role == null) this.visited.add(chatId);
    this.options.take({ type: "chat", chat });
    await this.options.history.loadAround(chatId, chat.last_seq);
    return chat;
  }

  /** Takes those that a list of one's own chats has dropped. */
  async again(): Promise<void> {
    for (const chatId of this.visited) {
      if (!this.options.store.state.chats.has(chatId)) await this.visit(chatId).catch(() => this.visited.delete(chatId));
    }
  }

  /** Loads members page by page; the first page only once a connection. */
  async loadMembers(chatId: ChatId, most: number): Promise<void> {
    const { store, command, changed } = this.options;
    const epoch = this.options.epoch();
    if (this.membersLoaded.get(chatId) === epoch && most <= LIMITS.PAGE_MAX) return;
    let cursor: string | null = null;
    let loaded = 0;
    do {
      const answer: Answer = await command({ type: "list_members", chat_id: chatId, limit: LIMITS.PAGE_MAX, ...(cursor !== null && { cursor }) });
      const chat = store.state.chats.get(chatId);
      if (answer.type !== "members" || !chat) return;
      addMembers(chat, answer.members);
      store.bump("people");
      changed(chatId);
      loaded += answer.members.length;
      cursor = answer.next ?? null;
    } while (cursor !== null && loaded < most);
    this.membersLoaded.set(chatId, epoch);
  }

  /** A chat starts anew: its members are not known any more. */
  restarted(chatId: ChatId): void {
    this.membersLoaded.delete(chatId);
  }

  /** The chat in view has its newest messages, and its members as far as ticks and names need them. */
  async lookInto(chatId: ChatId): Promise<void> {
    const chat = this.options.store.state.chats.get(chatId);
    if (!chat) return;
    await this.options.history.loadAround(chatId, chat.lastSeq).catch(() => undefined);
    if (chat.info.permissions.includes("list_members")) await this.loadMembers(chatId, LIMITS.PAGE_MAX).catch(() => undefined);
  }
}
