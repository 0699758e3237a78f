/** A small model of the server: logs, idempotency by `client_id`, sync; and a wire that can be cut anywhere. */
import type { Chat, ChatEvent, ChatId, Message, User, AccountEvent } from "@wire";
import { applyChat, emptyState, untouched } from "../reducer";
import type { WebSocketLike } from "../socket";
import type { State } from "../types";

type Fields<T> = T extends unknown ? Omit<T, "chat_id" | "rev"> : never;
type Command = Record<string, any>;

export const ME = 1;
export const ANNA = 2;
const AT = "2026-11-25T12:00:00.000Z";

export const userOf = (id: number): User => ({ id, username: `user${id}`, display_name: `User ${id}`, created_at: AT });

export const messageOf = (seq: number, sender: number, content = `text ${seq}`): Message => ({
  id: `m${seq}`, seq, sender_id: sender, sender_username: `user${sender}`, content, message_type: "text", timestamp: AT, reply_to: null, mentions: [],
  mention_all: null, reactions: {}, edited: false, edited_at: null, deleted: false, deleted_at: null, deleted_by: null, pinned: false,
});

export const chatOf = (id: ChatId, more: Partial<Chat> = {}): Chat => ({
  id, type: "group", name: id, description: "", created_at: AT, rev: 0, last_seq: 0, member_count: 2, peer: null, role: "member",
  permissions: ["read", "write", "react", "list_members"], read_seq: 0, unread: 0, mentions: 0, last_message: null,
  settings: { archived: false, favourite: false, marked_unread: false }, draft: null, ...more,
});

/** One end of a connection as the client sees it. */
class FakeSocket implements WebSocketLike {
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  onerror: WebSocketLike["onerror"] = null;
  open = true;
  signedIn = false;

  constructor(private readonly server: FakeServer) {
    queueMicrotask(() => {
      if (!this.open) return;
      if (server.down) this.cut(1006);
      else {
        server.sockets.add(this);
        this.onopen?.();
      }
    });
  }

  send(text: string): void {
    if (this.open) queueMicrotask(() => this.open && this.server.hear(this, JSON.parse(text)));
  }

  close(): void {
    this.open = false;
    this.server.sockets.delete(this);
  }

  deliver(frame: object): void {
    if (this.open) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  cut(code: number, reason = ""): void {
    if (!this.open) return;
    this.close();
    this.onclose?.({ code, reason });
  }
}

export class FakeServer {
  readonly sockets = new Set<FakeSocket>();
  readonly logs = new Map<ChatId, ChatEvent[]>();
  readonly account: AccountEvent[] = [];
  readonly state: State = emptyState(null);
  readonly heard: Command[] = [];
  private readonly done = new Map<string, object>();
  down = false;
  /** Tokens that are taken; null takes all. */
  tokens: Set<string> | null = null;
  /** Events beyond which a sync answers with a reset. */
  syncEvents = 500;
  /** Looks at every command before it is done: "lose" does not do it, "mute" does it and loses the answer. */
  fault: (command: Command) => "lose" | "mute" | null = () => null;
  /** Answers this instead of doing it. */
  refuse: (command: Command) => { code: string; message: string; retry_after_ms?: number; field?: string } | null = () => null;

  socket = (): FakeSocket => new FakeSocket(this);

  addChat(chat: Chat): void {
    this.logs.set(chat.id, []);
    this.state.chats.set(chat.id, {
      info: { id: chat.id, type: chat.type, name: chat.name, description: "", createdAt: AT, peer: null, role: null, permissions: [], readSeq: 0, settings: chat.settings, draft: null },
      rev: 0, lastSeq: 0, memberCount: chat.member_count, members: new Map(), messages: new Map(), deleted: false,
    });
    this.chats.set(chat.id, chat);
  }
  private readonly chats = new Map<ChatId, Chat>();

  /** The chat as the caller sees it now. */
  chat(id: ChatId): Chat {
    const state = this.state.chats.get(id)!;
    return { ...this.chats.get(id)!, rev: state.rev, last_seq: state.lastSeq, last_message: state.messages.get(state.lastSeq) ?? null };
  }

  /** Something happens in a chat. */
  emit(chatId: ChatId, content: Fields<ChatEvent>): ChatEvent {
    const log = this.logs.get(chatId)!;
    const event = { ...content, chat_id: chatId, rev: log.length + 1 } as ChatEvent;
    log.push(event);
    applyChat(this.state, event, untouched());
    this.broadcast(event);
    return event;
  }

  say(chatId: ChatId, sender: number, content?: string): ChatEvent {
    return this.emit(chatId, { type: "new_message", message: messageOf(this.state.chats.get(chatId)!.lastSeq + 1, sender, content) });
  }

