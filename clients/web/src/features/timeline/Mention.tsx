import { Link } from "@tanstack/react-router";
import { use } from "react";
import { useChat, useChatSummary, useIdentity } from "@/hooks";
import { cx } from "@/ui";
import type { Message } from "@wire";
import { mentioned } from "./mentions";
import { MessageContext } from "./MessageContext";
import { useTimelineOrNull } from "./view";

const LOOK = "rounded-[4px] bg-accent-soft px-0.75 font-medium text-accent";

/** A name after `@`: lit up when the message really mentions somebody by it. */
export function Mention({ name, source }: { name: string; source: Pick<Message, "mentions" | "mention_all"> }) {
  const { chatId } = use(MessageContext);
  // Members may come after the message: then the name becomes one that can be opened.
  const chat = useChat(chatId);
  const ProfileCard = useTimelineOrNull()?.ProfileCard;
  const { account } = useIdentity();
  const found = mentioned(name, source, chat, account ? { id: account.user.id, username: account.user.username } : null);
  const text = <bdi>{`@${name}`}</bdi>;
  if (found === null) return text;
  if (found.kind === "all" || found.me) return <span className={cx(LOOK, "ring-1 ring-accent/35")}>{text}</span>;
  if (found.userId === null || !ProfileCard) return <span className={LOOK}>{text}</span>;
  return <ProfileCard userId={found.userId} username={name} chatId={chatId} trigger={<button type="button" className={cx(LOOK, "cursor-pointer hover:underline")}>{text}</button>} />;
}

/** A word after `#`: a link when there is such a chat here. */
export function RoomName({ slug }: { slug: string }) {
  if (useChatSummary(slug) === undefined) return `#${slug}`;
  return (
    <Link to="/c/$chatId" params={{ chatId: slug }} className={cx(LOOK, "hover:underline")}>
      {`#${slug}`}
    </Link>
  );
}
