/** Which of the names after an `@` really mention somebody: the server has said whom a message mentions. */
import type { ChatState } from "@/sync/types";
import type { Message, UserId } from "@wire";

export type Mentioned =
  | { readonly kind: "user"; readonly userId: UserId | null; readonly me: boolean }
  | { readonly kind: "all" };

const fold = (name: string): string => name.normalize("NFKC").toLowerCase();

/** Whom `name` in the text of `message` mentions; null when it is only a word. */
export function mentioned(name: string, message: Pick<Message, "mentions" | "mention_all">, chat: ChatState | undefined, me: { id: UserId; username: string } | null): Mentioned | null {
  const folded = fold(name);
  if (folded === "here" || folded === "room") return message.mention_all ? { kind: "all" } : null;
  let unknown = false;
  for (const id of message.mentions) {
    const username = id === me?.id ? me.username : (chat?.members.get(id)?.username ?? (chat?.info.peer?.id === id ? chat.info.peer.username : undefined));
    if (username === undefined) unknown = true;
    else if (fold(username) === folded) return { kind: "user", userId: id, me: id === me?.id };
  }
  // Somebody is mentioned whose name is not loaded yet: most probably by this word.
  return unknown ? { kind: "user", userId: null, me: false } : null;
}

/** Whether a message asks for the attention of `me`. */
export function mentionsMe(message: Message, me: UserId | null): boolean {
  return me !== null && message.sender_id !== me && (message.mentions.includes(me) || (message.mention_all ?? null) !== null);
}
