import { type KeyboardEvent, type RefObject, useId, useState } from "react";
import type { ChatId } from "@wire";
import { insertChoice, step } from "./completion";
import { readField, writeField } from "./field";
import { useSuggestions } from "./useSuggestions";

/** The popup of suggestions: what is in it, which row is marked, and what keys do. It never sends. */
export function usePopup(chatId: ChatId, text: string, cursor: number, field: RefObject<HTMLTextAreaElement | null>, enabled: boolean) {
  const id = useId();
  const found = useSuggestions(chatId, text, enabled ? cursor : -1);
  const place = found ? `${found.trigger.sign}${found.trigger.start}` : "";
  const query = `${place}:${found?.trigger.query ?? ""}`;
  const [closed, setClosed] = useState("");
  const [marked, setMarked] = useState({ query: "", at: 0 });
  const open = found !== null && closed !== place;
  const count = found?.items.length ?? 0;
  // Another query begins at its best match.
  const active = marked.query === query ? Math.min(marked.at, count - 1) : 0;
  const mark = (at: number) => setMarked({ query, at });

  const pick = (at: number) => {
    const item = found?.items[at];
    if (!item || !field.current) return;
    const now = readField(field.current);
    const next = insertChoice(now.text, now.end, found.trigger, item.insert);
    writeField(field.current, { text: next.text, start: next.cursor, end: next.cursor });
  };

  /** Takes the keys that belong to the popup; true when it did. */
  const onKey = (event: KeyboardEvent): boolean => {
    if (!open || event.altKey || event.ctrlKey || event.metaKey) return false;
    if (event.key === "Tab" ? event.shiftKey : event.shiftKey) return false;
    if (event.key === "ArrowDown") mark(step(active, 1, count));
    else if (event.key === "ArrowUp") mark(step(active, -1, count));
    else if (event.key === "Enter" || event.key === "Tab") pick(active);
    else if (event.key === "Escape") setClosed(place);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };

  // What was closed opens again once something else is being typed.
  if (!found && closed !== "") setClosed("");
  return { id, open, items: found?.items ?? [], active, mark, pick, onKey };
}
