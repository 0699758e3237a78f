import { type ComponentType, type ReactNode, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useChat, useEngine, useOutbox } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import { useShortcut } from "@/lib/keys";
import { times } from "@/lib/time";
import type { Segment } from "@/sync/types";
import type { ChatId, Message } from "@wire";
import { Announcer } from "./Announcer";
import { JumpButton } from "./JumpButton";
import { MenuLayer } from "./MenuLayer";
import { MessageList } from "./MessageList";
import { positionOf } from "./positions";
import { buildRows, type Row } from "./rows";
import { StickyDate } from "./StickyDate";
import { TypingLine } from "./TypingLine";
import { useReading } from "./useReading";
import { type Goal, useScroller } from "./useScroller";
import { useSegmentWindow } from "./useSegmentWindow";
import { createView, type EmojiPickerProps, type ProfileTriggerProps, rowOnScreen, type TimelineParts, TimelineProvider, useView, type ViewStore } from "./view";
import { lazyPart } from "@/ui";

const SelectionBar = lazyPart(async () => (await import("./SelectionBar")).SelectionBar);
const Dialogs = lazyPart(async () => (await import("./dialogs/Dialogs")).default);

export interface TimelineProps {
  chatId: ChatId;
  /** The message to show in its context and to light up. */
  seq?: number;
  onReply?: (message: Message) => void;
  onEdit?: (message: Message) => void;
  /** Below the messages, for those who are no members. */
  joinBar?: ReactNode;
  renderEmojiPicker?: (props: EmojiPickerProps) => ReactNode;
  ProfileCard?: ComponentType<ProfileTriggerProps>;
}

/** The messages of a chat. */
export function Timeline(props: TimelineProps) {
  // Everything in it belongs to one chat.
  return <TimelineOf key={props.chatId} {...props} />;
}

function TimelineOf(props: TimelineProps) {
  const { chatId, seq, joinBar } = props;
  const engine = useEngine();
  const chat = useChat(chatId);
  const reading = useReading(chatId);
  const [start] = useState(() => beginning(engine.store.chat(chatId)?.lastSeq ?? 0, chatId, seq, reading.line));
  const part = useSegmentWindow(chatId, needsPlace(start, engine.store.segment(chatId).messages[0]?.message.seq) ? start.seq : undefined);
  const { segment } = part;
  const rows = useRows(segment, reading.line);
  const [view] = useState(createView);
  const onArrive = useCallback((at: number) => light(view, at), [view]);
  const scroller = useScroller({
    chatId, rows, hasOlder: segment.hasOlder, hasNewer: segment.hasNewer, goal: start, onNearStart: part.needOlder, onNearEnd: part.needNewer, onVisible: reading.seen, onArrive,
  });
  const { go, visible } = scroller;

  const goTo = useCallback(
    (target: number) => {
      const wanted = Math.max(1, Math.min(target, engine.store.chat(chatId)?.lastSeq ?? target));
      part.showAround(wanted);
      go({ kind: "seq", seq: wanted, align: "center" });
    },
    [engine, chatId, part, go],
  );
  const goToEnd = useCallback(() => {
    part.showAround(undefined);
    go({ kind: "end" });
  }, [part, go]);
  const timeline = useParts(props, view, goTo, reading.markUnreadFrom);

  useTarget(seq, goTo);
  useOwnSends(chatId, goToEnd);
  useTrim(part.trim, rows, visible.top, visible.atEnd);
  useShortcut("readChat", (event) => leaveOrRead(event, timeline, reading.readAll, goToEnd));
  useShortcut("jumpToDate", () => timeline.view.setState({ dialog: { kind: "date" } }));
  useShortcut("reactLast", () => reactLast(timeline, rows));

  return (
    <TimelineProvider value={timeline}>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <SelectionLayer rows={rows} />
        <StickyDate at={rows[visible.top]?.day === false ? rows[visible.top]?.shown.message.timestamp : undefined} moving={scroller.virtualizer.isScrolling} />
        <MessageList rows={rows} part={part} scroller={scroller} chat={chat} />
        <JumpButton chatId={chatId} shown={!visible.atEnd && rows.length > 0} onClick={goToEnd} />
      </div>
      <TypingLine chatId={chatId} />
      {joinBar}
      <MenuLayer />
      <DialogLayer />
      <Announcer chatId={chatId} />
    </TimelineProvider>
  );
}

function SelectionLayer({ rows }: { rows: readonly Row[] }) {
  const selecting = useView((view) => view.selected !== null);
  return selecting ? (
    <Suspense>
      <SelectionBar rows={rows} />
    </Suspense>
  ) : null;
}

function DialogLayer() {
  const open = useView((view) => view.dialog !== null);
  return open ? (
    <Suspense>
      <Dialogs />
    </Suspense>
  ) : null;
}

