import { type Level, levelOf } from "@/lib/notify";
import { useNotificationPrefs } from "@/hooks/notifications";
import type { ChatSummary } from "@/sync/types";
import { ContextMenu, type MenuEntry } from "@/ui";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown } from "lucide-react";
import { type CSSProperties, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "./arrange";
import { ChatRow } from "./ChatRow";
import type { Section } from "./folders";
import { useToday } from "./useToday";

/** Longer lists are drawn only as far as they are seen. */
const VIRTUAL_FROM = 100;
const ROW_PX = 62;
const SECTION_PX = 32;

export interface ChatRowsProps {
  rows: readonly Row[];
  activeId: string | undefined;
  menu: (chat: ChatSummary) => Promise<MenuEntry[]>;
  onSection: (section: Section) => void;
}

/** The list itself. Tab comes to one row; arrows, Home and End move among them. */
export function ChatRows({ rows, activeId, menu, onSection }: ChatRowsProps) {
  const { t } = useTranslation("chats");
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const virtual = rows.length > VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: rows.length,
    enabled: virtual,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.type === "section" ? SECTION_PX : ROW_PX),
    getItemKey: (index) => keyOf(rows[index]!),
    overscan: 8,
  });
  useActiveInView(scroller, activeId);
  const today = useToday();
  const [prefs] = useNotificationPrefs();
  const keys = rows.map(keyOf);
  const tabStop = [focused, activeId].find((key) => key && keys.includes(key)) ?? keys[0];
  const moveTo = (index: number) => {
    const key = keys[index];
    if (key === undefined) return;
    setFocused(key);
    if (virtual) virtualizer.scrollToIndex(index);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-chat="${CSS.escape(key)}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const key = event.target instanceof HTMLElement ? event.target.dataset["chat"] : undefined;
    const at = keys.indexOf(key ?? tabStop ?? "");
    const to = { ArrowDown: Math.min(at + 1, keys.length - 1), ArrowUp: Math.max(at - 1, 0), Home: 0, End: keys.length - 1 }[event.code];
    if (to === undefined) return;
    event.preventDefault();
    moveTo(to);
  };
  const item = (row: Row, index: number, style?: CSSProperties) => (
    <Item key={keyOf(row)} {...{ row, index, menu, onSection, style, today }} level={row.type === "chat" ? levelOf(prefs, row.chat.id) : "all"} active={keyOf(row) === activeId} tabbable={keyOf(row) === tabStop} total={rows.length} {...(virtual && { measure: virtualizer.measureElement })} />
  );
  return (
    <div ref={scroller} className="@container min-h-0 flex-1 overflow-y-auto overscroll-contain" onKeyDown={onKeyDown} onFocus={(event) => setFocused(event.target.dataset["chat"] ?? null)}>
      {virtual ? (
        <ul aria-label={t("title")} className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => item(rows[index]!, index, { position: "absolute", insetInline: 0, top: 0, transform: `translateY(${start}px)` }))}
        </ul>
      ) : (
        <ul aria-label={t("title")}>{rows.map((row, index) => item(row, index))}</ul>
      )}
    </div>
  );
}

const keyOf = (row: Row): string => (row.type === "chat" ? row.chat.id : `:${row.section}`);

interface ItemProps {
  row: Row;
  index: number;
  total: number;
  active: boolean;
  tabbable: boolean;
  today: number;
  level: Level;
  menu: (chat: ChatSummary) => Promise<MenuEntry[]>;
  onSection: (section: Section) => void;
  style?: CSSProperties | undefined;
  measure?: (element: Element | null) => void;
}

function Item({ row, index, total, active, tabbable, today, level, menu, onSection, style, measure }: ItemProps) {
  const { t } = useTranslation("chats");
  const place = { style, ref: measure, "data-index": index, "aria-posinset": index + 1, "aria-setsize": total };
  if (row.type === "section") {
    return (
      <li {...place}>
        <button
          type="button"
          data-chat={keyOf(row)}
          tabIndex={tabbable ? 0 : -1}
          aria-expanded={row.open}
          onClick={() => onSection(row.section)}
          className="flex min-h-8 w-full items-center gap-1.5 px-4 text-xs font-semibold tracking-wide text-ink-2 uppercase -outline-offset-2 hover:text-ink max-phone:min-h-11"
        >
          <ChevronDown aria-hidden className={row.open ? "size-3.5" : "size-3.5 -rotate-90 rtl:rotate-90"} />
          {t(`section.${row.section}`)}
          <span className="font-medium text-ink-2">{row.count}</span>
        </button>
      </li>
    );
  }
  return (
    // The menu hangs on the item and not on the row, which so is drawn again only when its chat changes.
    <ContextMenu label={t("menu")} items={() => menu(row.chat)}>
      <li {...place}>
        <ChatRow {...{ active, tabbable, level, today }} chat={row.chat} />
      </li>
    </ContextMenu>
  );
}

/** Brings the open chat into view when it changes, as by Alt+↓. */
function useActiveInView(scroller: RefObject<HTMLDivElement | null>, activeId: string | undefined) {
  useEffect(() => {
    if (activeId) scroller.current?.querySelector(`[data-chat="${CSS.escape(activeId)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [scroller, activeId]);
}
