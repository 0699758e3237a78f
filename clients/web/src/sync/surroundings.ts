import type { Clock } from "@/lib/clock";
import type { Rng } from "@/lib/ids";
import type { Chat, ChatId, History as Query, Message } from "@wire";
import type { JournalStorage } from "./journal";
import type { Page } from "./page";
import type { Tokens, WebSocketLike } from "./socket";
import type { ChannelLike } from "./tabs";

/** What the engine needs of the world around it; tests bring their own. */
export interface Surroundings {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly page: Page;
  readonly tokens: Tokens;
  readonly socket: () => WebSocketLike;
  readonly locks: Pick<LockManager, "request"> | null;
  readonly channel: (name: string) => ChannelLike | null;
  /** REST: one chat. */
  readonly chat: (chatId: ChatId) => Promise<Chat>;
  /** REST: a page of messages; `cached` when the service worker answered from its cache. */
  readonly history: (chatId: ChatId, query: Omit<Query, "chat_id">) => Promise<{ readonly messages: readonly Message[]; readonly cached: boolean }>;
  /** Written before the call returns; null where it is forbidden. */
  readonly storage: JournalStorage | null;
  readonly warn: (what: string, why: unknown) => void;
}