  tell(content: AccountEvent extends infer E ? (E extends unknown ? Omit<E, "account_rev"> : never) : never): void {
    const event = { ...content, account_rev: this.account.length + 1 } as AccountEvent;
    this.account.push(event);
    this.broadcast(event);
  }

  broadcast(frame: object): void {
    for (const socket of [...this.sockets]) if (socket.signedIn) socket.deliver(frame);
  }

  cutAll(code = 1006, reason = ""): void {
    for (const socket of [...this.sockets]) socket.cut(code, reason);
  }

  hear(socket: FakeSocket, command: Command): void {
    this.heard.push(command);
    const fault = this.fault(command);
    if (fault === "lose") return;
    const answer = (frame: object) => fault !== "mute" && socket.deliver({ ...frame, id: command["id"] });
    const refusal = this.refuse(command);
    if (refusal) return void answer({ type: "error", ...refusal });
    const key = command["client_id"] as string | undefined;
    const before = key === undefined ? undefined : this.done.get(key);
    if (before) return void answer(before);
    const ack = (event: ChatEvent, message?: Message) => {
      const frame = { type: "ack", chat_id: event.chat_id, rev: event.rev, timestamp: AT, ...(message && { message_id: message.id, seq: message.seq }) };
      if (key !== undefined) this.done.set(key, frame);
      return frame;
    };
    this.run(socket, command, answer, ack);
  }

  private run(socket: FakeSocket, command: Command, answer: (frame: object) => unknown, ack: (event: ChatEvent, message?: Message) => object): void {
    const chatId = command["chat_id"] as ChatId;
    const seq = Number(String(command["message_id"] ?? "").slice(1));
    const about = { message_id: command["message_id"], seq };
    // An answer comes before the event it speaks of.
    const change = (content: Fields<ChatEvent>) => {
      const event = { ...content, chat_id: chatId, rev: this.logs.get(chatId)!.length + 1 } as ChatEvent;
      answer(ack(event, content.type === "new_message" ? content.message : undefined));
      this.emit(chatId, content);
    };
    switch (command["type"]) {
      case "auth":
        if (this.tokens && !this.tokens.has(command["token"])) return void answer({ type: "error", code: "unauthorized", message: "No." });
        socket.signedIn = true;
        return void answer({ type: "auth_success", user_id: ME, username: "user1", expires_in: 900, account_rev: this.account.length });
      case "ping":
        return void answer({ type: "pong", timestamp: AT });
      case "list_chats":
        return void answer({ type: "chats", chats: [...this.logs.keys()].map((id) => this.chat(id)), account_rev: this.account.length });
      case "list_members":
        return void answer({ type: "members", members: [] });
      case "sync":
        return this.sync(socket, command, answer);
      case "message":
        return change({ type: "new_message", message: messageOf(this.state.chats.get(chatId)!.lastSeq + 1, ME, command["content"]) });
      case "edit_message":
        return change({ type: "message_edited", ...about, content: command["content"], mentions: [], mention_all: null, edited_at: AT });
      case "delete_message":
        return change({ type: "message_deleted", ...about, deleted_by: ME, deleted_at: AT });
      case "react":
      case "unreact":
        return change({ type: "reaction_changed", ...about, emoji: command["emoji"], user_id: ME, added: command["type"] === "react" });
      case "mark_read":
        answer({ type: "mark_read_ack", chat_id: chatId, seq: command["seq"], unread: 0 });
        return this.tell({ type: "read_marker", chat_id: chatId, user_id: ME, seq: command["seq"] });
      default:
        return void answer({ type: "ok" });
    }
  }

  private sync(socket: FakeSocket, command: Command, answer: (frame: object) => unknown): void {
    const gone: ChatId[] = [];
    const reached: Record<string, number> = {};
    for (const [id, have] of Object.entries(command["chats"] as Record<string, number>)) {
      const log = this.logs.get(id);
      if (!log) gone.push(id);
      else if (have > log.length || log.length - have > this.syncEvents) {
        const messages = [...this.state.chats.get(id)!.messages.values()].slice(-50);
        socket.deliver({ type: "reset", chat_id: id, rev: log.length, chat: this.chat(id), messages, has_more: messages.length > 0 && messages[0]!.seq > 1, id: command["id"] });
      } else for (const event of log.slice(have)) socket.deliver(event);
      if (log) reached[id] = log.length;
    }
    if (command["account"] != null) for (const event of this.account.slice(command["account"])) socket.deliver(event);
    answer({ type: "sync_done", account: this.account.length, chats: reached, gone });
  }
}
