import { useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import type { ChatState } from "@/sync/types";
import { Button } from "@/ui";
import { EmptyChat } from "./EmptyChat";
import { ListTop, LoadingRows } from "./ListTop";
import { MessageRow } from "./MessageRow";
import { byId, type Row } from "./rows";
import { useListEvents } from "./useListEvents";
import type { Scroller } from "./useScroller";
import type { SegmentWindow } from "./useSegmentWindow";
import { useTouch } from "./useTouch";
import { useTimeline, useView } from "./view";

interface Props {
  rows: readonly Row[];
  part: SegmentWindow;
  scroller: Scroller;
  chat: ChatState | undefined;
}

/** The rows that are in view, in a box that scrolls. */
export function MessageList({ rows, part, scroller, chat }: Props) {
  const { t } = useTranslation("timeline");
  const { virtualizer, element } = scroller;
  const { segment } = part;
  const originals = useMemo(() => byId(segment.messages), [segment.messages]);
  const events = useRowEvents(rows, scroller);
  // Something must be in the tab order before a row was ever chosen.
  const noneFocused = useView((view) => view.focused === null);
  const items = virtualizer.getVirtualItems();
  const empty = rows.length === 0 && !segment.hasOlder && !segment.hasNewer;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- handlers of all rows at once
    <div
      ref={element}
      role="log"
      aria-live="off"
      aria-busy={rows.length === 0 && !empty}
      aria-label={t("messages")}
      tabIndex={noneFocused ? 0 : -1}
      data-timeline
      className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto overscroll-contain px-6 outline-offset-[-2px] [overflow-anchor:none] max-phone:px-4"
      {...events}
    >
      {empty && chat && (
        <div className="grid min-h-full items-center">
          <EmptyChat chat={chat} />
        </div>
      )}
      {rows.length === 0 && !empty && (part.failed ? <LoadFailed onRetry={part.retry} /> : <LoadingRows />)}
      {rows.length > 0 && (
        <div className="flex min-h-full flex-col justify-end">
          <div className="relative shrink-0" style={{ height: virtualizer.getTotalSize() }}>
            <ListTop chat={chat} more={segment.hasOlder} failed={part.failed} onRetry={part.retry} />
            {items.map((item) => {
              const row = rows[item.index];
              // Each at its own whole pixel: fractions of heights would add up and shake what is read.
              return row === undefined ? null : (
                <div key={item.key} data-index={item.index} ref={scroller.measure} className="absolute inset-x-0 flow-root" style={{ top: item.start }}>
                  <MessageRow row={row} original={row.shown.message.reply_to === null ? undefined : originals.get(row.shown.message.reply_to)} />
                </div>
              );
            })}
          </div>
        </div>
      )}
    </div>
  );
}

function LoadFailed({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation("timeline");
  return (
    <div className="grid h-full place-content-center justify-items-center gap-3 text-ink-2">
      <p>{t("loadFailed")}</p>
      <Button onClick={onRetry}>{t("common:tryAgain")}</Button>
    </div>
  );
}

/** Handlers that stay the same while rows come and go. */
function useRowEvents(rows: readonly Row[], { virtualizer }: Scroller) {
  const timeline = useTimeline();
  const engine = useEngine();
  const newest = useRef(rows);
  useLayoutEffect(() => {
    newest.current = rows;
  }, [rows]);
  const hooks = useMemo(
    () => ({
      rows: () => newest.current,
      show: (index: number) => virtualizer.scrollToIndex(index, { align: "auto" }),
      mayReply: (row: Row) => !row.shown.message.deleted && (engine.store.chat(timeline.chatId)?.info.permissions.includes("write") ?? false),
    }),
    [virtualizer, engine, timeline.chatId],
  );
  const { focusRow, rowOf, ...pointer } = useListEvents(timeline, hooks);
  const touch = useTouch(timeline, rowOf, hooks.mayReply);
  const onKeyDown: typeof pointer.onKeyDown = (event) => {
    // The list itself has the focus: the arrows enter it at its end.
    if (event.target === event.currentTarget && (event.code === "ArrowUp" || event.code === "ArrowDown") && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      focusRow(virtualizer.range?.endIndex ?? newest.current.length - 1);
    } else {
      pointer.onKeyDown(event);
    }
  };
  return { ...pointer, ...touch, onKeyDown };
}
