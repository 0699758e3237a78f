import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { Kbd } from "./Kbd";

interface Tip {
  readonly text: string;
  readonly keys: string | undefined;
  readonly anchor: DOMRect;
}

const DELAY_MS = 450;

/** The nearest element above `target` that carries a tooltip. */
const carrier = (target: EventTarget | null): HTMLElement | null =>
  target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;

/**
 * The one tooltip of the page. Elements say `data-tip`; a listener on the document does the rest, so that
 * thousands of buttons cost nothing until one is pointed at.
 */
export function TooltipLayer() {
  const tip = useTip();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (tip && box.current) place(box.current, tip.anchor);
  }, [tip]);
  if (!tip) return null;
  return createPortal(
    <div
      ref={box}
      aria-hidden
      className="pointer-events-none fixed start-0 top-0 z-60 flex max-w-72 items-center gap-2 rounded-1 bg-ink px-2 py-1 text-xs font-medium text-surface shadow-raised"
    >
      {tip.text}
      {tip.keys && <Kbd keys={tip.keys} inverse />}
    </div>,
    document.body,
  );
}

function useTip(): Tip | null {
  const [tip, setTip] = useState<Tip | null>(null);
  useEffect(() => {
    let timer = 0;
    let current: HTMLElement | null = null;
    const hide = () => {
      window.clearTimeout(timer);
      current = null;
      setTip(null);
    };
    const show = (element: HTMLElement, delay: number) => {
      window.clearTimeout(timer);
      current = element;
      timer = window.setTimeout(() => {
        const text = element.dataset["tip"];
        if (text && element.isConnected) setTip({ text, keys: element.dataset["tipKeys"], anchor: element.getBoundingClientRect() });
      }, delay);
    };
    const over = (event: PointerEvent) => {
      if (event.pointerType === "touch") return;
      const element = carrier(event.target);
      if (element === current) return;
      if (element) show(element, DELAY_MS);
      else hide();
    };
    const focus = (event: FocusEvent) => {
      const element = carrier(event.target);
      if (element?.matches(":focus-visible")) show(element, 0);
    };
    const key = (event: KeyboardEvent) => event.key === "Escape" && hide();
    const listen: [string, EventListener][] = [
      ["pointerover", over as EventListener],
      ["focusin", focus as EventListener],
      ["focusout", hide],
      ["pointerdown", hide],
      ["keydown", key as EventListener],
    ];
    for (const [name, listener] of listen) document.addEventListener(name, listener, true);
    window.addEventListener("scroll", hide, true);
    return () => {
      hide();
      for (const [name, listener] of listen) document.removeEventListener(name, listener, true);
      window.removeEventListener("scroll", hide, true);
    };
  }, []);
  return tip;
}

/** Below the anchor, above where there is no room, never beyond the window's sides. */
function place(box: HTMLElement, anchor: DOMRect) {
  const { width, height } = box.getBoundingClientRect();
  const middle = anchor.left + anchor.width / 2 - width / 2;
  const x = Math.min(Math.max(8, middle), window.innerWidth - width - 8);
  const below = anchor.bottom + 6;
  const y = below + height > window.innerHeight - 8 ? anchor.top - height - 6 : below;
  box.style.left = `${x}px`;
  box.style.right = "auto";
  box.style.top = `${y}px`;
}
