import { useQuery } from "@/hooks/query";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import type { Message, MessageId } from "@wire";
import { MessageText } from "./MessageText";
import { useAuthor } from "./names";
import { useTimeline } from "./view";

/** The message another one answers; a click goes there. */
export const Quote = memo(function Quote({ id, near }: { id: MessageId; near: Message | undefined }) {
  const { chatId } = useTimeline();
  const engine = useEngine();
  // Beyond the loaded part the original is asked for once; edits and deletions of it then show after a while only.
  const { data, error } = useQuery({
    queryKey: ["message", chatId, id],
    queryFn: async () => (await engine.command({ type: "get_message", chat_id: chatId, message_id: id })).message,
    enabled: near === undefined,
    staleTime: 60_000,
  });
  const message = near ?? data;
  return message === undefined ? <Missing failed={error !== null} /> : <Original message={message} />;
});

const LOOK = "mt-0.5 mb-1 flex max-w-[min(32.5rem,100%)] min-w-0 items-baseline gap-2 rounded-e-1 border-s-3 border-accent bg-accent-soft px-2.5 py-0.5 text-start text-sm text-ink-2";

function Original({ message }: { message: Message }) {
  const { t } = useTranslation("timeline");
  const { chatId, goTo } = useTimeline();
  const name = useAuthor(message.sender_id, message.sender_username);
  return (
    <button type="button" className={`${LOOK} cursor-pointer hover:text-ink`} onClick={() => goTo(message.seq)} aria-label={t("goToOriginal", { name })}>
      <bdi className="max-w-2/5 shrink-0 truncate font-semibold">{name}</bdi>
      <span className="min-w-0 truncate">{message.deleted ? <em>{t("deleted")}</em> : <MessageText message={message} chatId={chatId} plain />}</span>
    </button>
  );
}

function Missing({ failed }: { failed: boolean }) {
  const { t } = useTranslation("timeline");
  return <p className={LOOK}>{failed ? t("originalMissing") : t("loadingOriginal")}</p>;
}
