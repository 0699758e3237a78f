import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui";
import { type Cell, type Row, rowOfCell, type Section } from "./emojiRows";

export interface EmojiGridProps {
  id: string;
  rows: readonly Row[];
  columns: number;
  /** Side of a cell in px. */
  size: number;
  /** The marked cell; -1 for none. */
  active: number;
  /** A section to scroll to; a new object each time. */
  jump: { readonly section: Section } | null;
  label: (cell: Cell) => string;
  onPick: (cell: Cell) => void;
  onHover: (cell: Cell) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onSection: (section: Section) => void;
}

const TITLE_PX = 30;

/** The id of a cell, for `aria-activedescendant`. */
export const cellId = (id: string, at: number): string => `${id}-${at}`;

/** All emoji; only the rows in view are made. */
export function EmojiGrid({ id, rows, columns, size, active, jump, label, onPick, onHover, onKeyDown, onSection }: EmojiGridProps) {
  const { t } = useTranslation("composer");
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => (rows[at]?.kind === "title" ? TITLE_PX : size),
    getItemKey: (at) => at,
    overscan: 3,
    initialRect: { width: columns * size, height: 320 },
  });
  useEffect(() => virtual.measure(), [virtual, rows, size]);
  useEffect(() => {
    if (active >= 0) virtual.scrollToIndex(rowOfCell(rows, active));
  }, [virtual, rows, active]);
  useEffect(() => {
    const at = jump ? rows.findIndex((row) => row.section === jump.section) : -1;
    if (at >= 0) virtual.scrollToIndex(at, { align: "start" });
  }, [virtual, rows, jump]);
  const top = rows[virtual.range?.startIndex ?? 0]?.section;
  useEffect(() => {
    if (top) onSection(top);
  }, [top, onSection]);
  return (
    <div
      ref={scroller}
      id={id}
      role="grid"
      tabIndex={0}
      aria-label={t("emoji.title")}
      aria-rowcount={rows.length}
      aria-activedescendant={active >= 0 ? cellId(id, active) : undefined}
      onKeyDown={onKeyDown}
      data-swipe="none"
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-2 outline-offset-[-2px]"
    >
      <div style={{ height: virtual.getTotalSize() }} className="relative">
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <div key={index} role="row" aria-rowindex={index + 1} style={{ transform: `translateY(${start}px)` }} className="absolute inset-x-0 top-0 flex">
              {row.kind === "title" ? (
                <div role="gridcell" aria-colspan={columns} style={{ height: TITLE_PX }} className="flex items-end px-1.5 pb-1 text-xs font-semibold text-ink-2">
                  {t(`emoji.${row.section}`)}
                </div>
              ) : (
                row.cells.map((cell) => (
                  <div
                    key={cell.at}
                    id={cellId(id, cell.at)}
                    role="gridcell"
                    aria-label={label(cell)}
                    aria-selected={cell.at === active}
                    onClick={() => onPick(cell)}
                    onPointerMove={() => cell.at !== active && onHover(cell)}
                    style={{ width: size, height: size, fontSize: size * 0.62 }}
                    className={cx("grid cursor-pointer place-items-center rounded-1 leading-none select-none", cell.at === active && "bg-accent-soft outline-2 -outline-offset-2 outline-accent")}
                  >
                    {cell.emoji}
                  </div>
                ))
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
