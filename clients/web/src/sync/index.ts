/** The sync engine of a browser. */
import { clock } from "@/lib/clock";
import { rng } from "@/lib/ids";
import { type Identities, SyncEngine } from "./engine";
import { browserPage } from "./page";
import type { Tokens, WebSocketLike } from "./socket";
import type { Surroundings } from "./surroundings";
import type { ChannelLike } from "./tabs";
import type { Engine } from "./types";

/** What the engine needs of the rest of the client: who is signed in, and two REST requests. */
export interface EngineDeps {
  readonly session: Identities & Tokens;
  readonly api: Pick<Surroundings, "chat" | "history">;
}

/** Makes the engine of this page; call `start()` once. */
export function createEngine({ session, api }: EngineDeps): Engine {
  const surroundings: Surroundings = {
    clock, rng, page: browserPage, tokens: session,
    socket: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`) as WebSocketLike,
    locks: navigator.locks ?? null,
    channel: (name) => (typeof BroadcastChannel === "undefined" ? null : (new BroadcastChannel(name) as ChannelLike)),
    chat: api.chat,
    history: (chatId, query) => api.history(chatId, query),
    storage: localStorageOrNone(),
    warn: (what, why) => console.warn(what, why),
  };
  return new SyncEngine(surroundings, session);
}

/** Some browsers forbid even to ask for it. */
function localStorageOrNone(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
