/** What can be done with a message, and whether it may be. */
import type { TFunction } from "i18next";
import { copyToClipboard } from "@/lib/clipboard";
import { describeFailure } from "@/lib/errors";
import { isEmoji } from "@/lib/text";
import type { Engine, ShownMessage } from "@/sync/types";
import { toast } from "@/ui";
import type { ChatId, Message, Permission, UserId } from "@wire";
import { isUnsent } from "./rows";

export type Action =
  | "react" | "reply" | "edit" | "copyText" | "copyLink" | "forward" | "pin" | "unpin" | "markUnread" | "versions" | "readers"
  | "reactions" | "select" | "delete" | "retry" | "discard";

/** What of `shown` is possible for `me` with these permissions. Pure. */
export function possible(shown: ShownMessage, me: UserId | null, permissions: readonly Permission[], member: boolean): ReadonlySet<Action> {
  const { message } = shown;
  const may = (permission: Permission) => permissions.includes(permission);
  const can = new Set<Action>();
  if (isUnsent(shown)) {
    can.add("copyText").add("discard");
    if (shown.pending?.state === "failed") can.add("retry");
    return can;
  }
  const mine = message.sender_id === me && me !== null;
  if (member) can.add("markUnread");
  can.add("copyLink");
  if (message.deleted) return can;
  can.add("copyText").add("select");
  if (me !== null) can.add("forward");
  if (may("react")) can.add("react");
  if (may("write")) can.add("reply");
  if (may("pin")) can.add(message.pinned ? "unpin" : "pin");
  if (mine && may("edit_own")) can.add("edit");
  if (message.edited) can.add("versions");
  if (member) can.add("readers");
  if (Object.keys(message.reactions).length > 0) can.add("reactions");
  if ((mine && may("delete_own")) || may("delete_any")) can.add("delete");
  return can;
}

/** Emoji offered at once, when the account has none of its own yet. */
const USUAL = ["👍", "❤️", "😂", "🔥", "🎉", "😮"];

/** The six emoji offered at once: the account's recent ones, filled up with usual ones. */
export function quickEmoji(json: unknown): readonly string[] {
  const recent = typeof json === "object" && json !== null && "recentEmoji" in json && Array.isArray(json.recentEmoji) ? json.recentEmoji : [];
  const good = recent.filter((emoji): emoji is string => typeof emoji === "string" && emoji.length <= 32 && isEmoji(emoji));
  return [...new Set([...good, ...USUAL])].slice(0, 6);
}

/** The address of a message. */
export function linkTo(chatId: ChatId, seq: number): string {
  return `${window.location.origin}/c/${encodeURIComponent(chatId)}/${seq}`;
}

/** Copies and says so. */
export async function copy(t: TFunction<"timeline">, text: string, said: "copied" | "linkCopied"): Promise<void> {
  const done = await copyToClipboard(text);
  toast(done ? { text: t(said), tone: "success", id: "copied" } : { text: t("common:copyFailed"), tone: "danger", id: "copied" });
}

/** Pins or unpins, and says when it could not be done. */
export async function setPinned(t: TFunction<"timeline">, engine: Engine, chatId: ChatId, message: Message, pinned: boolean): Promise<void> {
  try {
    await engine.command({ type: pinned ? "pin_message" : "unpin_message", chat_id: chatId, message_id: message.id });
    toast({ text: t(pinned ? "pinnedToast" : "unpinnedToast"), tone: "success", id: "pin" });
  } catch (error) {
    toast({ text: describeFailure(t as never, error).text, tone: "danger", id: "pin" });
  }
}
