import { type ReactNode, Suspense } from "react";
import { FloatingDialog } from "./lazyFloating";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** The title is for screen readers only, and there is no close button (Esc and the scrim close). */
  hideTitle?: boolean;
  description?: string;
  size?: "sm" | "md" | "lg";
  footer?: ReactNode;
  children?: ReactNode;
  /** A question that must be answered; stays small on phones. */
  alert?: boolean;
  className?: string;
  /** Where the focus goes when it closes, if not back to where it was. */
  returnFocus?: () => void;
}

/** A window over the page; fills the screen on phones. The focus is kept in it and returned when it closes. */
export function Dialog(props: DialogProps) {
  return props.open ? (
    <Suspense>
      <FloatingDialog {...props} />
    </Suspense>
  ) : null;
}
