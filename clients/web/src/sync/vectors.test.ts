/** The golden vectors that the server's tests write: every reducer must make the same of them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeJson } from "./decode";
import { apply } from "./reducer";
import type { ChatState, State } from "./types";
import type { Received } from "./wire";

type Json = any;

const FOLDER = resolve(process.cwd(), process.env["VESTNIK_VECTORS"] ?? "../../crates/client/vectors");
const vectors = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Json[]);

const numbered = <T>(record: Json): Map<number, T> => new Map(Object.entries(record).map(([key, value]) => [Number(key), value as T]));

function chatFrom(json: Json): ChatState {
  const { info } = json;
  return {
    info: {
      id: info.id, type: info.type, name: info.name, description: info.description ?? "", createdAt: info.created_at, peer: info.peer ?? null,
      role: info.role ?? null, permissions: info.permissions ?? [], readSeq: info.read_seq, settings: info.settings, draft: info.draft ?? null,
    },
    rev: json.rev, lastSeq: json.last_seq, memberCount: json.member_count, members: numbered(json.members ?? {}),
    messages: numbered(json.messages ?? {}), deleted: json.deleted ?? false,
  };
}

function stateFrom(json: Json): State {
  return {
    me: json.me ?? null, profile: json.profile ?? null, accountRev: json.account_rev,
    chats: new Map(Object.entries(json.chats as Json).map(([id, chat]) => [id, chatFrom(chat as Json)])),
    scheduled: new Map(Object.entries(json.scheduled ?? {})), preferences: new Map(Object.entries(json.preferences ?? {})),
  };
}

/** Absent and null and the defaults are one, as on the wire. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, inner]) => inner != null && !(key === "pinned" && inner === false) && !(key === "bio" && inner === ""));
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)]).sort(([a], [b]) => String(a).localeCompare(String(b))));
}

/** Vectors of a server that does not tell what was received say nothing about it. */
function withoutDelivery(value: any): any {
  for (const chat of Object.values(value.chats ?? {}) as any[]) for (const member of Object.values(chat.members ?? {}) as any[]) delete member.delivered_seq;
  return value;
}

describe("golden vectors", () => {
  it("are there", () => expect(vectors.length).toBeGreaterThan(100));

  it.each(vectors.map((vector, at) => [`${vector["name"]} #${at}`, vector] as const))("%s", (_, vector) => {
    const state = stateFrom(vector["initial"]);
    for (const json of vector["events"] as Json[]) {
      const frame = decodeJson(json);
      expect(frame.kind, JSON.stringify(json)).not.toMatch(/unknown|malformed/);
      apply(state, frame as Received);
    }
    const tells = JSON.stringify(vector["expected"]).includes("delivered_seq");
    const [got, expected] = [plain(state), plain(stateFrom(vector["expected"]))];
    expect(tells ? got : withoutDelivery(got)).toEqual(tells ? expected : withoutDelivery(expected));
  });
});
