import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { plainText } from "@/lib/markdown";
import type { ChatId } from "@wire";
import { nameOf } from "./names";

/** Tells screen readers of messages that come in while the chat is open. */
export function Announcer({ chatId }: { chatId: ChatId }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const [said, setSaid] = useState("");
  useEffect(
    () =>
      engine.onIncoming(({ chat, message }) => {
        if (chat.id !== chatId) return;
        const name = nameOf(engine, chatId, message.sender_id, message.sender_username);
        setSaid(t("newMessageFrom", { name, text: plainText(message.content, 200) }));
      }),
    [engine, chatId, t],
  );
  return (
    <p className="sr-only" aria-live="polite">
      {said}
    </p>
  );
}
