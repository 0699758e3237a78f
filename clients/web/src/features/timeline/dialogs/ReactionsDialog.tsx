import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChat } from "@/hooks";
import { safeLine } from "@/lib/text";
import { Dialog, Tabs } from "@/ui";
import type { Message } from "@wire";
import { useNameOf } from "../names";
import { useTimeline } from "../view";
import { PeopleList } from "./PeopleList";

interface Props {
  message: Message;
  /** Whose list is open first. */
  first: string | undefined;
  onClose: () => void;
}

/** Who reacted, emoji by emoji. */
export function ReactionsDialog({ message: opened, first, onClose }: Props) {
  const { t } = useTranslation("timeline");
  const { chatId } = useTimeline();
  const chat = useChat(chatId);
  const nameOf = useNameOf(chatId, t("someone"));
  // The message as it is now: reactions come and go while one looks.
  const message = chat?.messages.get(opened.seq) ?? opened;
  const entries = Object.entries(message.reactions).filter(([, people]) => people.length > 0);
  const [chosen, setChosen] = useState(first ?? entries[0]?.[0] ?? "");
  const people = message.reactions[chosen] ?? entries[0]?.[1] ?? [];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("reactions")} size="sm">
      <div className="-mx-1 mb-2 overflow-x-auto px-1 pb-1" data-swipe="none">
        <Tabs value={chosen} onChange={setChosen} tabs={entries.map(([emoji, ids]) => ({ value: emoji, label: safeLine(emoji), badge: ids.length }))} />
      </div>
      <PeopleList
        people={people.map((id) => ({ id, name: nameOf(id), username: chat?.members.get(id)?.username ?? "" }))}
      />
    </Dialog>
  );
}
