import { useCallback, useEffect, useRef, useState } from "react";
import { useEngine } from "@/hooks";
import type { ChatId, Message } from "@wire";
import { firstUnread, readUpTo } from "./readMark";
import type { Visible } from "./useScroller";

const attentive = () => document.visibilityState === "visible" && document.hasFocus();

export interface Reading {
  /** Where the "New" line stands. */
  readonly line: number | null;
  /** Tells what is in view; marks the chat read as far as it was seen. */
  seen(visible: Visible): void;
  /** Everything is read, whatever was seen. */
  readAll(): void;
  markUnreadFrom(message: Message): void;
}

/** Marks a chat read as it is read, and keeps the line above what was new. */
export function useReading(chatId: ChatId): Reading {
  const engine = useEngine();
  const chat = useCallback(() => engine.store.chat(chatId), [engine, chatId]);
  const [line, setLine] = useState(() => {
    const { info, lastSeq = 0 } = chat() ?? {};
    return firstUnread(info?.readSeq ?? 0, lastSeq, info?.role != null);
  });
  const last = useRef<Visible | null>(null);
  /** Marked unread by hand: it stays so until one leaves. */
  const held = useRef(false);

  const settle = useCallback(() => {
    const state = chat();
    if (!last.current || !state || state.info.role === null || held.current) return;
    const { atEnd, first, last: newest } = last.current;
    const upTo = readUpTo({ readSeq: state.info.readSeq, first, last: newest, atEnd, attentive: attentive() });
    if (upTo !== null) engine.markRead(chatId, upTo);
    else if (state.info.settings.marked_unread && atEnd && attentive()) engine.markRead(chatId, state.lastSeq);
  }, [engine, chatId, chat]);
  const seen = useCallback(
    (visible: Visible) => {
      last.current = visible;
      settle();
    },
    [settle],
  );
  useEffect(() => {
    window.addEventListener("focus", settle);
    document.addEventListener("visibilitychange", settle);
    return () => {
      window.removeEventListener("focus", settle);
      document.removeEventListener("visibilitychange", settle);
    };
  }, [settle]);
  // What comes while nobody looks is new when they come back.
  useEffect(
    () =>
      engine.onEvent((event) => {
        const state = chat();
        if (event.chat_id !== chatId || event.type !== "new_message" || attentive() || !state || state.info.role === null) return;
        if (event.message.sender_id === engine.store.state.me) return;
        const { readSeq } = state.info;
        if (readSeq >= event.message.seq - 1) setLine(event.message.seq);
      }),
    [engine, chatId, chat],
  );
  const readAll = useCallback(() => {
    const state = chat();
    held.current = false;
    if (state?.info.role != null && (state.lastSeq > state.info.readSeq || state.info.settings.marked_unread)) engine.markRead(chatId, state.lastSeq);
  }, [engine, chatId, chat]);
  const markUnreadFrom = useCallback(
    (message: Message) => {
      held.current = true;
      setLine(message.seq);
      void engine.setChatSettings(chatId, { marked_unread: true }).catch(() => undefined);
    },
    [engine, chatId],
  );
  return { line, seen, readAll, markUnreadFrom };
}
