import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ChatId } from "@wire";
import { leaveAt, positionOf } from "./positions";
import { estimateHeight, indexOfSeq, isUnsent, newestSeq, type Row } from "./rows";
import { useCatchUp } from "./useCatchUp";

/** So close to the end counts as being there. */
const END_PX = 64;
/** Rows beyond the visible ones that are kept loaded: several screens, so that no empty frame is ever seen. */
const AHEAD = 60;
const PADDING_TOP = 88;

/** Where to go as soon as it is there. */
export type Goal = { readonly kind: "end" } | { readonly kind: "seq"; readonly seq: number; readonly align: "start" | "center"; readonly offset?: number };

/** What can be seen. */
export interface Visible {
  readonly atEnd: boolean;
  /** Numbers of the first and the last stored message in view. */
  readonly first: number;
  readonly last: number;
  /** The row at the upper edge. */
  readonly top: number;
}

export interface ScrollerOptions {
  chatId: ChatId;
  rows: readonly Row[];
  hasOlder: boolean;
  hasNewer: boolean;
  goal: Goal;
  onNearStart(): void;
  onNearEnd(): void;
  onVisible(visible: Visible): void;
  /** A message one wanted to go to is in view. */
  onArrive(seq: number): void;
}

export interface Scroller {
  readonly element: RefObject<HTMLDivElement | null>;
  readonly virtualizer: Virtualizer<HTMLDivElement, HTMLDivElement>;
  readonly visible: Visible;
  go(goal: Goal): void;
  /** For `ref` of a row. */
  readonly measure: (row: HTMLDivElement | null) => void;
}

let lastSize = { width: 900, height: 800 };

/** Scrolling that never moves what is being read: pages put in before it, heights that change, rows that are forgotten
 * are all made up for; at the end it stays at the end. */
export function useScroller({ chatId, rows, hasOlder, hasNewer, goal, onNearStart, onNearEnd, onVisible, onArrive }: ScrollerOptions): Scroller {
  const element = useRef<HTMLDivElement>(null);
  const pending = useRef<Goal | null>(goal);
  const [visible, setVisible] = useState<Visible>({ atEnd: goal.kind === "end", first: 0, last: 0, top: 0 });
  const hadNewer = useRef(hasNewer);
  const saved = useMemo(() => positionOf(chatId), [chatId]);

  const catchUp = useCatchUp();
  catchUp.run();
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    ...catchUp.options,
    count: rows.length,
    getScrollElement: () => element.current,
    estimateSize: useCallback((index: number) => (rows[index] ? estimateHeight(rows[index], lastSize.width) : 48), [rows]),
    getItemKey: useCallback((index: number) => rows[index]?.key ?? index, [rows]),
    overscan: useOverscan(),
    paddingStart: PADDING_TOP,
    paddingEnd: 12,
    anchorTo: "end",
    // A page loaded at the lower end is no news: only what arrives at the very end is followed.
    followOnAppend: !hasNewer && !hadNewer.current,
    scrollEndThreshold: END_PX,
    initialRect: lastSize,
    initialOffset: () => guess(rows, goal),
    ...(saved && { initialMeasurementsCache: [...saved.sizes] }),
  });
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = adjusts;
  catchUp.virtualizer = virtualizer;
  useEffect(() => {
    hadNewer.current = hasNewer;
  });

  const settling = useSettling(element);
  const [total, height] = [virtualizer.getTotalSize(), virtualizer.scrollRect?.height];
  useLayoutEffect(() => {
    // The virtualizer finds its way by numbers of rows: those change when a page is put in before them. Heights that
    // were only estimated, or a bar that takes room above, move the goal too.
    pending.current ??= settling.goal();
    const goal = pending.current;
    reach(virtualizer, rows, hasNewer, pending, onArrive);
    if (pending.current === null) settling.keep(goal);
  }, [virtualizer, rows, hasNewer, onArrive, settling, total, height]);
  const look = useCallback(() => {
    const next = visiblePart(virtualizer, rows, hasNewer);
    setVisible((before) => (same(before, next) ? before : next));
    return next;
  }, [virtualizer, rows, hasNewer]);
  const range = virtualizer.range;
  useLayoutEffect(() => {
    if (pending.current === null) onVisible(look());
  }, [look, onVisible, range, virtualizer.scrollOffset]);
  useEffect(() => {
    if (!range || rows.length === 0 || pending.current !== null) return;
    if (hasOlder && range.startIndex < AHEAD) onNearStart();
    if (hasNewer && range.endIndex > rows.length - AHEAD) onNearEnd();
  }, [range, rows, hasOlder, hasNewer, onNearStart, onNearEnd]);
  useStickToEnd(element, virtualizer, visible.atEnd);
  useRemember(chatId, virtualizer, rows, visible);

  const go = useCallback(
    (next: Goal) => {
      pending.current = next;
      reach(virtualizer, rows, hasNewer, pending, onArrive);
      if (pending.current === null) settling.keep(next);
    },
    [virtualizer, rows, hasNewer, onArrive, settling],
  );
  return { element, virtualizer, visible, go, measure: catchUp.measure };
}

/** Few rows beyond the visible ones in the first frames, so that a chat opens fast; then so many that quick scrolling
 * never gets ahead of drawing. */
function useOverscan(): number {
  const [rows, setRows] = useState(4);
  useEffect(() => {
    const timer = window.setTimeout(() => setRows(16), 350);
    return () => window.clearTimeout(timer);
  }, []);
  return rows;
}

