import { lazy } from "react";

export { ThemeProvider } from "./ThemeProvider";
export { useAppearance } from "./context";
export { useChatLook } from "./useChatLook";
export type { Appearance } from "./appearance";
export type { ChatLook } from "./chatlooks";

/** For the details panel: background and accent of one chat. Loaded when it is opened. */
export const ChatLookDialog = lazy(async () => ({ default: (await import("./ChatLookDialog")).ChatLookDialog }));
/** The settings section "Appearance". */
export const AppearanceSettings = lazy(async () => ({ default: (await import("./AppearanceSettings")).AppearanceSettings }));
/** The settings section "Language". */
export const LanguageSettings = lazy(async () => ({ default: (await import("./LanguageSettings")).LanguageSettings }));
/** For the settings section "Advanced": all of one's own themes as a file. */
export const ThemeBackup = lazy(async () => ({ default: (await import("./ThemeBackup")).ThemeBackup }));
