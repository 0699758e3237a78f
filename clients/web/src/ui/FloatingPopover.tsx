import { Popover as Radix } from "radix-ui";
import type { ReactNode, RefObject, SyntheticEvent } from "react";
import type { PopoverProps } from "./Popover";

export interface FloatingPopoverProps extends Pick<PopoverProps, "align" | "side" | "label" | "className" | "autoFocus"> {
  anchor: RefObject<HTMLElement | null>;
  onClose: () => void;
  children: ReactNode;
}

const stop = (event: SyntheticEvent) => event.stopPropagation();

/** The panel of a `Popover`. */
export function FloatingPopover({ anchor, onClose, align = "start", side = "bottom", label, className = "p-3", autoFocus = true, children }: FloatingPopoverProps) {
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
      <Radix.Portal>
        <Radix.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          onOpenAutoFocus={(event) => !autoFocus && event.preventDefault()}
          // The trigger toggles by itself; closing here too would open it again.
          onInteractOutside={(event) => anchor.current?.contains(event.target as Node) && event.preventDefault()}
          onClick={stop}
          onPointerDown={stop}
          onContextMenu={stop}
          className={`z-50 max-h-(--radix-popover-content-available-height) max-w-[calc(100vw-1rem)] overflow-auto rounded-3 border border-line bg-raised text-ink shadow-raised outline-none ${className}`}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
