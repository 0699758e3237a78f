import type { ChatState } from "@/sync/types";

/** Why one may not write in a chat. */
export type LockReason = "guest" | "deleted" | "blocked" | "join" | "channel" | "viewer" | "left";

/** Why one may not write here; null when one may. */
export function lockReason(chat: Pick<ChatState, "info" | "deleted">, guest: boolean): LockReason | null {
  const { type, role, permissions } = chat.info;
  if (chat.deleted) return "deleted";
  if (guest) return "guest";
  if (role === "blocked") return "blocked";
  if (role === null) return permissions.includes("join") ? "join" : "left";
  if (permissions.includes("write")) return null;
  return type === "channel" ? "channel" : "viewer";
}
