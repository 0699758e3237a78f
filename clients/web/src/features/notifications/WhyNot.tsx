import { BellOff, BellRing } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe } from "@/hooks";
import { useNotificationPrefs } from "@/hooks/notifications";
import { clock } from "@/lib/clock";
import { plainText } from "@/lib/markdown";
import { decide, type Decision } from "@/lib/notify";
import { safeName } from "@/lib/text";
import { times } from "@/lib/time";
import type { SyncStore } from "@/sync/types";
import { Button } from "@/ui";
import type { Message, UserId } from "@wire";
import { Part } from "@/ui/Part";

const EXPLAINED = 10;
const PER_CHAT = 5;

interface Explained {
  readonly message: Message;
  readonly chatTitle: string;
  readonly decision: Decision;
}

/** The newest messages of others, each with what the rules say of it, as of its own time. */
function explain(store: SyncStore, prefs: Parameters<typeof decide>[1], me: UserId | null): Explained[] {
  const found: { message: Message; chatId: string }[] = [];
  for (const summary of store.summaries()) {
    const newest = [...(store.chat(summary.id)?.messages.values() ?? [])].sort((a, b) => b.seq - a.seq).slice(0, PER_CHAT);
    for (const message of newest) if (message.sender_id !== me && !message.deleted) found.push({ message, chatId: summary.id });
  }
  found.sort((a, b) => Date.parse(b.message.timestamp) - Date.parse(a.message.timestamp));
  return found.slice(0, EXPLAINED).flatMap(({ message, chatId }) => {
    const chat = store.summary(chatId);
    if (!chat) return [];
    const mentionsMe = me !== null && (message.mentions.includes(me) || message.mention_all != null);
    const dnd = me !== null && store.presence(me)?.status === "dnd";
    const decision = decide({ chat, message, mentionsMe }, prefs, Date.parse(message.timestamp), { me, dnd });
    return [{ message, chatTitle: safeName(chat.title, chat.id), decision }];
  });
}

/** "Why was I not notified?": the same rules that notify, asked about the last messages. */
export function WhyNot() {
  const { t } = useTranslation("notifications");
  const { store } = useEngine();
  const me = useMe();
  const [prefs] = useNotificationPrefs();
  const [shown, setShown] = useState(false);
  return (
    <Part title={t("why")} text={t("whyText")}>
      {!shown ? (
        <div>
          <Button onClick={() => setShown(true)}>{t("whyShow")}</Button>
        </div>
      ) : (
        <ExplainedList rows={explain(store, prefs, me)} />
      )}
    </Part>
  );
}

function ExplainedList({ rows }: { rows: readonly Explained[] }) {
  const { t } = useTranslation("notifications");
  if (rows.length === 0) return <p className="text-sm text-ink-2">{t("whyNothing")}</p>;
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-2 border border-line">
      {rows.map(({ message, chatTitle, decision }) => (
        <li key={message.id} className="flex gap-3 px-3 py-2.5 text-sm">
          {decision.notify ? <BellRing aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" /> : <BellOff aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-3" />}
          <div className="min-w-0 flex-1">
            <p className="flex gap-2">
              <bdi className="truncate font-medium">{chatTitle}</bdi>
              <time dateTime={message.timestamp} className="ms-auto shrink-0 text-xs text-ink-2">
                {times().list(message.timestamp, clock.now())}
              </time>
            </p>
            <p className="truncate text-ink-2">
              <bdi>{plainText(message.content, 120)}</bdi>
            </p>
            <p>{t(`reasons.${decision.reason}`)}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
