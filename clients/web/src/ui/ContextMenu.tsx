import { Slot } from "radix-ui";
import { type MouseEvent, type PointerEvent, type ReactElement, Suspense, useEffect, useRef, useState } from "react";
import { FloatingMenu } from "./lazyFloating";
import type { Box } from "./FloatingMenu";
import { boxOf } from "./Menu";
import type { LazyMenuItems, MenuEntry } from "./menuTypes";

const HOLD_MS = 480;
const SLOP_PX = 10;

export interface ContextMenuProps {
  /** Made when the menu opens, if it is a function. An empty list opens nothing. */
  items: LazyMenuItems;
  /** One element that takes event handlers. */
  children: ReactElement;
  label?: string;
  onOpenChange?: (open: boolean) => void;
}

interface Opened {
  readonly entries: readonly MenuEntry[];
  readonly box: Box;
  readonly focus: HTMLElement | null;
  readonly byKeyboard: boolean;
}

/** A menu by right click, the menu key, Shift+F10 or holding a finger. Costs nothing until it opens. */
export function ContextMenu({ items, children, label = "", onOpenChange }: ContextMenuProps) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const set = (next: Opened | null) => {
    setOpened(next);
    onOpenChange?.(next !== null);
  };
  const openAt = (element: HTMLElement, x: number, y: number, byKeyboard = false) => {
    const focus = document.activeElement instanceof HTMLElement && document.activeElement !== document.body ? document.activeElement : null;
    const box = byKeyboard ? boxOf(focus && element.contains(focus) ? focus : element) : { left: x, top: y, width: 0, height: 0 };
    const show = (entries: readonly MenuEntry[]) => entries.length > 0 && set({ entries, box, focus, byKeyboard });
    const made = typeof items === "function" ? items() : items;
    if (made instanceof Promise) void made.then(show, () => undefined);
    else show(made);
  };
  const hold = useLongPress(openAt);
  const onContextMenu = (event: MouseEvent<HTMLElement>) => {
    // With Shift the browser's own menu comes.
    if (event.defaultPrevented || (event.shiftKey && event.button === 2)) return;
    event.preventDefault();
    if (!hold.fired()) openAt(event.currentTarget, event.clientX, event.clientY, isByKey(event));
  };
  return (
    <>
      <Slot.Root onContextMenu={onContextMenu} {...hold.handlers}>
        {children}
      </Slot.Root>
      {opened && (
        <Suspense>
          <FloatingMenu box={opened.box} entries={opened.entries} label={label} byKeyboard={opened.byKeyboard} returnTo={opened.focus} onClose={() => set(null)} />
        </Suspense>
      )}
    </>
  );
}

/** Whether the menu key or Shift+F10 was pressed; those press no button of the mouse, for which browsers say 0 or -1. (Ctrl and a click is Apple's right click.) */
function isByKey({ nativeEvent, button, ctrlKey }: MouseEvent): boolean {
  const pointer = (nativeEvent as Partial<globalThis.PointerEvent>).pointerType;
  return button <= 0 && !ctrlKey && pointer !== "touch" && pointer !== "pen";
}

/** Holding a finger in one place; iOS has no contextmenu event of its own. */
function useLongPress(open: (element: HTMLElement, x: number, y: number) => void) {
  const state = useRef({ timer: 0, x: 0, y: 0, fired: false });
  useEffect(() => () => window.clearTimeout(state.current.timer), []);
  const cancel = () => window.clearTimeout(state.current.timer);
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    state.current.fired = false;
    if (event.pointerType !== "touch") return;
    const { currentTarget, clientX, clientY } = event;
    Object.assign(state.current, { x: clientX, y: clientY });
    cancel();
    state.current.timer = window.setTimeout(() => {
      state.current.fired = true;
      swallowNextClick();
      navigator.vibrate?.(8);
      open(currentTarget, clientX, clientY);
    }, HOLD_MS);
  };
  const onPointerMove = (event: PointerEvent) => {
    if (Math.hypot(event.clientX - state.current.x, event.clientY - state.current.y) > SLOP_PX) cancel();
  };
  return {
    fired: () => state.current.fired,
    handlers: { onPointerDown, onPointerMove, onPointerUp: cancel, onPointerCancel: cancel },
  };
}

/** The click that follows the lifting of the finger must not follow the link below it. */
function swallowNextClick() {
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("click", swallow, { capture: true, once: true });
  window.addEventListener("pointerup", () => window.setTimeout(() => window.removeEventListener("click", swallow, true), 80), { once: true });
}
