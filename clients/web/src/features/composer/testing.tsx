/** What the component tests of the composer stand on: a client without network, holding one chat. */
import { Queries, QueriesContext } from "@/hooks/query";
import { render } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { vi } from "vitest";
import type { Client } from "@/hooks";
import { EngineProvider } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import common from "@/locales/en/common.json";
import composer from "@/locales/en/composer.json";
import errors from "@/locales/en/errors.json";
import type { ChatState, Engine, Topic } from "@/sync/types";
import type { Member, Message, Permission } from "@wire";
import { Composer } from "./Composer";

export const ME = 1;
export const CHAT = "general";

await i18next.use(initReactI18next).init({
  lng: "en",
  resources: { en: { common, composer, errors } },
  interpolation: { escapeValue: false },
});

/** A message of the chat. */
export function message(seq: number, content: string, sender_id = ME): Message {
  return {
    id: `m${seq}`, seq, sender_id, sender_username: sender_id === ME ? "me" : "anna", content, message_type: "text",
    timestamp: "2026-11-25T12:00:00.000Z", reply_to: null, mentions: [], reactions: {}, edited: false, edited_at: null, deleted: false,
  };
}

function member(user_id: number, username: string, display_name: string): Member {
  return { user_id, username, display_name, role: "member", joined_at: "2026-11-25T12:00:00.000Z", read_seq: 0, delivered_seq: 0 };
}

const ALL: readonly Permission[] = ["read", "write", "edit_own", "delete_own", "mention_here", "mention_room", "list_members", "leave"];

/** The engine's doing as spies, and the one chat, to be changed by `update`. */
export function makeClient(change: Partial<Omit<ChatState, "info">> & { info?: Partial<ChatState["info"]> } = {}) {
  const { info, ...rest } = change;
  const chat: ChatState = {
    rev: 1, lastSeq: 2, memberCount: 2, deleted: false,
    members: new Map([[1, member(1, "me", "Me")], [2, member(2, "anna", "Anna Kovaleva")]]),
    messages: new Map([[1, message(1, "mine")], [2, message(2, "theirs", 2)]]),
    ...rest,
    info: {
      id: CHAT, type: "room", name: "General", description: "", createdAt: "2026-11-25T12:00:00.000Z", peer: null, role: "member",
      permissions: ALL, readSeq: 2, settings: { archived: false, favourite: false, marked_unread: false }, draft: null, ...info,
    },
  };
  let version = 0;
  const listeners = new Set<() => void>();
  const preferences = new Map<string, string>();
  const update = (act: () => void) => {
    act();
    version += 1;
    for (const listener of listeners) listener();
  };
  const store = {
    state: { me: ME, profile: null, accountRev: 0, chats: new Map([[CHAT, chat]]), scheduled: new Map(), preferences },
    subscribe: (_: Topic, listener: () => void) => (listeners.add(listener), () => listeners.delete(listener)),
    version: () => version,
    summaries: () => [], summary: () => undefined, chat: () => chat, segment: () => ({ messages: [] }), outbox: () => [], userName: () => undefined,
    connection: () => ({ state: "online" }),
  };
  const engine = {
    store,
    send: vi.fn(), edit: vi.fn(), remove: vi.fn(), typing: vi.fn(), loadMembers: vi.fn(async () => undefined),
    command: vi.fn(async () => ({})), setPresence: vi.fn(), setChatSettings: vi.fn(async () => undefined),
    setDraft: vi.fn(),
    setPreference: (name: string, value: unknown) => update(() => preferences.set(name, JSON.stringify(value))),
  };
  const identity = { kind: "user", account: { user: { id: ME, username: "me" } } };
  const client = {
    engine: engine as unknown as Engine,
    session: { identity: () => identity, subscribe: () => () => undefined },
    api: { clientConfig: async () => ({ chatMessageMaxLength: 100 }), rooms: async () => ({ rooms: [] }) },
  } as unknown as Client;
  return { client, engine, chat, update };
}

/** Shows the composer; the field is the textbox. */
export function show(made = makeClient()) {
  composerStore.setState({ modes: {}, insertion: null });
  const queries = new Queries();
  queries.set(["client-config"], { chatMessageMaxLength: 100 });
  const view = render(
    <QueriesContext value={queries}>
      <EngineProvider client={made.client}>
        <Composer chatId={CHAT} />
      </EngineProvider>
    </QueriesContext>,
  );
  return { ...made, ...view };
}
