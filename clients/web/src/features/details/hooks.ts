import { useQuery, useQueries } from "@/hooks/query";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useCan, useChat, useConnection, useEngine, useMe } from "@/hooks";
import type { ChatState, Engine } from "@/sync/types";
import type { ChatId, Message } from "@wire";
import { sentence, tellFailure } from "./failure";
import type { Viewpoint } from "./roles";

/** Who looks at a chat, and with which rights. */
export function useViewpoint(chatId: ChatId): Viewpoint | null {
  const me = useMe();
  const info = useChat(chatId)?.info;
  return info ? { me, kind: info.type, role: info.role, permissions: info.permissions } : null;
}

/** Changes whenever somebody comes or goes; for what counts many at once. */
export function usePresenceVersion(): number {
  const { store } = useEngine();
  const subscribe = useCallback((listener: () => void) => store.subscribe("presence", listener), [store]);
  return useSyncExternalStore(subscribe, () => store.version("presence"));
}

/** The chats whose members were asked for: opening one twice asks once, and a reset one asks again. */
const asked = new WeakMap<ChatState, Promise<void>>();

function loadOnce(engine: Engine, chat: ChatState): Promise<void> {
  let loading = asked.get(chat);
  if (!loading) {
    loading = engine.loadMembers(chat.info.id);
    asked.set(chat, loading);
    loading.catch(() => asked.delete(chat));
  }
  return loading;
}

/** Makes sure the members are known. */
export function useMembers(chatId: ChatId): { readonly failure: unknown; readonly loading: boolean; retry(): void } {
  const engine = useEngine();
  const chat = useChat(chatId);
  const may = useCan(chatId, "list_members");
  const connection = useConnection().state;
  const online = connection === "online";
  // The first moments: nothing is known yet, and soon it will be.
  const soon = connection === "connecting" || connection === "syncing";
  const [state, setState] = useState<{ failure: unknown; loading: boolean }>({ failure: null, loading: true });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    // Without a connection what the cache knows has to do; once it is back they are asked for.
    if (!may || !chat || !online) return setState({ failure: null, loading: may && soon });
    let current = true;
    setState({ failure: null, loading: true });
    loadOnce(engine, chat).then(
      () => current && setState({ failure: null, loading: false }),
      (failure: unknown) => current && setState({ failure, loading: false }),
    );
    return () => {
      current = false;
    };
  }, [engine, chat, may, online, soon, attempt]);
  return { ...state, retry: () => setAttempt((count) => count + 1) };
}

/** Events after which the pins are not what they were. */
const PIN_EVENTS: ReadonlySet<string> = new Set(["pin_changed", "message_deleted", "message_edited"]);
const FRESH_MS = 60_000;

/** The pinned messages, latest pinned first; kept up to date by the chat's events. */
export function usePins(chatId: ChatId): { readonly pins: readonly Message[]; readonly failure: Error | null; readonly loading: boolean; retry(): void } {
  const api = useApi();
  const engine = useEngine();
  const queries = useQueries();
  const chat = useChat(chatId);
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["pins", chatId], queryFn: () => api.pins(chatId), staleTime: FRESH_MS, enabled: chat !== undefined });
  useEffect(
    () =>
      engine.onEvent((event) => {
        if (event.chat_id !== chatId || !PIN_EVENTS.has(event.type)) return;
        const pins = queries.get<readonly Message[]>(["pins", chatId]) ?? [];
        const concerns = event.type === "pin_changed" || ("message_id" in event && pins.some((pin) => pin.id === event.message_id));
        if (concerns) void queries.invalidate(["pins", chatId]);
      }),
    [engine, queries, chatId],
  );
  // Offline those that happen to be loaded are shown.
  const pins = data ?? [...(chat?.messages.values() ?? [])].filter((message) => message.pinned === true).sort((a, b) => b.seq - a.seq);
  return { pins, failure: pins.length > 0 ? null : error, loading: isPending, retry: () => void refetch() };
}

/** Runs an action, tells why it was refused, and says whether it runs. */
export function useAction(): readonly [busy: boolean, run: (action: () => Promise<unknown>, onDone?: () => void) => Promise<void>] {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = useCallback(
    async (action: () => Promise<unknown>, onDone?: () => void) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      try {
        await action();
        onDone?.();
      } catch (failure) {
        tellFailure(t, failure);
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
    [t],
  );
  return [busy, run];
}

/** The sentence for a failure in the language in use. */
export function useSentence(): (thrown: unknown) => string {
  const { t } = useTranslation();
  return useCallback((thrown: unknown) => sentence(t, thrown), [t]);
}
