import { Slot } from "radix-ui";
import type { ReactElement } from "react";

/** Gives its child a tooltip. The words appear in the one `TooltipLayer`; the child needs a name of its own. */
export function Tooltip({ label, shortcut, children }: { label: string; shortcut?: string; children: ReactElement }) {
  return (
    <Slot.Root data-tip={label} data-tip-keys={shortcut}>
      {children}
    </Slot.Root>
  );
}
