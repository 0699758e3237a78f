import { ALargeSmall } from "lucide-react";
import { Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { composerStore, modeOf } from "@/hooks/composer";
import { useComposerPrefs } from "@/hooks/composerPrefs";
import { loadEmoji } from "@/lib/emoji";
import { IconButton, lazyPart } from "@/ui";
import type { ChatId } from "@wire";
import { EmojiButton } from "./EmojiButton";
import { readField, replaceSelection, touchOnly, writeField } from "./field";
import { activeFormats, type Format, toggleFormat } from "./format";
import { counter, tidy } from "./limits";
import { NoticeBar } from "./NoticeBar";
import { ScheduledStrip } from "./ScheduledStrip";
import { SendButton } from "./SendButton";
import { optionId, Suggestions } from "./Suggestions";
import { Toolbar } from "./Toolbar";
import { preloadCommands } from "./useCommands";
import { useDraft } from "./useDraft";
import { useInsertion } from "./useInsertion";
import { useKeyboardInset } from "./useKeyboardInset";
import { usePaste } from "./usePaste";
import { usePhone } from "./usePhone";
import { usePlaceholder } from "./usePlaceholder";
import { usePopup } from "./usePopup";
import { useSentHistory } from "./useSentHistory";
import { useSubmit } from "./useSubmit";
import { useTypingNotice } from "./useTypingNotice";
import { writerKeyDown } from "./useWriterKeys";

const ContextBar = lazyPart(async () => (await import("./ContextBar")).ContextBar);
const Questions = lazyPart(async () => (await import("./Questions")).Questions);
const ScheduledDialog = lazyPart(async () => (await import("./ScheduledDialog")).ScheduledDialog);

/** The field with everything around it. */
export function Writer({ chatId }: { chatId: ChatId }) {
  const { t } = useTranslation("composer");
  const [prefs, change] = useComposerPrefs();
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = useDraft(chatId);
  const typing = useTypingNotice(chatId);
  const submit = useSubmit(chatId, draft, typing.stop);
  const history = useSentHistory(chatId);
  const paste = usePaste();
  const inset = useKeyboardInset();
  const placeholder = usePlaceholder(chatId);
  const [selection, setSelection] = useState({ start: draft.text.length, end: draft.text.length });
  const [focused, setFocused] = useState(false);
  const [scheduledOpen, setScheduledOpen] = useState(false);
  // On a phone the toolbar takes room the keyboard has left; it is opened there for the moment only.
  const phone = usePhone();
  const [openedHere, setOpenedHere] = useState(false);
  const toolbar = phone ? openedHere : prefs.toolbar;
  const cursor = selection.start === selection.end ? selection.end : -1;
  const popup = usePopup(chatId, draft.text, cursor, field, focused);
  const { mode, notice, limit } = submit;
  const count = counter(draft.text, limit);
  const ready = (tidy(draft.text) !== "" || mode.kind === "edit") && count?.tone !== "over";
  const formats = useMemo(() => activeFormats({ text: draft.text, ...selection }), [draft.text, selection]);

  useGrow(field, draft.text);
  useFocus(field, chatId);
  useInsertion(chatId, field);

  // `:smile:` is replaced on sending, by data that must be there by then; commands are code that must be.
  useEffect(() => {
    if (/:[a-z0-9_+-]+:/.test(draft.text)) void loadEmoji().catch(() => undefined);
    if (draft.text.startsWith("/")) preloadCommands();
  }, [draft.text]);

  const onChange = (text: string) => {
    draft.change(text);
    typing.touch(text);
    history.endWalk();
    if (notice) submit.setNotice(null);
  };
  const format = (wanted: Format) => field.current && writeField(field.current, toggleFormat(readField(field.current), wanted));
  const recall = useCallback((text: string) => {
    draft.change(text);
    requestAnimationFrame(() => field.current?.setSelectionRange(text.length, text.length));
  }, [draft]);
  const dismiss = () => {
    if (notice) submit.setNotice(null);
    return notice !== null;
  };

  return (
    <div className="px-6 pt-1 pb-4 max-phone:px-2 max-phone:pb-2" style={inset > 0 ? { marginBottom: inset } : undefined}>
      <ScheduledStrip chatId={chatId} onOpen={() => setScheduledOpen(true)} />
      <div className="relative rounded-3 border border-line-strong/50 bg-raised transition-shadow focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)]">
        {popup.open && <Suggestions id={popup.id} items={popup.items} active={popup.active} onPick={popup.pick} onHover={popup.mark} />}
        {mode.kind !== "new" && (
          <Suspense>
            <ContextBar chatId={chatId} mode={mode} />
          </Suspense>
        )}
        <NoticeBar
          text={draft.text}
          notice={notice}
          over={count?.tone === "over" ? -count.left : 0}
          onSendAsText={submit.sendAsText}
          onDismiss={() => (submit.setNotice(null), field.current?.focus())}
          onSplit={submit.sendSplit}
        />
        <div className="@container flex items-end gap-1 p-1.5">
          <IconButton
            label={t("formatting")}
            active={toolbar}
            // With very large letters the text needs the room.
            className="@max-[18rem]:hidden"
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => (phone ? setOpenedHere(!openedHere) : change({ toolbar: !prefs.toolbar }))}
          >
            <ALargeSmall />
          </IconButton>
          <textarea
            ref={field}
            rows={1}
            dir="auto"
            value={draft.text}
            placeholder={placeholder}
            aria-label={placeholder}
            aria-autocomplete="list"
            aria-haspopup="listbox"
            aria-controls={popup.open ? popup.id : undefined}
            aria-activedescendant={popup.open ? optionId(popup.id, popup.active) : undefined}
            enterKeyHint={touchOnly() || prefs.ctrlEnter ? "enter" : "send"}
            autoCapitalize="sentences"
            onChange={(event) => {
              setSelection({ start: event.target.selectionStart, end: event.target.selectionEnd });
              onChange(event.target.value);
            }}
            onSelect={(event) => setSelection({ start: event.currentTarget.selectionStart, end: event.currentTarget.selectionEnd })}
            onKeyDown={(event) => {
              paste.onKey(event);
              writerKeyDown(event, { chatId, mode, ctrlEnter: prefs.ctrlEnter, history, popup, submit: submit.submit, dismiss, recall });
            }}
            onPaste={paste.onPaste}
            onFocus={() => setFocused(true)}
            onBlur={() => {
              setFocused(false);
              typing.stop();
            }}
            className="field-sizing-content max-h-[min(15.5rem,40dvh)] min-h-9 min-w-0 flex-1 resize-none self-center overflow-y-auto overscroll-contain bg-transparent px-1.5 py-1.5 text-md leading-6 outline-none placeholder:overflow-hidden placeholder:text-ellipsis placeholder:whitespace-nowrap placeholder:text-ink-3 focus-visible:outline-none max-phone:min-h-11 max-phone:py-2.5 max-phone:text-[1rem]"
          />
          {count && (
            <span role="status" className={`self-end px-1 pb-2.5 text-xs tabular-nums ${count.tone === "over" ? "font-semibold text-danger" : "text-ink-2"}`}>
              {count.left}
            </span>
          )}
          <EmojiButton
            onPick={(emoji) => field.current && replaceSelection(field.current, emoji)}
            onClose={() => !touchOnly() && field.current?.focus()}
          />
          <SendButton
            editing={mode.kind === "edit"}
            ready={ready}
            busy={submit.busy}
            onSend={submit.submit}
            onSendLater={submit.sendLater}
            onPickMoment={() => submit.setQuestion({ kind: "moment" })}
            onShowScheduled={() => setScheduledOpen(true)}
          />
        </div>
        {toolbar && <Toolbar active={formats} onFormat={format} />}
      </div>
      {submit.question && (
        <Suspense>
          <Questions chatId={chatId} submit={submit} onPickCommand={(name) => draft.change(`/${name} `)} onDone={() => field.current?.focus()} />
        </Suspense>
      )}
      {scheduledOpen && (
        <Suspense>
          <ScheduledDialog chatId={chatId} onClose={() => setScheduledOpen(false)} />
        </Suspense>
      )}
      <span className="sr-only" role="status">
        {popup.open ? t("suggestionCount", { count: popup.items.length }) : ""}
      </span>
    </div>
  );
}

/** Grows the field with its text where the browser does not do it by itself. */
function useGrow(field: React.RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || typeof CSS === "undefined" || CSS.supports?.("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}

/** Takes the focus when someone asks for it; the cursor goes to the end. */
function useFocus(field: React.RefObject<HTMLTextAreaElement | null>, chatId: ChatId): void {
  const asked = composerStore((state) => state.focused);
  const seen = useRef(asked);
  const editing = composerStore((state) => modeOf(state, chatId)?.kind === "edit");
  useEffect(() => {
    if (seen.current === asked) return;
    seen.current = asked;
    const element = field.current;
    if (!element) return;
    if (document.activeElement !== element || editing) {
      element.focus({ preventScroll: true });
      element.setSelectionRange(element.value.length, element.value.length);
    }
  }, [asked, field, editing]);
}
