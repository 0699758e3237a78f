import { useNavigate } from "@tanstack/react-router";
import { PinOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useUserName } from "@/hooks";
import { clock } from "@/lib/clock";
import { plainText } from "@/lib/markdown";
import { safeName } from "@/lib/text";
import { times } from "@/lib/time";
import { Button, ErrorNotice, IconButton } from "@/ui";
import type { ChatId, Message } from "@wire";
import { useAction, usePins } from "./hooks";
import { Section } from "./Section";

/** Shown before "all". */
const FIRST = 5;

/** The pinned messages; each leads to its place. */
export function PinList({ chatId, canUnpin }: { chatId: ChatId; canUnpin: boolean }) {
  const { t } = useTranslation("details");
  const { pins, failure, loading, retry } = usePins(chatId);
  const [all, setAll] = useState(false);
  return (
    <Section title={pins.length > 0 ? t("pinsCount", { count: pins.length }) : t("pinned")} section="pins">
      {failure && <ErrorNotice failure={failure} onRetry={retry} />}
      {!loading && !failure && pins.length === 0 && <p className="text-sm text-ink-2">{t("noPins")}</p>}
      <ul className="grid gap-1.5">
        {(all ? pins : pins.slice(0, FIRST)).map((pin) => (
          <li key={pin.id}>
            <Pinned pin={pin} chatId={chatId} canUnpin={canUnpin} />
          </li>
        ))}
      </ul>
      {!all && pins.length > FIRST && (
        <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
          {t("allPins")}
        </Button>
      )}
    </Section>
  );
}

function Pinned({ pin, chatId, canUnpin }: { pin: Message; chatId: ChatId; canUnpin: boolean }) {
  const { t } = useTranslation("details");
  const navigate = useNavigate();
  const engine = useEngine();
  const [busy, run] = useAction();
  const sender = safeName(useUserName(pin.sender_id, pin.sender_username));
  const unpin = () => void run(() => engine.command({ type: "unpin_message", chat_id: chatId, message_id: pin.id }));
  return (
    <div className="flex items-start rounded-2 bg-sunken">
      <button
        type="button"
        onClick={() => void navigate({ to: "/c/$chatId/$seq", params: { chatId, seq: String(pin.seq) } })}
        className="min-w-0 flex-1 rounded-2 px-3 py-2 text-start text-sm hover:bg-line/50"
      >
        <span className="flex gap-2 text-xs text-ink-2">
          <bdi className="truncate font-medium">{sender}</bdi>
          <time dateTime={pin.timestamp} className="ms-auto shrink-0">
            {times().list(pin.timestamp, clock.now())}
          </time>
        </span>
        <bdi className="line-clamp-3 wrap-anywhere">{plainText(pin.content, 240)}</bdi>
      </button>
      {canUnpin && (
        <IconButton size="sm" label={t("unpin")} disabled={busy} onClick={unpin} className="m-1">
          <PinOff />
        </IconButton>
      )}
    </div>
  );
}
