import { Ban } from "lucide-react";
import { memo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useCan, useEngine } from "@/hooks";
import { describeFailure } from "@/lib/errors";
import { times } from "@/lib/time";
import type { OutboxEntry, ShownMessage } from "@/sync/types";
import type { Message } from "@wire";
import { MessageText } from "./MessageText";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";
import { isLong } from "./rows";
import { toggled, useTimeline, useView } from "./view";

interface Props {
  shown: ShownMessage;
  name: string;
  original: Message | undefined;
}

/** What stands under the name: quote, text, marks, reactions, what went wrong. */
export const MessageBody = memo(function MessageBody({ shown, name, original }: Props) {
  const { chatId } = useTimeline();
  const { message, pending } = shown;
  const mayReact = useCan(chatId, "react");
  if (message.deleted) return <DeletedStub message={message} />;
  return (
    <>
      {message.reply_to !== null && <Quote id={message.reply_to} near={original} />}
      <Folded shown={shown}>
        {message.message_type === "emote" ? (
          <div className="flex gap-1.5 pt-1.5 text-ink-2 italic">
            <bdi className="max-w-2/5 shrink-0 truncate font-semibold text-ink">{name}</bdi>
            <MessageText message={message} chatId={chatId} />
          </div>
        ) : (
          <MessageText message={message} chatId={chatId} />
        )}
      </Folded>
      {message.edited && <EditedMark message={message} />}
      {Object.keys(message.reactions).length > 0 && <Reactions message={message} allowed={mayReact} />}
      {pending?.state === "failed" && <FailedNote entry={pending} />}
    </>
  );
});

/** Long messages show their beginning. */
function Folded({ shown, children }: { shown: ShownMessage; children: ReactNode }) {
  const { t } = useTranslation("timeline");
  const { view } = useTimeline();
  const open = useView((state) => state.unfolded.has(shown.key));
  if (!isLong(shown.message.content)) return children;
  return (
    <>
      <div className={open ? undefined : "relative max-h-105 overflow-hidden mask-b-from-85%"}>
        {children}
      </div>
      <button type="button" aria-expanded={open} className="mt-0.5 rounded-[3px] text-sm font-medium text-accent hover:underline max-phone:min-h-11" onClick={() => view.setState(({ unfolded }) => ({ unfolded: toggled(unfolded, shown.key) }))}>
        {t(open ? "showLess" : "showMore")}
      </button>
    </>
  );
}

function DeletedStub({ message }: { message: Message }) {
  const { t } = useTranslation("timeline");
  const byOther = message.deleted_by != null && message.deleted_by !== message.sender_id;
  return (
    <p className="flex items-center gap-1.5 py-px text-sm text-ink-3 italic" data-tip={message.deleted_at ? times().full(message.deleted_at) : undefined}>
      <Ban aria-hidden className="size-3.5" />
      {t(byOther ? "deletedByModerator" : "deleted")}
    </p>
  );
}

function EditedMark({ message }: { message: Message }) {
  const { t } = useTranslation("timeline");
  const { view } = useTimeline();
  const at = message.edited_at ?? message.timestamp;
  return (
    <button type="button" className="rounded-[3px] text-xs text-ink-3 hover:underline" data-tip={times().full(at)} onClick={() => view.setState({ dialog: { kind: "versions", message } })}>
      {t("edited")}
    </button>
  );
}

/** What was not sent stays in its place, with a way out. */
function FailedNote({ entry }: { entry: OutboxEntry }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const link = "rounded-[3px] font-medium underline underline-offset-2 max-phone:min-h-11";
  const reason = entry.error ? describeFailure(t as never, entry.error).text : t("notSent");
  return (
    <p role="alert" className="mt-0.5 flex flex-wrap gap-x-3 text-sm text-danger">
      <span>{reason}</span>
      <button type="button" className={link} onClick={() => engine.retry(entry.id)}>
        {t("action.retry")}
      </button>
      <button type="button" className={link} onClick={() => engine.discard(entry.id)}>
        {t("action.discard")}
      </button>
    </p>
  );
}
