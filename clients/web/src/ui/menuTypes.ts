import type { ReactNode } from "react";

/** One line of a menu. */
export interface MenuItem {
  label: string;
  icon?: ReactNode;
  shortcut?: string;
  danger?: boolean;
  disabled?: boolean;
  /** Shows a tick; the item then is a choice. */
  checked?: boolean;
  /** A second, quieter line. */
  hint?: string;
  onSelect?: () => void;
  /** A submenu. */
  items?: MenuEntry[];
}

export type MenuEntry = MenuItem | "separator";

/** Entries that may be made when the menu opens. */
export type MenuItems = readonly MenuEntry[] | (() => readonly MenuEntry[]);

/** The same, or entries that come from a module loaded for them. */
export type LazyMenuItems = readonly MenuEntry[] | (() => readonly MenuEntry[] | Promise<readonly MenuEntry[]>);
