import { beforeEach, expect, test } from "vitest";
import type { Identity, Session } from "@/api";
import { composerStore } from "@/hooks/composer";
import { Queries } from "@/hooks/query";
import type { Message } from "@wire";
import { forgetWithAccount } from "./forget";
import { useShellStore } from "./shellStore";

const NONE: Identity = { kind: "none", account: null };
const user = (id: number) => ({ kind: "user", account: { user: { id } } }) as Identity;

let who: Identity;
let why: "never" | "expired" | "logout";
let tell: () => void;
let queries: Queries;

function become(identity: Identity, reason: typeof why = "never"): void {
  [who, why] = [identity, reason];
  tell();
}

/** What the page holds of somebody. */
const held = () => [queries.get(["sessions"]), Object.keys(composerStore.getState().modes), useShellStore.getState().lastChat];
const ALL = [["secret"], ["general"], "general"];
const NOTHING = [undefined, [], null];

beforeEach(() => {
  who = user(1);
  queries = new Queries();
  const session = { identity: () => who, reason: () => why, subscribe: (listener: () => void) => ((tell = listener), () => undefined) };
  forgetWithAccount(session as unknown as Session, queries);
  queries.set(["sessions"], ["secret"]);
  queries.set(["client-config"], { version: "1" });
  composerStore.getState().startEdit("general", { id: "m" } as Message);
  useShellStore.getState().keep({ lastChat: "general" });
});

test("signing out lets go of everything but what is nobody's", () => {
  become(NONE, "logout");
  expect(held()).toEqual(NOTHING);
  expect(queries.get(["client-config"])).toEqual({ version: "1" });
});

test("one whose session has ended finds everything again, another does not", () => {
  become(NONE, "expired");
  become(user(1));
  expect(held()).toEqual(ALL);
  become(NONE, "expired");
  become(user(2));
  expect(held()).toEqual(NOTHING);
});

test("a renewed token or a changed profile is no change", () => {
  become(user(1));
  expect(held()).toEqual(ALL);
});

test("who looks at an answer is told, and hears of the next one too", () => {
  const entry = queries.entry(["sessions"]);
  const seen: unknown[] = [];
  entry.listeners.add(() => seen.push(queries.get(["sessions"])));
  become(NONE, "logout");
  queries.set(["sessions"], ["other"]);
  expect(seen).toEqual([undefined, ["other"]]);
});
