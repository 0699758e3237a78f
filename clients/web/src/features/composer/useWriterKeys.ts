import type { KeyboardEvent } from "react";
import { composerStore, type ComposerMode } from "@/hooks/composer";
import { matchesShortcut, type ShortcutId } from "@/lib/keys";
import type { ChatId } from "@wire";
import { readField, touchOnly, writeField } from "./field";
import { type Format, inFence, toggleFormat } from "./format";
import type { useSentHistory } from "./useSentHistory";

const FORMATS: readonly [ShortcutId, Format][] = [
  ["bold", "bold"], ["italic", "italic"], ["strike", "strike"], ["code", "code"], ["codeBlock", "codeBlock"],
  ["quote", "quote"],
];

export interface WriterKeys {
  readonly chatId: ChatId;
  readonly mode: ComposerMode;
  readonly ctrlEnter: boolean;
  readonly history: ReturnType<typeof useSentHistory>;
  readonly popup: { onKey(event: KeyboardEvent): boolean };
  submit(): void;
  /** Takes the notice away; false when there was none. */
  dismiss(): boolean;
  /** Sets the text while walking through what was sent. */
  recall(text: string): void;
}

/** Whether a key belongs to an input method that is composing. */
function composing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229;
}

/** What keys do in the field. Those that are handled go no further; all others are the browser's. */
export function writerKeyDown(event: KeyboardEvent<HTMLTextAreaElement>, keys: WriterKeys): void {
  if (composing(event)) return;
  if (keys.popup.onKey(event)) return;
  const handled = enter(event, keys) || format(event) || arrows(event, keys) || escape(event, keys);
  if (!handled) return;
  event.preventDefault();
  event.stopPropagation();
}

function enter(event: KeyboardEvent<HTMLTextAreaElement>, { ctrlEnter, submit }: WriterKeys): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return false;
  const withCtrl = event.ctrlKey || event.metaKey;
  const field = event.currentTarget;
  // Ctrl+Enter always sends, so that there is a way out of a code block.
  if (!withCtrl && (ctrlEnter || touchOnly() || inFence(field.value, field.selectionStart))) return false;
  submit();
  return true;
}

function format(event: KeyboardEvent<HTMLTextAreaElement>): boolean {
  const field = event.currentTarget;
  const { nativeEvent } = event;
  const found = FORMATS.find(([id]) => matchesShortcut(nativeEvent, id))?.[1];
  // Without a selection Ctrl+K is the switcher.
  const link = matchesShortcut(nativeEvent, "link") && field.selectionStart !== field.selectionEnd;
  const wanted = found ?? (link ? "link" : null);
  if (wanted) writeField(field, toggleFormat(readField(field), wanted));
  return wanted !== null;
}

function arrows(event: KeyboardEvent<HTMLTextAreaElement>, { mode, history, recall }: WriterKeys): boolean {
  const { value } = event.currentTarget;
  const { nativeEvent } = event;
  if (mode.kind !== "edit" && matchesShortcut(nativeEvent, "sentOlder")) return walkTo(history.walkSent(1, value), recall);
  if (mode.kind !== "edit" && matchesShortcut(nativeEvent, "sentNewer")) return walkTo(history.walkSent(-1, value), recall);
  if (value !== "" || mode.kind === "edit") return false;
  if (matchesShortcut(nativeEvent, "replyLast")) return history.replyLast();
  return mode.kind === "new" && matchesShortcut(nativeEvent, "editLast") && history.editLast();
}

function walkTo(text: string | null, recall: (text: string) => void): boolean {
  if (text !== null) recall(text);
  return true;
}

function escape(event: KeyboardEvent, { chatId, mode, dismiss }: WriterKeys): boolean {
  if (event.key !== "Escape" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (dismiss()) return true;
  if (mode.kind === "new") return false;
  composerStore.getState().cancel(chatId);
  return true;
}
