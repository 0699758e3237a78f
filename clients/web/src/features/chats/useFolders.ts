import { usePreference } from "@/hooks";
import { decodeFolders, type FolderAction, type FolderPrefs, reduceFolders } from "./folders";

/** The folders of the account, and how to change them. */
export function useFolders(): readonly [FolderPrefs, (action: FolderAction) => void] {
  const [prefs, set] = usePreference("folders", decodeFolders);
  return [prefs, (action) => set((before) => reduceFolders(before, action))];
}
