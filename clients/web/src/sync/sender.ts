/** Sends what waits in the outbox: in order within a chat, chats side by side. Only in the leading tab, only when in step. */
import { Backoff } from "@/lib/backoff";
import type { Clock, Timer } from "@/lib/clock";
import { toFailure } from "@/lib/errors";
import type { Rng } from "@/lib/ids";
import type { Answer, ChatId, Command } from "@wire";
import { type Entry, isChange } from "./entries";
import { expiredError, isPassing, type Outbox } from "./outbox";

const CHATS_AT_ONCE = 8;
const BASE_MS = 500;
const CAP_MS = 30_000;

export class Sender {
  private readonly busy = new Set<ChatId>();
  private readonly waits = new Set<() => void>();
  /** Grows whenever sending starts or stops; a loop of another time ends. */
  private time = 0;
  private running = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly send: (command: Command, clientId: string) => Promise<Answer>,
    private readonly clock: Clock,
    private readonly rng: Rng,
    /** The server did something: the state may have its event already. */
    private readonly confirmed: (chatId: ChatId) => void,
  ) {}

  start(): void {
    this.stop();
    this.running = true;
    this.kick();
  }

  stop(): void {
    this.running = false;
    this.time += 1;
    this.busy.clear();
    for (const wake of [...this.waits]) wake();
    for (const entry of this.outbox.all()) if (entry.state === "sending" && !entry.sent) this.outbox.wait(entry.id);
  }

  /** Something may be new in the outbox. */
  kick(): void {
    if (!this.running) return;
    for (const chatId of this.outbox.waitingChats()) {
      if (this.busy.size >= CHATS_AT_ONCE) return;
      if (!this.busy.has(chatId)) void this.work(chatId, this.time);
    }
  }

  private async work(chatId: ChatId, time: number): Promise<void> {
    this.busy.add(chatId);
    const backoff = new Backoff(BASE_MS, CAP_MS, this.rng);
    const live = () => this.time === time;
    for (let entry = this.outbox.next(chatId); entry && live(); entry = this.outbox.next(chatId)) {
      const wait = await this.sendOne(entry, backoff, live);
      if (wait !== null && live()) await this.pause(wait);
    }
    if (!live()) return;
    this.busy.delete(chatId);
    this.kick();
  }

  /** Sends one entry; returns how long to wait when it is to be tried again. */
  private async sendOne(next: Entry, backoff: Backoff, live: () => boolean): Promise<number | null> {
    if (next.tried && this.outbox.expired(next)) {
      this.outbox.refuse(next.id, expiredError());
      return null;
    }
    const entry = await this.outbox.begin(next.id).catch(() => undefined);
    if (!entry || !live()) {
      if (entry) this.outbox.wait(entry.id);
      return null;
    }
    try {
      const answer = await this.send(commandOf(entry), entry.id);
      if (answer.type === "ack") {
        this.outbox.confirm(entry.id, { messageId: answer.message_id ?? entry.id, seq: answer.seq ?? 0, rev: answer.rev });
      } else {
        this.outbox.drop(entry.id);
      }
      this.confirmed(entry.chatId);
      backoff.reset();
      return null;
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (isPassing(failure)) {
        if (live()) this.outbox.wait(entry.id);
        return backoff.next(failure.retryAfterMs);
      }
      if (isMoot(entry, failure.code)) this.outbox.drop(entry.id);
      else this.outbox.refuse(entry.id, failure.toJSON());
      return null;
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined = undefined;
      const wake = () => {
        this.clock.clearTimeout(timer);
        this.waits.delete(wake);
        resolve();
      };
      timer = this.clock.setTimeout(wake, ms);
      this.waits.add(wake);
    });
  }
}

/** A refusal nobody needs to hear of: a reaction that came to nothing, a message that is gone as it should be. */
function isMoot({ action }: Entry, code: string): boolean {
  return isChange(action) && (action.type === "react" || (action.type === "delete_message" && code === "not_found"));
}

function commandOf({ chatId, action }: Entry): Command {
  switch (action.type) {
    case "message":
      return {
        type: "message", chat_id: chatId, content: action.content, message_type: action.messageType,
        ...(action.replyTo !== null && { reply_to: action.replyTo }),
      };
    case "edit_message":
      return { type: "edit_message", chat_id: chatId, message_id: action.messageId, content: action.content };
    case "delete_message":
      return { type: "delete_message", chat_id: chatId, message_id: action.messageId };
    case "react":
      return { type: action.on ? "react" : "unreact", chat_id: chatId, message_id: action.messageId, emoji: action.emoji };
  }
}
