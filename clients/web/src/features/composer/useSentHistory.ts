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
  /** Those of the chat, and those on their way: what was sent a moment ago counts, though the server may not have it yet. */
  const messages = (): Iterable<Message> => {
    const known = new Map([...(engine.store.chat(chatId)?.messages.values() ?? [])].map((message) => [message.id, message]));
    for (const { message } of engine.store.segment(chatId).messages) known.set(message.id, message);
    return known.values();
  };
  const may = (permission: "edit_own" | "write") => engine.store.chat(chatId)?.info.permissions.includes(permission) ?? false;

  const editLast = (): boolean => {
    const message = may("edit_own") ? newest(messages(), ({ sender_id }) => sender_id === me) : null;
    if (message) composerStore.getState().startEdit(chatId, message);
    return message !== null;
  };

  const replyLast = (): boolean => {
    // Only what the server has can be answered.
    const message = newest(engine.store.chat(chatId)?.messages.values() ?? [], () => true);
    if (message) composerStore.getState().startReply(chatId, message);
    return message !== null;
  };

  /** The next text of the walk; null at its end. */
  const walkSent = (by: 1 | -1, typed: string): string | null => {
    if (me === null) return null;
    const next = walk(sentTexts(messages(), me), current.current, by, typed);
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
