import { useEngine } from "@/hooks";
import { useNotificationPrefs } from "@/hooks/notifications";
import type { ChatSummary } from "@/sync/types";
import type { MenuEntry } from "@/ui";
import { useTranslation } from "react-i18next";
import { useFolders } from "./useFolders";

export interface ChatMenuOptions {
  /** Asks before leaving. */
  readonly onLeave: (chat: ChatSummary) => void;
  /** Makes a folder that begins with a chat. */
  readonly onNewFolder: (chat: ChatSummary) => void;
}

/** What can be done with a chat of the list. The entries are loaded when the first menu opens. */
export function useChatMenu(options: ChatMenuOptions): (chat: ChatSummary) => Promise<MenuEntry[]> {
  const { t } = useTranslation("chats");
  const engine = useEngine();
  const [folders, change] = useFolders();
  const [prefs, setPrefs] = useNotificationPrefs();
  return async (chat) => (await import("./chatMenu")).chatMenu(chat, { ...options, t, engine, folders, change, prefs, setPrefs });
}
