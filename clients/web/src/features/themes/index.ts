import { lazyPart } from "@/ui";
export { ThemeProvider } from "./ThemeProvider";
export { SeasonDecoration } from "./SeasonDecoration";
export { useAppearance } from "./context";
export { useChatLook } from "./useChatLook";
export type { Appearance } from "./appearance";
export type { ChatLook } from "./chatlooks";

/** For the details panel: background and accent of one chat. Loaded when it is opened. */
export const ChatLookDialog = lazyPart(async () => (await import("./ChatLookDialog")).ChatLookDialog);
/** The settings section "Appearance". */
export const AppearanceSettings = lazyPart(async () => (await import("./AppearanceSettings")).AppearanceSettings);
/** The settings section "Language". */
export const LanguageSettings = lazyPart(async () => (await import("./LanguageSettings")).LanguageSettings);
/** For the settings section "Advanced": all of one's own themes as a file. */
export const ThemeBackup = lazyPart(async () => (await import("./ThemeBackup")).ThemeBackup);
