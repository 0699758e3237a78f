import { Check, ChevronRight } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import { type SyntheticEvent, useEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { cx } from "./cx";
import type { MenuEntry, MenuItem } from "./menuTypes";

const PANEL =
  "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 max-w-[min(20rem,calc(100vw-1rem))] overflow-y-auto rounded-2 border border-line bg-raised p-1 text-ink shadow-raised outline-none";
const ROW =
  "flex min-h-9 cursor-pointer items-center gap-3 rounded-1 px-2.5 py-1 text-sm outline-none select-none data-disabled:cursor-default data-disabled:opacity-45 data-highlighted:bg-sunken max-phone:min-h-11 [&>svg]:size-4.5 [&>svg]:shrink-0 [&>svg]:stroke-[1.75]";

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface FloatingMenuProps {
  box: Box;
  entries: readonly MenuEntry[];
  label: string;
  align?: "start" | "center" | "end";
  /** Opened by a key: the first entry gets the focus at once. */
  byKeyboard?: boolean;
  /** Where the focus goes when the menu closes, before the chosen entry acts. */
  returnTo: HTMLElement | null;
  onClose: () => void;
}

const stop = (event: SyntheticEvent) => event.stopPropagation();

/**
 * A menu at a place of the window. An entry acts after the menu has closed and the focus has returned, so that
 * what it opens (a dialog, the composer) keeps the focus.
 */
export function FloatingMenu({ box, entries, label, align = "start", byKeyboard, returnTo, onClose }: FloatingMenuProps) {
  const chosen = useRef<(() => void) | undefined>(undefined);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!byKeyboard) return;
    const frame = requestAnimationFrame(() => content.current?.querySelector<HTMLElement>("[role^=menuitem]:not([data-disabled])")?.focus());
    return () => cancelAnimationFrame(frame);
  }, [byKeyboard]);
  const closed = (event: Event) => {
    event.preventDefault();
    if (returnTo?.isConnected) returnTo.focus({ preventScroll: true });
    chosen.current?.();
  };
  return createPortal(
    // React events climb through portals: whoever opened the menu must not take its clicks for their own.
    <div onClick={stop} onPointerDown={stop} onPointerUp={stop} onKeyDown={stop} onContextMenu={stop}>
      {/* Takes the click that closes the menu, so that it does nothing else. The rest of the page need not be hidden for that. */}
      <div className="fixed inset-0 z-50" onContextMenu={(event) => event.preventDefault()} />
      <Radix.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
        <Radix.Trigger aria-hidden tabIndex={-1} className="pointer-events-none fixed opacity-0" style={box} />
        <Radix.Content
          ref={content}
          aria-label={label}
          aria-labelledby={undefined}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          loop
          onCloseAutoFocus={closed}
          onContextMenu={(event) => event.preventDefault()}
          className={PANEL}
        >
          <Entries entries={entries} choose={(action) => (chosen.current = action)} />
        </Radix.Content>
      </Radix.Root>
    </div>,
    document.body,
  );
}

type Choose = (action: (() => void) | undefined) => void;

const Entries = ({ entries, choose }: { entries: readonly MenuEntry[]; choose: Choose }) =>
  entries.map((entry, index) =>
    entry === "separator" ? <Radix.Separator key={index} className="mx-2 my-1 h-px bg-line" /> : <Entry key={index} entry={entry} choose={choose} />,
  );

function Entry({ entry, choose }: { entry: MenuItem; choose: Choose }) {
  const look = cx(ROW, entry.danger && "text-danger");
  if (entry.items) return <SubMenu entry={entry} choose={choose} look={look} />;
  const common = { className: look, disabled: entry.disabled ?? false, onSelect: () => choose(entry.onSelect) };
  if (entry.checked === undefined) {
    return (
      <Radix.Item {...common}>
        <Face entry={entry} />
      </Radix.Item>
    );
  }
  return (
    <Radix.CheckboxItem {...common} checked={entry.checked}>
      <Face entry={entry} />
      <Check aria-hidden className={cx("text-accent", !entry.checked && "invisible")} />
    </Radix.CheckboxItem>
  );
}

function SubMenu({ entry, choose, look }: { entry: MenuItem; choose: Choose; look: string }) {
  return (
    <Radix.Sub>
      <Radix.SubTrigger className={cx(look, "data-[state=open]:bg-sunken")} disabled={entry.disabled ?? false}>
        <Face entry={entry} />
        <ChevronRight aria-hidden className="text-ink-3 rtl:-scale-x-100" />
      </Radix.SubTrigger>
      <Radix.Portal>
        <Radix.SubContent className={PANEL} collisionPadding={8} sideOffset={2} loop>
          <Entries entries={entry.items!} choose={choose} />
        </Radix.SubContent>
      </Radix.Portal>
    </Radix.Sub>
  );
}

const Face = ({ entry }: { entry: MenuItem }) => (
  <>
    {entry.icon}
    <span className="min-w-0 flex-1">
      <span className="block truncate">{entry.label}</span>
      {entry.hint && <span className="block text-xs text-ink-2">{entry.hint}</span>}
    </span>
    {entry.shortcut && <span className="text-xs text-ink-3">{entry.shortcut}</span>}
  </>
);
