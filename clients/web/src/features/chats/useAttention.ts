import { useChatSummaries } from "@/hooks";
import { useNotificationPrefs } from "@/hooks/notifications";
import { countAttention, levelOf } from "@/lib/notify";

/** Unread messages to oneself: the number on the rail, the same as in the title and on the icon. */
export function useAttention(): number {
  const chats = useChatSummaries();
  const [prefs] = useNotificationPrefs();
  return countAttention(chats, (chatId) => levelOf(prefs, chatId) === "none").number;
}
