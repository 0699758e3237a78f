/** What one may do with a member; the server decides, this keeps what it would refuse out of sight. */
import type { ChatKind, Permission, Role, UserId } from "@wire";

export type MemberAction = "profile" | "message" | "makeAdmin" | "makeMember" | "makeViewer" | "block" | "unblock" | "remove" | "transfer";

const RANK: Record<Role, number> = { owner: 3, admin: 2, member: 1, viewer: 1, blocked: 1 };
/** Members change, remove and block those below themselves only. */
const outranks = (one: Role, other: Role) => RANK[one] > RANK[other];

export interface Viewpoint {
  readonly me: UserId | null;
  readonly kind: ChatKind;
  readonly role: Role | null;
  readonly permissions: readonly Permission[];
}

/** What `view` may do with a member, in the order of a menu. */
export function memberActions({ me, kind, role, permissions }: Viewpoint, target: { readonly user_id: UserId; readonly role: Role }): readonly MemberAction[] {
  const actions: MemberAction[] = ["profile"];
  if (me === null || target.user_id === me) return actions;
  if (kind !== "direct") actions.push("message");
  const blocked = target.role === "blocked";
  if (role !== null && permissions.includes("manage_members") && outranks(role, target.role)) {
    if (!blocked) {
      if (outranks(role, "admin") && target.role !== "admin") actions.push("makeAdmin");
      if (target.role !== "member") actions.push("makeMember");
      if (target.role !== "viewer") actions.push("makeViewer");
    }
    actions.push(blocked ? "unblock" : "block", "remove");
  }
  if (permissions.includes("transfer_ownership") && !blocked) actions.push("transfer");
  return actions;
}

/** The role an action gives. */
export const ROLE_OF = { makeAdmin: "admin", makeMember: "member", makeViewer: "viewer", block: "blocked", unblock: "member" } as const satisfies Partial<Record<MemberAction, Role>>;

const ORDER: Record<Role, number> = { owner: 0, admin: 1, member: 2, viewer: 3, blocked: 4 };

/** `user9` before `user10`; made once, for lists are long. */
const names = new Intl.Collator(undefined, { numeric: true });

interface Listed {
  readonly role: Role;
  readonly display_name: string;
  readonly username: string;
  readonly user_id: UserId;
}

/** Members as a list shows them: by role, those who are there first, then by name; blocked ones last. */
export function sortMembers<M extends Listed>(members: Iterable<M>, isThere: (id: UserId) => boolean, q = ""): M[] {
  const wanted = q.trim().toLocaleLowerCase().replace(/^@/, "");
  const fits = (member: M) => wanted === "" || member.display_name.toLocaleLowerCase().includes(wanted) || member.username.toLocaleLowerCase().includes(wanted);
  const there = new Map<UserId, number>();
  const kept = [...members].filter(fits);
  for (const member of kept) there.set(member.user_id, isThere(member.user_id) ? 0 : 1);
  return kept.sort(
    (a, b) =>
      ORDER[a.role] - ORDER[b.role] || there.get(a.user_id)! - there.get(b.user_id)! || names.compare(a.display_name, b.display_name) || a.user_id - b.user_id,
  );
}