/** About where the goal is, so that the first frame is near it already. */
function guess(rows: readonly Row[], goal: Goal): number {
  const index = goal.kind === "end" ? rows.length : indexOfSeq(rows, goal.seq);
  let offset = PADDING_TOP;
  for (let at = 0; at < index; at++) offset += rows[at] ? estimateHeight(rows[at] as Row, lastSize.width) : 0;
  return Math.max(0, goal.kind === "end" ? offset - lastSize.height : offset - lastSize.height / 2);
}

type V = Virtualizer<HTMLDivElement, HTMLDivElement>;

/** Whether a height that changed moves what is below it on the screen: when it is above the upper edge, whichever
 * way one scrolls. A row that is cut by the edge grows downwards, unless it is measured for the first time. */
function adjusts(item: { key: unknown; start: number; size: number }, _: number, virtualizer: Virtualizer<HTMLDivElement, HTMLDivElement>): boolean {
  const offset = virtualizer.scrollOffset ?? 0;
  const measured = virtualizer.itemSizeCache.has(item.key as string);
  return measured ? item.start + item.size <= offset : item.start < offset;
}

/** Goes to the goal if it is loaded. */
function reach(virtualizer: V, rows: readonly Row[], hasNewer: boolean, pending: RefObject<Goal | null>, onArrive: (seq: number) => void): void {
  const goal = pending.current;
  if (goal === null || rows.length === 0) return;
  if (goal.kind === "end") {
    if (hasNewer) return;
    pending.current = null;
    virtualizer.scrollToEnd();
    return;
  }
  const index = indexOfSeq(rows, goal.seq);
  const row = rows[index];
  if (row === undefined || (row.shown.message.seq !== goal.seq && index === 0)) return;
  pending.current = null;
  if (goal.align === "center") onArrive(goal.seq);
  if (goal.offset === undefined) virtualizer.scrollToIndex(index, { align: goal.align });
  // Not by getOffsetForIndex: near the end that gives the last place there is, and the offset would then lead away from it.
  else virtualizer.scrollToOffset((virtualizer.measurementsCache[index]?.start ?? 0) + goal.offset);
}

/** For this long a goal that was reached is held while pages come in, unless the person scrolls. */
const SETTLE_MS = 700;

interface Settling {
  goal(): Goal | null;
  keep(goal: Goal | null): void;
}

function useSettling(element: RefObject<HTMLDivElement | null>): Settling {
  const held = useRef<{ goal: Goal; until: number } | null>(null);
  useEffect(() => {
    const node = element.current;
    const release = () => (held.current = null);
    const kinds = ["wheel", "touchmove", "pointerdown", "keydown"] as const;
    for (const kind of kinds) node?.addEventListener(kind, release, { passive: true });
    return () => kinds.forEach((kind) => node?.removeEventListener(kind, release));
  }, [element]);
  return useMemo(
    () => ({
      goal: () => (held.current && performance.now() < held.current.until ? held.current.goal : null),
      keep: (goal: Goal | null) => {
        if (goal !== null && held.current?.goal !== goal) held.current = { goal, until: performance.now() + SETTLE_MS };
      },
    }),
    [],
  );
}

function visiblePart(virtualizer: V, rows: readonly Row[], hasNewer: boolean): Visible {
  const offset = virtualizer.scrollOffset ?? 0;
  const height = virtualizer.scrollRect?.height ?? 0;
  const items = virtualizer.getVirtualItems();
  const inside = items.filter((item) => item.end > offset + 1 && item.start < offset + height - 1);
  // The last one that is seen to its end; a single one taller than the window counts when its text has begun.
  const whole = inside.filter((item) => item.end <= offset + height + 8);
  const [top = 0, bottom = -1] = [inside[0]?.index, (whole.at(-1) ?? inside[0])?.index];
  const atEnd = !hasNewer && virtualizer.getTotalSize() - offset - height <= END_PX;
  const firstRow = rows[top];
  return { atEnd, top, first: firstRow && !isUnsent(firstRow.shown) ? firstRow.shown.message.seq : 0, last: newestSeq(rows, top, atEnd ? rows.length - 1 : bottom) };
}

function same(a: Visible, b: Visible): boolean {
  return a.atEnd === b.atEnd && a.first === b.first && a.last === b.last && a.top === b.top;
}

/** When the window or the composer changes its height, the end stays in view. */
function useStickToEnd(element: RefObject<HTMLDivElement | null>, virtualizer: V, atEnd: boolean): void {
  const stick = useRef(atEnd);
  useEffect(() => {
    stick.current = atEnd;
  });
  useEffect(() => {
    const node = element.current;
    if (node === null || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      lastSize = { width: node.clientWidth, height: node.clientHeight };
      if (stick.current) virtualizer.scrollToEnd();
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [element, virtualizer]);
}

/** Keeps the place for the next time the chat is shown. */
function useRemember(chatId: ChatId, virtualizer: V, rows: readonly Row[], visible: Visible): void {
  const last = useRef<{ atEnd: boolean; seq: number; offset: number } | null>(null);
  useLayoutEffect(() => {
    const offset = virtualizer.scrollOffset ?? 0;
    const item = virtualizer.getVirtualItemForOffset(offset);
    const row = item && rows[item.index];
    if (item && row) last.current = { atEnd: visible.atEnd, seq: row.shown.message.seq, offset: Math.round(offset - item.start) };
  });
  useEffect(() => () => {
    if (last.current) leaveAt(chatId, { ...last.current, sizes: virtualizer.takeSnapshot() });
  }, [chatId, virtualizer]);
}
