/** Changing a text field so that the browser's own undo keeps working. */
import type { Selected } from "./format";

/** What the field holds and what is selected in it. */
export function readField(field: HTMLTextAreaElement): Selected {
  return { text: field.value, start: field.selectionStart, end: field.selectionEnd };
}

/** Makes the field hold `next`: only the part that differs is replaced, as if it were typed. */
export function writeField(field: HTMLTextAreaElement, next: Selected): void {
  const old = field.value;
  if (old !== next.text) {
    const shared = Math.min(old.length, next.text.length);
    let head = 0;
    while (head < shared && old[head] === next.text[head]) head += 1;
    let tail = 0;
    while (tail < shared - head && old[old.length - 1 - tail] === next.text[next.text.length - 1 - tail]) tail += 1;
    field.focus();
    field.setSelectionRange(head, old.length - tail);
    replaceSelection(field, next.text.slice(head, next.text.length - tail));
  }
  field.focus();
  field.setSelectionRange(next.start, next.end);
}

/** Puts a text in the place of the selection, as if it were typed. */
export function replaceSelection(field: HTMLTextAreaElement, text: string): void {
  field.focus();
  if (typeof document.execCommand === "function") {
    const done = text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text);
    if (done) return;
  }
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** Whether the screen is the only keyboard: there Enter makes a new line, and nothing is focused unasked. */
export function touchOnly(): boolean {
  return typeof matchMedia === "function" && matchMedia("(pointer: coarse) and (any-hover: none)").matches;
}
