import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe, useTyping } from "@/hooks";
import { safeName } from "@/lib/text";
import type { ChatId } from "@wire";

/** Who is writing now. Keeps its place when nobody is. */
export const TypingLine = memo(function TypingLine({ chatId }: { chatId: ChatId }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const me = useMe();
  const typists = useTyping(chatId).filter((typist) => typist.userId !== me);
  const names = typists.map((typist) => safeName(engine.store.userName(typist.userId) ?? typist.username, typist.username, 40));
  const [first = "", second = ""] = names;
  const text =
    names.length === 0 ? "" : names.length === 1 ? t("typingOne", { name: first }) : names.length === 2 ? t("typingTwo", { first, second }) : t("typingMany", { first, count: names.length - 1 });
  return (
    <p className="h-6 shrink-0 truncate px-6 pt-1 text-sm text-ink-2 max-phone:px-4" aria-live="off">
      {text !== "" && (
        <>
          <span aria-hidden className="me-2 inline-flex gap-0.75 align-middle">
            {[0, 160, 320].map((delay) => (
              <span key={delay} className="size-1.25 animate-bounce rounded-full bg-current" style={{ animationDelay: `${delay}ms` }} />
            ))}
          </span>
          <bdi>{text}</bdi>
        </>
      )}
    </p>
  );
});
