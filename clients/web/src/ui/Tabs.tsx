import { type KeyboardEvent, useId, useRef } from "react";
import { cx } from "./cx";

export interface TabsProps<T extends string> {
  value: T;
  onChange: (value: T) => void;
  tabs: readonly { value: T; label: string; badge?: number }[];
  label?: string;
  /** Right click or long press on a tab, for what can be done with it. */
  onContextMenu?: (value: T, at: { x: number; y: number; element: HTMLElement }) => void;
  /** The id of what the tabs switch. */
  controls?: string;
}

/** Pills of which one is chosen; arrows move, Home and End go to the ends. */
export function Tabs<T extends string>({ value, onChange, tabs, label, onContextMenu, controls }: TabsProps<T>) {
  const prefix = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = tabs.findIndex((tab) => tab.value === value);
    const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const next = { [forward]: at + 1, [back]: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = (next + tabs.length) % tabs.length;
    onChange(tabs[index]!.value);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[index]?.focus();
  };
  return (
    <div ref={list} role="tablist" aria-label={label} onKeyDown={move} className="-m-1 flex scroll-px-2 [scrollbar-width:none] gap-1 overflow-x-auto p-1 text-sm">
      {tabs.map((tab) => {
        const on = tab.value === value;
        return (
          <button
            key={tab.value}
            id={`${prefix}${tab.value}`}
            type="button"
            role="tab"
            aria-selected={on}
            aria-controls={controls}
            tabIndex={on ? 0 : -1}
            onClick={() => onChange(tab.value)}
            onContextMenu={
              onContextMenu &&
              ((event) => {
                event.preventDefault();
                onContextMenu(tab.value, { x: event.clientX, y: event.clientY, element: event.currentTarget });
              })
            }
            className={cx(
              "inline-flex min-h-7 shrink-0 items-center gap-1 rounded-full px-2.5 whitespace-nowrap transition max-phone:min-h-9",
              on ? "bg-accent-soft font-medium text-accent" : "text-ink-2 hover:bg-sunken hover:text-ink",
            )}
          >
            {tab.label}
            {tab.badge ? <span className="tabular-nums">{tab.badge}</span> : null}
          </button>
        );
      })}
    </div>
  );
}
