import { MessageCircle } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useCan, useMe } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import { safeName } from "@/lib/text";
import type { ChatState } from "@/sync/types";
import { Button, EmptyState } from "@/ui";

/** Where nobody has written yet: what this chat is, and what one could do. */
export function EmptyChat({ chat: { info } }: { chat: ChatState }) {
  const { t } = useTranslation("timeline");
  const me = useMe();
  const mayWrite = useCan(info.id, "write") && info.role !== null;
  const self = info.type === "direct" && (!info.peer || info.peer.id === me);
  const name = safeName(info.peer?.display_name ?? info.name, info.peer?.username ?? info.id);
  return (
    <EmptyState
      icon={<MessageCircle />}
      heading="h2"
      title={self ? t("empty.selfTitle") : t(info.type === "direct" ? "empty.directTitle" : "empty.welcome", { name })}
      text={t(self ? "empty.self" : mayWrite ? `empty.${info.type}` : "empty.quiet")}
      action={mayWrite && <Button onClick={() => composerStore.getState().focus()}>{t("empty.write")}</Button>}
    />
  );
}
