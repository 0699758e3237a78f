import { Slot } from "radix-ui";
import { type KeyboardEvent, type MouseEvent, type ReactElement, Suspense, useState } from "react";
import { FloatingMenu } from "./lazyFloating";
import type { Box } from "./FloatingMenu";
import type { MenuItems } from "./menuTypes";

export interface MenuProps {
  /** A button. */
  trigger: ReactElement;
  items: MenuItems;
  align?: "start" | "center" | "end";
  label: string;
  onOpenChange?: (open: boolean) => void;
}

interface Opened {
  readonly box: Box;
  readonly element: HTMLElement;
  readonly byKeyboard: boolean;
}

/** A menu that drops from a button. */
export function Menu({ trigger, items, align = "start", label, onOpenChange }: MenuProps) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const open = (element: HTMLElement, byKeyboard: boolean) => {
    setOpened({ box: boxOf(element), element, byKeyboard });
    onOpenChange?.(true);
  };
  const close = () => {
    setOpened(null);
    onOpenChange?.(false);
  };
  const keyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== "ArrowDown" || event.altKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    open(event.currentTarget, true);
  };
  return (
    <>
      <Slot.Root
        aria-haspopup="menu"
        aria-expanded={opened !== null}
        // A click by Enter or Space has no detail.
        onClick={(event: MouseEvent<HTMLElement>) => open(event.currentTarget, event.detail === 0)}
        onKeyDown={keyDown}
      >
        {trigger}
      </Slot.Root>
      {opened && (
        <Suspense>
          <FloatingMenu {...{ box: opened.box, align, label }} entries={typeof items === "function" ? items() : items} byKeyboard={opened.byKeyboard} returnTo={opened.element} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

/** Where an element is, as plain numbers. */
export function boxOf(element: Element): Box {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { left, top, width, height };
}