/** Where a chat is opened: at what a link names, where it was left, at the first unread message, or at the end. */
function beginning(lastSeq: number, chatId: ChatId, seq: number | undefined, unread: number | null): Goal {
  if (seq !== undefined) return { kind: "seq", seq: Math.max(1, Math.min(seq, lastSeq)), align: "center" };
  const left = positionOf(chatId);
  if (left && !left.atEnd && left.seq <= lastSeq) return { kind: "seq", seq: left.seq, align: "start", offset: left.offset };
  if (unread !== null) return { kind: "seq", seq: unread, align: "start", offset: -72 };
  return { kind: "end" };
}

/** Whether the beginning lies before the newest run that is loaded. */
function needsPlace(start: Goal, firstLoaded: number | undefined): start is Extract<Goal, { kind: "seq" }> {
  return start.kind === "seq" && (firstLoaded === undefined || start.seq < firstLoaded);
}

function useRows({ messages, hasOlder }: Segment, line: number | null): readonly Row[] {
  const before = useRef<readonly Row[]>([]);
  const rows = useMemo(() => buildRows(messages, line, times().dayNumber, before.current), [messages, line]);
  useLayoutEffect(() => {
    before.current = rows;
  }, [rows]);
  // Whether the first one begins a day or a group is known with the one before it. Until then it is not drawn: it would
  // change its height in the middle of what is read.
  return useMemo(() => (hasOlder && rows.length > 1 ? rows.slice(1) : rows), [rows, hasOlder]);
}

/** The part of the context that never changes, with the newest handlers behind it. */
function useParts(props: TimelineProps, view: ViewStore, goTo: (seq: number) => void, markUnreadFrom: (message: Message) => void): TimelineParts {
  const { chatId } = props;
  const newest = useRef({ props, goTo, markUnreadFrom });
  useLayoutEffect(() => {
    newest.current = { props, goTo, markUnreadFrom };
  });
  const hasPicker = props.renderEmojiPicker !== undefined;
  const { ProfileCard } = props;
  return useMemo(
    () => ({
      chatId,
      view,
      hasPicker,
      ProfileCard,
      renderEmojiPicker: (picker: EmojiPickerProps) => newest.current.props.renderEmojiPicker?.(picker),
      reply: (message: Message) => (newest.current.props.onReply ?? ((one) => composerStore.getState().startReply(chatId, one)))(message),
      edit: (message: Message) => (newest.current.props.onEdit ?? ((one) => composerStore.getState().startEdit(chatId, one)))(message),
      goTo: (seq: number) => newest.current.goTo(seq),
      markUnreadFrom: (message: Message) => newest.current.markUnreadFrom(message),
    }),
    [chatId, view, hasPicker, ProfileCard],
  );
}

const LIT_MS = 2_200;

/** Lights a message up for a while. */
function light(view: ViewStore, seq: number): void {
  view.setState({ lit: seq });
  window.setTimeout(() => view.getState().lit === seq && view.setState({ lit: null }), LIT_MS);
}

/** Follows the address: the message it names is shown. (The first one is where the timeline was opened.) */
function useTarget(seq: number | undefined, goTo: (seq: number) => void): void {
  const shown = useRef(seq);
  useEffect(() => {
    if (seq !== undefined && shown.current !== seq) goTo(seq);
    shown.current = seq;
  }, [seq, goTo]);
}

/** What one sends oneself is always seen. */
function useOwnSends(chatId: ChatId, goToEnd: () => void): void {
  const newest = useOutbox().findLast((entry) => entry.chatId === chatId && entry.action.type === "message")?.id;
  const known = useRef(newest);
  useEffect(() => {
    if (newest !== undefined && newest !== known.current) goToEnd();
    if (newest !== undefined) known.current = newest;
  }, [newest, goToEnd]);
}

/** Rows from which on forgetting does not wait for a pause. */
const TOO_MANY = 2_000;

/** Keeps memory bounded: what is far from what is read is forgotten, in a pause if one comes soon enough. */
function useTrim(trim: (seq: number) => void, rows: readonly Row[], top: number, atEnd: boolean): void {
  const seq = (atEnd ? rows.at(-1) : rows[top])?.shown.message.seq;
  useEffect(() => {
    if (seq === undefined) return;
    const timer = window.setTimeout(() => trim(seq), rows.length > TOO_MANY ? 0 : 200);
    return () => window.clearTimeout(timer);
  }, [trim, seq, rows.length]);
}

/** Esc: first stops selecting; then marks the chat read and goes to its end. */
function leaveOrRead({ target }: KeyboardEvent, { view }: TimelineParts, readAll: () => void, goToEnd: () => void): boolean | void {
  if (view.getState().selected !== null) return view.setState({ selected: null });
  // A search field elsewhere has a use of its own for the key.
  if (target instanceof HTMLInputElement) return false;
  readAll();
  goToEnd();
  composerStore.getState().focus();
}

function reactLast({ view }: TimelineParts, rows: readonly Row[]): boolean | void {
  const row = rows.findLast(({ shown }) => !shown.message.deleted && shown.delivery !== "failed");
  if (!row) return false;
  const box = rowOnScreen(row.key)?.getBoundingClientRect() ?? new DOMRect(window.innerWidth / 2, window.innerHeight / 2);
  view.setState({ picker: { message: row.shown.message, box: { left: box.left + 48, top: box.top, width: 1, height: box.height } } });
}
