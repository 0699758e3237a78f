/** React's view of the engine and the API. Hooks re-render only when their topic changes. */
import { useQuery } from "./query";
import { useCallback, useMemo, useRef, useSyncExternalStore } from "react";
import type { Api, Identity } from "@/api";
import type {
  ChatState, ChatSummary, Connection, Engine, OutboxEntry, Segment, SyncStore, Topic, Typist,
} from "@/sync/types";
import { LIMITS, type ChatId, type ClientConfig, type Permission, type Presence, type ScheduledMessage, type User, type UserId } from "@wire";
import { useClient } from "./context";

export { type Client, useClient } from "./context";
export { EngineProvider } from "./provider";

export function useEngine(): Engine {
  return useClient().engine;
}

export function useApi(): Api {
  return useClient().api;
}

/** Reads from the store, again whenever the topic changes. */
function useTopic<T>(topic: Topic, read: (store: SyncStore) => T): T {
  const { store } = useEngine();
  const subscribe = useCallback((listener: () => void) => store.subscribe(topic, listener), [store, topic]);
  useSyncExternalStore(subscribe, () => store.version(topic));
  return read(store);
}

/** Reads something that stays the same as long as it says the same: renders again only when it differs, though its
 * topic speaks of much else too. */
function useValue<T>(topic: Topic, read: (store: SyncStore) => T): T {
  const { store } = useEngine();
  const subscribe = useCallback((listener: () => void) => store.subscribe(topic, listener), [store, topic]);
  return useSyncExternalStore(subscribe, () => read(store));
}

/** Who is signed in. */
export function useIdentity(): Identity {
  const { session } = useClient();
  return useSyncExternalStore(session.subscribe, session.identity);
}

/** The caller's own id; null for guests. */
export function useMe(): UserId | null {
  return useIdentity().account?.user.id ?? null;
}

export function useConnection(): Connection {
  return useTopic("connection", (store) => store.connection());
}

/** "memory" when nothing survives a reload, because IndexedDB is blocked or full. */
export function useStorageState(): "ok" | "memory" {
  return useTopic("storage", (store) => store.storage());
}

/** Newest activity first. */
export function useChatSummaries(): readonly ChatSummary[] {
  return useTopic("chats", (store) => store.summaries());
}

export function useChatSummary(chatId: ChatId): ChatSummary | undefined {
  return useTopic(`chat:${chatId}`, (store) => store.summary(chatId));
}

/** The chat itself: the same object until it is reset, so do not compare it; its parts are replaced. */
export function useChat(chatId: ChatId): ChatState | undefined {
  return useTopic(`chat:${chatId}`, (store) => store.chat(chatId));
}

export function useSegment(chatId: ChatId, seq?: number): Segment {
  return useTopic(`chat:${chatId}`, (store) => store.segment(chatId, seq));
}

export function useOutbox(): readonly OutboxEntry[] {
  return useTopic("outbox", (store) => store.outbox());
}

export function useTyping(chatId: ChatId): readonly Typist[] {
  return useTopic(`typing:${chatId}`, (store) => store.typing(chatId));
}

export function usePresence(userId: UserId): Presence | undefined {
  return useValue("presence", (store) => store.presence(userId));
}

/** How many guests look into the chat in view. */
export function useGuests(chatId: ChatId): number {
  return useValue("presence", (store) => store.guests(chatId));
}

export function useProfile(): User | null {
  return useTopic("profile", (store) => store.state.profile);
}

/** Messages waiting for their time, soonest first. */
export function useScheduled(chatId?: ChatId): readonly ScheduledMessage[] {
  const { store } = useEngine();
  const version = useTopic("scheduled", (current) => current.version("scheduled"));
  return useMemo(() => {
    const all = [...store.state.scheduled.values()].filter((one) => chatId === undefined || one.chat_id === chatId);
    return all.sort((a, b) => a.send_at.localeCompare(b.send_at));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version stands for the store's content
  }, [store, version, chatId]);
}

/** A preference of the account, the same on all its devices. `decode(undefined)` gives the default. A change that is
 * made of what stood before is given as a function: another one may have come since this was drawn. */
export function usePreference<T>(name: string, decode: (json: unknown) => T): readonly [T, (change: T | ((before: T) => T)) => void] {
  const engine = useEngine();
  const raw = useTopic("preferences", (store) => store.state.preferences.get(name));
  const kept = useRef<{ name: string; raw: string | undefined; value: T } | null>(null);
  if (!kept.current || kept.current.name !== name || kept.current.raw !== raw) {
    kept.current = { name, raw, value: decodePreference(raw, decode) };
  }
  const set = useCallback(
    (change: T | ((before: T) => T)) => {
      const before = () => decodePreference(engine.store.state.preferences.get(name), decode);
      engine.setPreference(name, typeof change === "function" ? (change as (before: T) => T)(before()) : change);
    },
    [engine, name, decode],
  );
  return [kept.current.value, set];
}

function decodePreference<T>(raw: string | undefined, decode: (json: unknown) => T): T {
  try {
    return decode(raw === undefined ? undefined : JSON.parse(raw));
  } catch {
    return decode(undefined);
  }
}

/** What the client assumes until the server has told. */
const DEFAULT_CONFIG: ClientConfig = {
  usernameMaxLength: LIMITS.USERNAME_CHARS,
  chatMessageMaxLength: LIMITS.MESSAGE_CHARS,
  chatNameMaxLength: LIMITS.CHAT_NAME_CHARS,
  chatRoomSlugRegex: LIMITS.SLUG_REGEX,
  mediaUrlTtlSeconds: 3600,
  mediaMode: "direct",
  registration: "closed",
  guests: false,
  setupRequired: false,
  version: "",
};

/** What the server allows; a default until it has told. */
export function useClientConfig(): ClientConfig {
  const api = useApi();
  const { data } = useQuery({ queryKey: ["client-config"], queryFn: api.clientConfig, staleTime: 10 * 60_000 });
  return data ?? DEFAULT_CONFIG;
}

/** Whether the caller may do something in a chat. */
export function useCan(chatId: ChatId, permission: Permission): boolean {
  return useValue(`chat:${chatId}`, (store) => store.chat(chatId)?.info.permissions.includes(permission) ?? false);
}

/** Someone's shown name, as far as it is known from members and peers. */
export function useUserName(userId: UserId, fallback: string): string {
  return useValue("people", (store) => store.userName(userId) ?? fallback);
}
