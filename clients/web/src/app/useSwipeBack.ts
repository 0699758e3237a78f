import { useRouter } from "@tanstack/react-router";
import { type TouchEvent, useRef } from "react";

const FAR_PX = 70;
const LEVEL = 0.5;
const SLOW_MS = 1_000;
/** Here begin the gestures of the system, which go back by themselves. */
const EDGE_PX = 24;

/** Whether a swipe inside `target` belongs to something else: a field, a slider, something that scrolls sideways. */
function isTaken(target: EventTarget, root: Element): boolean {
  for (let node = target as Element | null; node && node !== root; node = node.parentElement) {
    if (node.matches("input,textarea,select,[contenteditable],[data-swipe=none],[role=slider]")) return true;
    if (node.scrollWidth > node.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(node).overflowX)) return true;
  }
  return false;
}

/** One finger drawn along the line of reading goes back, as on every phone. */
export function useSwipeBack(enabled: boolean) {
  const router = useRouter();
  const from = useRef<{ x: number; y: number; at: number } | null>(null);
  const onTouchStart = (event: TouchEvent<HTMLElement>) => {
    const touch = event.touches[0]!;
    const isSystems = Math.min(touch.clientX, window.innerWidth - touch.clientX) < EDGE_PX;
    from.current = enabled && event.touches.length === 1 && !isSystems && !isTaken(event.target, event.currentTarget) ? { x: touch.clientX, y: touch.clientY, at: event.timeStamp } : null;
  };
  const onTouchEnd = (event: TouchEvent<HTMLElement>) => {
    if (!from.current) return;
    const touch = event.changedTouches[0]!;
    const along = (touch.clientX - from.current.x) * (getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1);
    const across = Math.abs(touch.clientY - from.current.y);
    const quick = event.timeStamp - from.current.at < SLOW_MS;
    from.current = null;
    if (quick && along > FAR_PX && across < along * LEVEL && !window.getSelection()?.toString()) goBack(router);
  };
  return { onTouchStart, onTouchEnd };
}

/** One step back inside the client; to the list where the page was opened by its address. */
export function goBack(router: ReturnType<typeof useRouter>): void {
  if (router.history.canGoBack()) router.history.back();
  else void router.navigate({ to: "/", replace: true });
}
