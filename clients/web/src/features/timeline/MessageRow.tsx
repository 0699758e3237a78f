import { memo, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe } from "@/hooks";
import { times } from "@/lib/time";
import { cx, lazyPart } from "@/ui";
import type { Message } from "@wire";
import { DaySeparator, NewLine } from "./Separators";
import { MessageBody } from "./MessageBody";
import { Marks } from "./Marks";
import { MessageHead, MessagePicture } from "./MessageHead";
import { mentionsMe } from "./mentions";
import { previewOf } from "./MessageText";
import { useAuthor } from "./names";
import type { Row } from "./rows";
import { SelectBox } from "./SelectBox";
import { isActive, useTimeline, useView } from "./view";

const Toolbar = lazyPart(async () => (await import("./Toolbar")).Toolbar);

export interface MessageRowProps {
  row: Row;
  /** The message it answers, when that is loaded. */
  original: Message | undefined;
}

/** One message, with the separators above it. Pointer, touch and keys are handled by the list for all rows at once. */
export const MessageRow = memo(function MessageRow({ row, original }: MessageRowProps) {
  return (
    <>
      {row.day && <DaySeparator at={row.shown.message.timestamp} />}
      {row.unread && <NewLine />}
      <Article row={row} original={original} />
    </>
  );
});

function Article({ row, original }: MessageRowProps) {
  const { t } = useTranslation("timeline");
  const { shown, header, key } = row;
  const { message } = shown;
  const me = useMe();
  const engine = useEngine();
  const { chatId } = useTimeline();
  const active = useView((view) => isActive(view, shown));
  const focusable = useView((view) => view.focused === key);
  const selecting = useView((view) => view.selected !== null);
  const selected = useView((view) => view.selected?.has(key) ?? false);
  const lit = useView((view) => view.lit !== null && view.lit === message.seq && shown.pending?.action.type !== "message");
  const name = useAuthor(message.sender_id, message.sender_username);
  const when = times();
  const words = message.deleted ? t("deleted") : previewOf(message);
  const forMe = !message.deleted && mentionsMe(message, me);
  return (
    <article
      data-key={key}
      data-seq={message.seq}
      tabIndex={focusable ? 0 : -1}
      aria-label={t("messageBy", { name, time: when.time(message.timestamp), text: words })}
      aria-setsize={engine.store.chat(chatId)?.lastSeq ?? -1}
      aria-posinset={message.seq}
      className={cx(
        "relative -mx-2 grid grid-cols-[2.25rem_minmax(0,1fr)_auto] gap-x-3 rounded-1 px-2 py-0.5 transition-colors pointer-coarse:select-none duration-700 max-phone:gap-x-2",
        header && !row.day && !row.unread && "mt-3 [[data-density=compact]_&]:mt-1.5",
        selecting && "cursor-pointer ps-9",
        lit || selected ? "bg-accent-soft duration-0" : forMe ? "bg-warn/10" : active && "bg-sunken duration-0",
        active && "msg-active",
      )}
    >
      {selecting && <SelectBox rowKey={key} selected={selected} label={t("selectMessage")} disabled={message.deleted} />}
      {header ? <MessagePicture message={message} name={name} /> : <HoverTime at={message.timestamp} shown={active} />}
      <div className="min-w-0 max-w-180">
        {header && message.message_type === "text" && <MessageHead message={message} name={name} />}
        <MessageBody shown={shown} name={name} original={original} />
      </div>
      <Marks row={row} />
      {active && !message.deleted && (
        <Suspense>
          <Toolbar shown={shown} />
        </Suspense>
      )}
    </article>
  );
}

function HoverTime({ at, shown }: { at: string; shown: boolean }) {
  return (
    <time dateTime={at} data-tip={shown ? times().full(at) : undefined} className={cx("pt-1 text-end text-[0.6875rem] whitespace-nowrap text-ink-3", !shown && "invisible")}>
      {times().time(at)}
    </time>
  );
}
