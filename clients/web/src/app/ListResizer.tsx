import type { KeyboardEvent, PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { LIST_WIDTH, useShellStore } from "./shellStore";

const STEP = 1;

/** The edge of the list: pulled by the pointer or moved by arrows; a double click brings back the usual width. */
export function ListResizer() {
  const { t } = useTranslation("common");
  const listWidth = useShellStore((state) => state.listWidth);
  const set = (width: number) => useShellStore.getState().keep({ listWidth: Math.min(LIST_WIDTH.max, Math.max(LIST_WIDTH.min, width)) });
  const direction = (element: Element) => (getComputedStyle(element).direction === "rtl" ? -1 : 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    const width = event.key === "Home" ? LIST_WIDTH.min : event.key === "End" ? LIST_WIDTH.max : arrow && listWidth + arrow * direction(event.currentTarget);
    if (!width) return;
    event.preventDefault();
    set(width);
  };
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    const { currentTarget, clientX: from } = event;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    currentTarget.setPointerCapture(event.pointerId);
    currentTarget.onpointermove = (move) => set(listWidth + ((move.clientX - from) / rem) * direction(currentTarget));
    currentTarget.onpointerup = currentTarget.onpointercancel = () => (currentTarget.onpointermove = null);
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={t("shell.resize")}
      aria-valuemin={LIST_WIDTH.min}
      aria-valuemax={LIST_WIDTH.max}
      aria-valuenow={Math.round(listWidth)}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onDoubleClick={() => set(LIST_WIDTH.usual)}
      className="absolute inset-y-0 -end-1 z-10 w-2 cursor-col-resize touch-none transition-colors hover:bg-accent/30 focus-visible:bg-accent/50 focus-visible:outline-none"
    />
  );
}
