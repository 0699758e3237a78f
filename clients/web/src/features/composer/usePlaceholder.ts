import { useTranslation } from "react-i18next";
import { useChat, useMe } from "@/hooks";
import { safeName } from "@/lib/text";
import type { ChatId } from "@wire";

/** What the empty field says: where one's words will go. */
export function usePlaceholder(chatId: ChatId): string {
  const { t } = useTranslation("composer");
  const info = useChat(chatId)?.info;
  const me = useMe();
  if (!info) return t("placeholder.plain");
  if (info.type === "room") return t("placeholder.room", { name: info.id });
  if (info.type === "direct" && (!info.peer || info.peer.id === me)) return t("placeholder.self");
  const name = safeName(info.peer?.display_name ?? info.name, info.peer?.username ?? "?", 60);
  return t(info.type === "channel" ? "placeholder.channel" : "placeholder.named", { name });
}
