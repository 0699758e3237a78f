import { type ClipboardEvent, type KeyboardEvent, useRef } from "react";
import { matchesShortcut } from "@/lib/keys";
import { readField, replaceSelection, writeField } from "./field";
import { inFence, isUrl, makeLink } from "./format";

/** More HTML than this is pasted as plain text: nobody wants its form. */
const LONGEST_HTML = 500_000;

/** Reading HTML is loaded when some is pasted; without it the plain text has to do. */
const markdownOf = (html: string): Promise<string | null> =>
  import("./html").then(({ htmlToMarkdown }) => htmlToMarkdown(html), () => null);

/** Pasting: an address over words makes a link, HTML becomes markdown; Ctrl+Shift+V takes the plain text. */
export function usePaste() {
  const plain = useRef(false);

  /** To be called for every key: remembers that the next paste is to be plain. */
  const onKey = (event: KeyboardEvent) => {
    plain.current = matchesShortcut(event.nativeEvent, "pastePlain");
  };

  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const asPlain = plain.current;
    plain.current = false;
    if (asPlain) return;
    const field = event.currentTarget;
    const now = readField(field);
    const text = event.clipboardData.getData("text/plain");
    if (inFence(now.text, now.start)) return;
    const selected = now.text.slice(now.start, now.end);
    if (selected.trim() !== "" && !isUrl(selected) && isUrl(text)) {
      event.preventDefault();
      writeField(field, makeLink(now, text.trim()));
      return;
    }
    const html = event.clipboardData.getData("text/html");
    // Editors put coloured code on the clipboard as HTML: its plain text is the code.
    if (html === "" || html.length > LONGEST_HTML || event.clipboardData.types.includes("vscode-editor-data")) return;
    event.preventDefault();
    void markdownOf(html).then((markdown) => replaceSelection(field, markdown ?? text));
  };

  return { onKey, onPaste };
}
