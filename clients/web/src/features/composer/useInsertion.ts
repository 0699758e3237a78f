import { type RefObject, useEffect } from "react";
import { composerStore } from "@/hooks/composer";
import type { ChatId } from "@wire";
import { readField, writeField } from "./field";

/** Takes what others put into this chat's field (a mention, something shared), also what came before it was there. */
export function useInsertion(chatId: ChatId, field: RefObject<HTMLTextAreaElement | null>): void {
  const insertion = composerStore((state) => state.insertion);
  useEffect(() => {
    const element = field.current;
    if (!element || insertion?.chatId !== chatId) return;
    composerStore.setState({ insertion: null });
    const { text, start, end } = readField(element);
    const before = text.slice(0, start);
    const glue = before === "" || /\s$/.test(before) ? "" : " ";
    const by = glue + insertion.text;
    const at = start + by.length;
    writeField(element, { text: before + by + text.slice(end), start: at, end: at });
  }, [insertion, chatId, field]);
}
