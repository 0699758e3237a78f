/**
 * The one table of shortcuts. They match `event.code`, so that they work on every layout; `ctrl` means Ctrl or ⌘.
 * One listener on the window dispatches to whoever has bound an action; the shortcut sheet is made from the table.
 */
import { useEffect, useRef } from "react";

export interface Stroke {
  readonly code: string;
  readonly ctrl?: boolean;
  readonly alt?: boolean;
  readonly shift?: boolean;
}

export type ShortcutScope = "global" | "chats" | "composer" | "timeline";

export interface Shortcut {
  readonly keys: readonly Stroke[];
  readonly scope: ShortcutScope;
  readonly labelKey: string;
}

const define = <Id extends string>(table: Record<Id, { scope: ShortcutScope; keys: readonly Stroke[] }>) =>
  (Object.keys(table) as Id[]).map((id) => ({ id, labelKey: `common:shortcut.${id}`, ...table[id] }));

const ctrl = (code: string, shift = false): Stroke => ({ code, ctrl: true, shift });
const alt = (code: string, shift = false): Stroke => ({ code, alt: true, shift });
const plain = (code: string, shift = false): Stroke => ({ code, shift });

/** Every shortcut there is, in the order of the sheet. */
export const SHORTCUTS = define({
  switcher: { scope: "global", keys: [ctrl("KeyK")] },
  shortcuts: { scope: "global", keys: [ctrl("Slash")] },
  settings: { scope: "global", keys: [ctrl("Comma")] },
  toggleDetails: { scope: "global", keys: [ctrl("Period")] },
  mentions: { scope: "global", keys: [ctrl("KeyM", true)] },
  historyBack: { scope: "global", keys: [alt("ArrowLeft")] },
  historyForward: { scope: "global", keys: [alt("ArrowRight")] },
  prevChat: { scope: "chats", keys: [alt("ArrowUp")] },
  nextChat: { scope: "chats", keys: [alt("ArrowDown")] },
  prevUnread: { scope: "chats", keys: [alt("ArrowUp", true)] },
  nextUnread: { scope: "chats", keys: [alt("ArrowDown", true)] },
  readAll: { scope: "chats", keys: [plain("Escape", true)] },
  readChat: { scope: "timeline", keys: [plain("Escape")] },
  jumpToDate: { scope: "timeline", keys: [ctrl("KeyG")] },
  reactLast: { scope: "timeline", keys: [ctrl("Backslash", true)] },
  focusComposer: { scope: "composer", keys: [ctrl("KeyL", true)] },
  send: { scope: "composer", keys: [plain("Enter")] },
  newLine: { scope: "composer", keys: [plain("Enter", true)] },
  editLast: { scope: "composer", keys: [plain("ArrowUp")] },
  replyLast: { scope: "composer", keys: [plain("ArrowUp", true)] },
  sentOlder: { scope: "composer", keys: [ctrl("ArrowUp")] },
  sentNewer: { scope: "composer", keys: [ctrl("ArrowDown")] },
  bold: { scope: "composer", keys: [ctrl("KeyB")] },
  italic: { scope: "composer", keys: [ctrl("KeyI")] },
  strike: { scope: "composer", keys: [ctrl("KeyX", true)] },
  code: { scope: "composer", keys: [ctrl("KeyE")] },
  codeBlock: { scope: "composer", keys: [ctrl("KeyC", true)] },
  quote: { scope: "composer", keys: [ctrl("Period", true)] },
  link: { scope: "composer", keys: [ctrl("KeyK")] },
  pastePlain: { scope: "composer", keys: [ctrl("KeyV", true)] },
});

export type ShortcutId = (typeof SHORTCUTS)[number]["id"];

/** What of a keyboard event matters here. */
export type KeyLike = Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

const BY_ID = new Map(SHORTCUTS.map((shortcut) => [shortcut.id, shortcut]));

/** Whether an event is exactly this stroke: no modifier more or less. */
const isStroke = (event: KeyLike, stroke: Stroke): boolean =>
  event.code === stroke.code &&
  (event.ctrlKey || event.metaKey) === (stroke.ctrl ?? false) &&
  event.altKey === (stroke.alt ?? false) &&
  event.shiftKey === (stroke.shift ?? false);

/** Whether an event is the shortcut `id`; for those who listen to keys themselves, as the composer. */
export const matchesShortcut = (event: KeyLike, id: ShortcutId): boolean => BY_ID.get(id)!.keys.some((stroke) => isStroke(event, stroke));

/** An action; `false` means that it does not apply now and the key goes on to the next one or to the browser. */
export type ShortcutHandler = (event: KeyboardEvent) => void | boolean;

const handlers = new Map<ShortcutId, ShortcutHandler[]>();

/** Binds an action; the one bound last is asked first. Returns how to unbind. */
export function bindShortcut(id: ShortcutId, handler: ShortcutHandler): () => void {
  handlers.set(id, [handler, ...(handlers.get(id) ?? [])]);
  return () => void handlers.set(id, (handlers.get(id) ?? []).filter((other) => other !== handler));
}

/** Runs what is bound to the event. Keys that compose a character, and those someone took already, are left alone. */
export function dispatchShortcut(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return false;
  for (const { id } of SHORTCUTS) {
    if (!matchesShortcut(event, id)) continue;
    for (const handler of handlers.get(id) ?? []) {
      if (handler(event) === false) continue;
      event.preventDefault();
      return true;
    }
  }
  return false;
}

/** Runs the action bound to `id` as if its key were pressed; for commands of the switcher. */
export function runShortcut(id: ShortcutId): boolean {
  const event = new KeyboardEvent("keydown", { code: BY_ID.get(id)!.keys[0]!.code });
  return (handlers.get(id) ?? []).some((handler) => handler(event) !== false);
}

/** Whether something is bound to `id` now. */
export const isBound = (id: ShortcutId): boolean => (handlers.get(id)?.length ?? 0) > 0;

/** Binds an action while the component is mounted. The newest `handler` is used; no need to memoise it. */
export function useShortcut(id: ShortcutId, handler: ShortcutHandler, enabled = true): void {
  const newest = useRef(handler);
  useEffect(() => {
    newest.current = handler;
  });
  useEffect(() => (enabled ? bindShortcut(id, (event) => newest.current(event)) : undefined), [id, enabled]);
}

const NAMES: Record<string, string> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Slash: "/",
  Comma: ",",
  Period: ".",
  Backslash: "\\",
};

const isMac = (): boolean => typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** A stroke as people read it: `Ctrl+Shift+K`, `⇧⌘K` on Apple's keyboards. */
export function strokeText(stroke: Stroke, mac = isMac()): string {
  const key = NAMES[stroke.code] ?? stroke.code.replace(/^(Key|Digit)/, "");
  if (mac) return `${stroke.alt ? "⌥" : ""}${stroke.shift ? "⇧" : ""}${stroke.ctrl ? "⌘" : ""}${key}`;
  return [stroke.ctrl && "Ctrl", stroke.alt && "Alt", stroke.shift && "Shift", key].filter(Boolean).join("+");
}

/** The first keys of a shortcut as text, for tooltips and menus. */
export const shortcutText = (id: ShortcutId): string => strokeText(BY_ID.get(id)!.keys[0]!);
