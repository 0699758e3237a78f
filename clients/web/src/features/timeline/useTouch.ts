import { type TouchEvent, useEffect, useMemo, useRef } from "react";
import { isUnsent, type Row } from "./rows";
import { noteTouch } from "./useListEvents";
import type { TimelineParts } from "./view";

const HOLD_MS = 450;
const SLOP_PX = 10;
const REPLY_PX = 64;

interface Touching {
  readonly x: number;
  readonly y: number;
  readonly element: HTMLElement;
  readonly row: Row;
  timer: number;
  /** Undecided, drawn sideways, held until the sheet came, or over (scrolled). */
  state: "begun" | "drawn" | "held" | "over";
  moved: number;
}

const scrollsSideways = (target: EventTarget): boolean => target instanceof Element && target.closest("[data-swipe=none]") !== null;

/** Fingers on rows: holding opens the sheet, drawing towards the start of the line replies. (The other way goes back.) */
export function useTouch(timeline: TimelineParts, rowOf: (target: EventTarget | null) => Row | undefined, mayReply: (row: Row) => boolean) {
  const touching = useRef<Touching | null>(null);
  useEffect(() => () => window.clearTimeout(touching.current?.timer), []);
  return useMemo(() => {
    const { view } = timeline;
    const release = () => {
      const touch = touching.current;
      touching.current = null;
      if (!touch) return;
      window.clearTimeout(touch.timer);
      touch.element.style.transition = "transform 160ms ease-out";
      touch.element.style.transform = "";
    };
    const hold = (touch: Touching) => {
      touch.state = "held";
      noteTouch(view);
      navigator.vibrate?.(8);
      window.getSelection()?.removeAllRanges();
      view.setState({ menu: { shown: touch.row.shown, box: { left: touch.x, top: touch.y, width: 0, height: 0 }, byKeyboard: false, touch: true } });
    };
    const onTouchStart = (event: TouchEvent<HTMLElement>) => {
      release();
      const finger = event.touches[0];
      const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-key]") : null;
      const row = rowOf(event.target);
      if (!finger || !row || !element || event.touches.length > 1 || view.getState().selected !== null) return;
      const touch: Touching = { x: finger.clientX, y: finger.clientY, element, row, timer: 0, state: "begun", moved: 0 };
      touch.timer = window.setTimeout(() => hold(touch), HOLD_MS);
      touching.current = touch;
    };
    const onTouchMove = (event: TouchEvent<HTMLElement>) => {
      const touch = touching.current;
      const finger = event.touches[0];
      if (!touch || !finger || touch.state === "over" || touch.state === "held") return;
      const sign = getComputedStyle(touch.element).direction === "rtl" ? 1 : -1;
      const along = (finger.clientX - touch.x) * sign;
      const across = Math.abs(finger.clientY - touch.y);
      if (Math.hypot(along, across) > SLOP_PX) window.clearTimeout(touch.timer);
      if (touch.state === "begun" && across > SLOP_PX) touch.state = "over";
      else if (touch.state === "begun" && along > SLOP_PX && !scrollsSideways(event.target) && mayReply(touch.row) && !isUnsent(touch.row.shown)) touch.state = "drawn";
      if ((touch.state as Touching["state"]) !== "drawn") return;
      touch.moved = Math.max(0, Math.min(along - SLOP_PX, REPLY_PX + 16));
      touch.element.style.transition = "";
      touch.element.style.transform = `translateX(${touch.moved * sign}px)`;
    };
    const onTouchEnd = (event: TouchEvent<HTMLElement>) => {
      const touch = touching.current;
      release();
      // The click that a finger lifted early makes would fall beside the sheet, and close it.
      if (touch?.state === "held" && event.cancelable) event.preventDefault();
      if (touch?.state === "drawn" && touch.moved >= REPLY_PX) {
        navigator.vibrate?.(8);
        timeline.reply(touch.row.shown.message);
      }
    };
    return { onTouchStart, onTouchMove, onTouchEnd, onTouchCancel: release };
  }, [timeline, rowOf, mayReply]);
}
