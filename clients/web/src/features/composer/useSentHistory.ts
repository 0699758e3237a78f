import { useRef } from "react";
import { useEngine, useMe } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import type { ChatId, Message } from "@wire";
import { newest, sentTexts, walk, type Walk } from "./history";

/** What the arrows do in the field: edit one's last message, reply to the last, walk through what one sent. */
export function useSentHistory(chatId: ChatId) {
  const engine = useEngine();
  const me = useMe();
  const current = useRef<Walk | null>(null);
  const messages = (): Iterable<Message> => engine.store.chat(chatId)?.messages.values() ?? [];
  const may = (permission: "edit_own" | "write") => engine.store.chat(chatId)?.info.permissions.includes(permission) ?? false;

  const editLast = (): boolean => {
    if (!may("edit_own")) return false;
    // What was sent a moment ago counts, though the server may not have it yet.
    const shown = engine.store.segment(chatId).messages.findLast(({ message: { sender_id, deleted } }) => sender_id === me && !deleted);
    const message = shown?.message ?? newest(messages(), ({ sender_id }) => sender_id === me);
    if (message) composerStore.getState().startEdit(chatId, message);
    return message !== null;
  };

  const replyLast = (): boolean => {
    const message = newest(messages(), () => true);
    if (message) composerStore.getState().startReply(chatId, message);
    return message !== null;
  };

  /** The next text of the walk; null at its end. */
  const walkSent = (by: 1 | -1, typed: string): string | null => {
    if (me === null) return null;
    const waiting = engine.store.outbox().filter((entry) => entry.chatId === chatId);
    const next = walk(sentTexts(messages(), waiting, me), current.current, by, typed);
    if (!next) return null;
    current.current = next.walk;
    return next.text;
  };

  /** Typing or sending ends the walk. */
  const endWalk = () => {
    current.current = null;
  };

  return { editLast, replyLast, walkSent, endWalk };
}
