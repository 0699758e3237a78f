import { useCallback, useEffect, useRef, useState } from "react";
import type { ChatId } from "@wire";
import { useApi, useChat, useEngine } from "@/hooks";
import { composerStore, modeOf, useComposerMode } from "@/hooks/composer";
import { useFlush } from "@/hooks/flush";
import { clock, type Timer } from "@/lib/clock";
import { mergeDraft, rememberSave } from "./drafts";

/** A draft is handed to the engine this long after the last key. */
const SAVE_MS = 400;

/** Texts of edits that were left unfinished by going to another chat. */
const unfinished = new Map<string, string>();

export interface DraftText {
  readonly text: string;
  /** What the person typed. */
  change(text: string): void;
  /** After sending: nothing is left to keep. */
  clear(): void;
}

/**
 * The text of a chat's composer. Kept as the chat's draft, except while a message is edited: then the draft waits
 * and comes back afterwards.
 */
export function useDraft(chatId: ChatId): DraftText {
  const engine = useEngine();
  const api = useApi();
  const draft = useChat(chatId)?.info.draft ?? null;
  const mode = useComposerMode(chatId);
  const editing = mode.kind === "edit" ? mode.message.id : null;
  const [text, setText] = useState(() => (mode.kind === "edit" ? editText(mode.message) : (draft?.content ?? "")));
  const kept = useRef({ text, editing, touched: false, saved: [] as readonly string[], timer: undefined as Timer | undefined, waiting: draft?.content ?? "" });

  const show = useCallback((next: string) => {
    kept.current.text = next;
    setText(next);
  }, []);

  const save = useCallback(() => {
    const now = kept.current;
    clock.clearTimeout(now.timer);
    if (now.timer === undefined) return;
    now.timer = undefined;
    if (now.editing !== null) return;
    now.saved = rememberSave(now.saved, now.text);
    const current = modeOf(composerStore.getState(), chatId);
    engine.setDraft(chatId, now.text, current?.kind === "reply" ? current.message.id : null);
  }, [engine, chatId]);

  const schedule = useCallback(() => {
    clock.clearTimeout(kept.current.timer);
    kept.current.timer = clock.setTimeout(save, SAVE_MS);
  }, [save]);

  const change = useCallback(
    (next: string) => {
      kept.current.touched = true;
      show(next);
      if (kept.current.editing === null) schedule();
      else unfinished.set(kept.current.editing, next);
    },
    [show, schedule],
  );

  const clear = useCallback(() => {
    show("");
    kept.current.touched = false;
    schedule();
    save();
  }, [show, schedule, save]);

  // An edit begins or ends: the draft steps aside and comes back.
  useEffect(() => {
    const now = kept.current;
    if (now.editing === editing) return;
    if (now.editing === null) {
      save();
      now.waiting = now.text;
    } else unfinished.delete(now.editing);
    now.editing = editing;
    show(mode.kind === "edit" ? editText(mode.message) : now.waiting);
    now.touched = mode.kind !== "edit" && now.waiting !== "";
  }, [editing, mode, save, show]);

  // Another device's draft.
  const incoming = draft?.content ?? "";
  useEffect(() => {
    const now = kept.current;
    if (now.editing !== null) return;
    const merged = mergeDraft(now, incoming);
    if (merged === now.text) return;
    // What was saved here before is past: from now on it would be news again.
    now.saved = [];
    show(merged);
  }, [incoming, show]);

  // A reply is part of the draft: begun or cancelled, it is saved with it, and restored when the chat is opened.
  const replyTo = mode.kind === "reply" ? mode.message.id : null;
  const replied = useRef(replyTo);
  useEffect(() => {
    if (replied.current === replyTo) return;
    replied.current = replyTo;
    if (kept.current.editing === null && kept.current.text !== "") schedule();
  }, [replyTo, schedule]);
  const wanted = useRef(draft?.content ? draft.reply_to : null);
  useEffect(() => {
    const id = wanted.current;
    wanted.current = null;
    if (!id || modeOf(composerStore.getState(), chatId)) return;
    const restore = async () => {
      const known = [...(engine.store.chat(chatId)?.messages.values() ?? [])].find((message) => message.id === id);
      const message = known ?? (await api.message(chatId, id));
      if (message.deleted || modeOf(composerStore.getState(), chatId)) return;
      composerStore.setState(({ modes }) => ({ modes: { ...modes, [chatId]: { kind: "reply", message } } }));
    };
    // Without it the draft is still there, only no longer a reply.
    void restore().catch(() => undefined);
  }, [engine, api, chatId]);

  useEffect(() => {
    const hidden = () => document.visibilityState === "hidden" && save();
    document.addEventListener("visibilitychange", hidden);
    window.addEventListener("pagehide", save);
    return () => {
      document.removeEventListener("visibilitychange", hidden);
      window.removeEventListener("pagehide", save);
      save();
    };
  }, [save]);
  useFlush(save);

  return { text, change, clear };
}

function editText(message: { id: string; content: string }): string {
  return unfinished.get(message.id) ?? message.content;
}
