import { type FocusEvent, type KeyboardEvent, type MouseEvent, type PointerEvent, useMemo } from "react";
import { type Row, isUnsent } from "./rows";
import { rowOnScreen, toggled, type TimelineParts } from "./view";

interface Hooks {
  rows(): readonly Row[];
  /** Brings a row into view. */
  show(index: number): void;
  mayReply(row: Row): boolean;
}

const FRAMES_TO_DRAW = 30;

const rowElement = (target: EventTarget | null): HTMLElement | null => (target instanceof Element ? target.closest<HTMLElement>("[data-key]") : null);
const boxOf = (element: Element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { left, top, width, height };
};
const interactive = (target: EventTarget | null) => target instanceof Element && target.closest("a,button,input,[role=button]") !== null;

/** Pointer and key handlers of all rows at once. */
export function useListEvents(timeline: TimelineParts, hooks: Hooks) {
  return useMemo(() => {
    const { view } = timeline;
    const rowOf = (target: EventTarget | null): Row | undefined => {
      const key = rowElement(target)?.dataset["key"];
      return key === undefined ? undefined : hooks.rows().find((row) => row.key === key);
    };
    const focusRow = (index: number) => {
      const row = hooks.rows()[index];
      if (!row) return;
      view.setState({ focused: row.key, hovered: null });
      hooks.show(index);
      // It may have to be drawn first, and one far away takes more than one frame.
      let frames = FRAMES_TO_DRAW;
      const enter = () => {
        if (view.getState().focused !== row.key) return;
        const element = rowOnScreen(row.key);
        if (element) element.focus({ preventScroll: true });
        else if (frames-- > 0) requestAnimationFrame(enter);
      };
      requestAnimationFrame(enter);
    };
    const openMenu = (row: Row, element: Element, byKeyboard: boolean) => view.setState({ menu: { shown: row.shown, box: boxOf(element), byKeyboard, touch: false } });

    const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
      if (event.ctrlKey || event.metaKey || event.altKey || rowElement(event.target) !== event.target) return;
      const rows = hooks.rows();
      const at = rows.findIndex((row) => row.key === (event.target as HTMLElement).dataset["key"]);
      const row = rows[at];
      if (!row) return;
      const moves: Record<string, number> = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 };
      const to = moves[event.code];
      if (to !== undefined) focusRow(Math.max(0, Math.min(rows.length - 1, to)));
      else if (event.code === "Enter" || (event.code === "F10" && event.shiftKey) || event.code === "ContextMenu") openMenu(row, event.target as HTMLElement, true);
      else if (event.code === "Space" && view.getState().selected !== null) view.setState(({ selected }) => ({ selected: toggled(selected, row.key) }));
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    const onContextMenu = (event: MouseEvent<HTMLElement>) => {
      const element = rowElement(event.target);
      const row = rowOf(event.target);
      // Links, chosen text, and Shift keep the browser's own menu.
      if (!row || !element || event.defaultPrevented || event.shiftKey || (event.target as Element).closest("a[href]") || window.getSelection()?.toString()) return;
      event.preventDefault();
      const byKeyboard = event.clientX === 0 && event.clientY === 0;
      if (lastTouch(view)) return;
      if (byKeyboard) openMenu(row, element, true);
      else view.setState({ menu: { shown: row.shown, box: { left: event.clientX, top: event.clientY, width: 0, height: 0 }, byKeyboard: false, touch: false } });
    };
    const onClick = (event: MouseEvent<HTMLElement>) => {
      const row = rowOf(event.target);
      if (!row || interactive(event.target)) return;
      const { selected } = view.getState();
      if (selected !== null && !row.shown.message.deleted && !isUnsent(row.shown)) view.setState({ selected: toggled(selected, row.key) });
      else if (event.altKey && !isUnsent(row.shown)) timeline.markUnreadFrom(row.shown.message);
      else return;
      event.preventDefault();
    };
    const onPointerOver = (event: PointerEvent<HTMLElement>) => {
      if (event.pointerType === "touch") return;
      const key = rowElement(event.target)?.dataset["key"] ?? null;
      if (view.getState().hovered !== key) view.setState({ hovered: key });
    };
    const onPointerLeave = () => view.setState({ hovered: null });
    const onFocus = ({ target }: FocusEvent) => {
      const row = rowElement(target);
      const key = row?.dataset["key"];
      if (key === undefined) return;
      const { focused, byKeys } = view.getState();
      // A button inside of a row makes it the row the arrows go on from. Its own buttons come up only for those who went
      // to the row itself: to those who walk through the page by Tab they would be ten more stops a message.
      view.setState({ focused: key, byKeys: target === row ? target.matches(":focus-visible") : byKeys && focused === key });
    };
    const onBlur = ({ currentTarget, relatedTarget }: FocusEvent) => {
      if (!currentTarget.contains(relatedTarget)) view.setState({ byKeys: false });
    };
    return { onKeyDown, onContextMenu, onClick, onPointerOver, onPointerLeave, onFocus, onBlur, focusRow, rowOf };
  }, [timeline, hooks]);
}

const touched = new WeakMap<object, number>();

/** Remembers that a finger has opened the sheet, so that the browser's own contextmenu event does not open a menu too. */
export function noteTouch(view: object): void {
  touched.set(view, performance.now());
}

function lastTouch(view: object): boolean {
  return performance.now() - (touched.get(view) ?? -10_000) < 1_500;
}
