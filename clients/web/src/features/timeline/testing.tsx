/** What the component tests of the timeline stand on: a client without network, holding one chat. */
import { Queries, QueriesContext } from "@/hooks/query";
import { render } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { vi } from "vitest";
import { type Client, EngineProvider } from "@/hooks";
import common from "@/locales/en/common.json";
import errors from "@/locales/en/errors.json";
import timeline from "@/locales/en/timeline.json";
import type { ChatState, Engine, Segment, ShownMessage, Topic } from "@/sync/types";
import type { Message, Permission } from "@wire";
import { Timeline, type TimelineProps } from "./Timeline";

export const ME = 1;
export const CHAT = "general";

await i18next.use(initReactI18next).init({ lng: "en", resources: { en: { common, errors, timeline } }, interpolation: { escapeValue: false } });

/** A message of the chat, by Anna. */
export function message(seq: number, change: Partial<Message> = {}): Message {
  return {
    id: `m${seq}`, seq, sender_id: 2, sender_username: "anna", content: `text ${seq}`, message_type: "text",
    timestamp: new Date(Date.UTC(2026, 10, 25, 12, 0, seq)).toISOString(), reply_to: null, mentions: [], reactions: {},
    edited: false, edited_at: null, deleted: false, ...change,
  };
}

const ALL: readonly Permission[] = ["read", "write", "edit_own", "delete_own", "delete_any", "react", "pin", "list_members"];

/** A chat with these messages; `update` changes it. */
export function makeClient(messages: readonly (Message | ShownMessage)[], info: Partial<ChatState["info"]> = {}) {
  let shown = messages.map((one): ShownMessage => ("message" in one ? one : { key: one.id, message: one }));
  const stored = () => new Map(shown.filter((one) => !one.pending).map((one) => [one.message.seq, one.message]));
  const chat: ChatState = {
    rev: 1, lastSeq: stored().size, memberCount: 2, deleted: false, members: new Map(), messages: stored(),
    info: {
      id: CHAT, type: "room", name: "General", description: "", createdAt: "2026-11-25T12:00:00.000Z", peer: null, role: "member",
      permissions: ALL, readSeq: stored().size, settings: { archived: false, favourite: false, marked_unread: false }, draft: null, ...info,
    },
  };
  let segment: Segment = { messages: shown, hasOlder: false, hasNewer: false };
  let version = 0;
  const listeners = new Set<() => void>();
  const update = (next: readonly ShownMessage[]) => {
    shown = [...next];
    chat.messages = stored();
    chat.lastSeq = Math.max(0, ...chat.messages.keys());
    segment = { ...segment, messages: shown };
    version += 1;
    for (const listener of listeners) listener();
  };
  const store = {
    state: { me: ME, profile: null, accountRev: 0, chats: new Map([[CHAT, chat]]), scheduled: new Map(), preferences: new Map() },
    subscribe: (_: Topic, listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)),
    version: () => version,
    connection: () => ({ state: "online" }),
    summaries: () => [],
    summary: () => ({ unread: chat.lastSeq - chat.info.readSeq }),
    chat: () => chat,
    segment: () => segment,
    outbox: () => NONE,
    typing: () => NONE,
    userName: (id: number) => (id === 2 ? "Анна Ковалёва" : undefined),
  };
  const engine = {
    store, markRead: vi.fn(), react: vi.fn(), remove: vi.fn(), send: vi.fn(), retry: vi.fn(), discard: vi.fn(), trim: vi.fn(),
    loadOlder: vi.fn(async () => undefined), loadNewer: vi.fn(async () => undefined), loadAround: vi.fn(async () => undefined),
    setChatSettings: vi.fn(async () => undefined), command: vi.fn(async () => ({})), onIncoming: () => () => undefined, onEvent: () => () => undefined,
  };
  const identity = { kind: "user", account: { user: { id: ME, username: "me" } } };
  const client = { engine: engine as unknown as Engine, session: { identity: () => identity, subscribe: () => () => undefined }, api: {} } as unknown as Client;
  return { client, engine, chat, update };
}

const NONE: readonly never[] = [];

/** Shows the timeline in a window of 600 pixels; jsdom itself has no layout. */
export function show(made: ReturnType<typeof makeClient>, props: Partial<TimelineProps> = {}) {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(40);
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(800);
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  HTMLElement.prototype.scrollTo ??= () => undefined;
  const view = render(
    <QueriesContext value={new Queries()}>
      <EngineProvider client={made.client}>
        <Timeline chatId={CHAT} {...props} />
      </EngineProvider>
    </QueriesContext>,
  );
  return { ...made, ...view };
}
