import { Slot } from "radix-ui";
import { type ReactElement, type ReactNode, Suspense, useRef, useState } from "react";
import { FloatingPopover } from "./lazyFloating";

export interface PopoverProps {
  /** A button. */
  trigger: ReactElement;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
  /** The panel's name for screen readers. */
  label?: string;
  /** Padding and width of the panel; `p-3` when absent. */
  className?: string;
  /** Whether the panel takes the focus; true when absent. */
  autoFocus?: boolean;
  children: ReactNode | ((close: () => void) => ReactNode);
}

/** A panel beside a button. Its content is made when it opens. */
export function Popover({ trigger, open: given, onOpenChange, children, ...rest }: PopoverProps) {
  const [own, setOwn] = useState(false);
  const anchor = useRef<HTMLElement>(null);
  const open = given ?? own;
  const set = (next: boolean) => {
    setOwn(next);
    onOpenChange?.(next);
  };
  return (
    <>
      <Slot.Root ref={anchor} aria-haspopup="dialog" aria-expanded={open} onClick={() => set(!open)}>
        {trigger}
      </Slot.Root>
      {open && (
        <Suspense>
          <FloatingPopover anchor={anchor} onClose={() => set(false)} {...rest}>
            {typeof children === "function" ? children(() => set(false)) : children}
          </FloatingPopover>
        </Suspense>
      )}
    </>
  );
}
