/** Ctrl+K and Ctrl+/. */
export { ShortcutSheet } from "./ShortcutSheet";
export { Switcher, type SwitcherProps } from "./Switcher";
