import { useTranslation } from "react-i18next";
import { times } from "@/lib/time";
import { Avatar } from "@/ui";
import type { Message } from "@wire";
import { useTimeline, useView } from "./view";

interface Props {
  message: Message;
  name: string;
}

/** The author's picture; a click shows who it is. */
export function MessagePicture({ message, name }: Props) {
  const { ProfileCard, chatId } = useTimeline();
  const { t } = useTranslation("timeline");
  const selecting = useView((view) => view.selected !== null);
  const picture = <Avatar name={name} seed={message.sender_id} size="sm" />;
  if (!ProfileCard || selecting) return <span className="mt-0.5">{picture}</span>;
  const button = (
    <button type="button" tabIndex={-1} aria-label={t("profileOf", { name })} className="mt-0.5 size-9 self-start rounded-full">
      {picture}
    </button>
  );
  return <ProfileCard userId={message.sender_id} username={message.sender_username} chatId={chatId} trigger={button} />;
}

/** Name and time above the first message of a group. */
export function MessageHead({ message, name }: Props) {
  const { ProfileCard, chatId } = useTimeline();
  const label = (
    <button type="button" className="min-w-0 truncate rounded-[3px] font-semibold hover:underline">
      <bdi>{name}</bdi>
    </button>
  );
  return (
    <header className="flex min-w-0 items-baseline gap-2">
      {ProfileCard ? (
        <ProfileCard userId={message.sender_id} username={message.sender_username} chatId={chatId} trigger={label} />
      ) : (
        <bdi className="min-w-0 truncate font-semibold">{name}</bdi>
      )}
      <time dateTime={message.timestamp} data-tip={times().full(message.timestamp)} className="shrink-0 text-xs text-ink-3">
        {times().time(message.timestamp)}
      </time>
    </header>
  );
}
