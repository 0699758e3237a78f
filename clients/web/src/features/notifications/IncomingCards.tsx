import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { Avatar, IconButton } from "@/ui";
import { cardStore, type IncomingCard } from "./cards";
import { messagePath } from "./navigate";

const LIFE_MS = 7_000;

/** The cards in the corner. They tell screen readers politely and never take the focus. */
export function IncomingCards({ onOpen }: { onOpen: (path: string) => void }) {
  const { t } = useTranslation("notifications");
  const cards = cardStore((state) => state.cards);
  return createPortal(
    <section aria-label={t("incoming")} className="pointer-events-none fixed end-0 top-0 z-60 w-full max-w-sm p-3 pt-[max(0.75rem,env(safe-area-inset-top))]">
      <div role="log" aria-live="polite" aria-label={t("incoming")}>
        <ol className="grid grid-cols-1 gap-2">
          {cards.map((card) => (
            <Row key={card.chatId} card={card} onOpen={onOpen} />
          ))}
        </ol>
      </div>
    </section>,
    document.body,
  );
}

function Row({ card, onOpen }: { card: IncomingCard; onOpen: (path: string) => void }) {
  const { t } = useTranslation("notifications");
  const [held, setHeld] = useState(false);
  const drop = () => cardStore.getState().drop(card.chatId);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => cardStore.getState().drop(card.chatId), LIFE_MS);
    return () => clearTimeout(timer);
  }, [held, card]);
  return (
    <li
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex animate-[rise_160ms_ease-out] items-start gap-1 rounded-3 border border-line bg-raised p-1.5 shadow-raised"
    >
      <button
        type="button"
        onClick={() => {
          drop();
          onOpen(messagePath(card.chatId, card.seq));
        }}
        className="flex min-w-0 flex-1 items-start gap-3 rounded-2 p-1.5 text-start hover:bg-sunken"
      >
        <Avatar name={card.sender} seed={card.senderId} size="sm" />
        <span className="min-w-0 flex-1">
          <span className="flex gap-1.5 text-sm">
            <bdi className="truncate font-semibold">{card.sender}</bdi>
            {card.chatTitle !== null && (
              <span className="min-w-0 shrink truncate text-ink-2">
                {t("inChat")} <bdi>{card.chatTitle}</bdi>
              </span>
            )}
          </span>
          <bdi className="line-clamp-2 text-sm wrap-anywhere text-ink-2">{card.text}</bdi>
        </span>
      </button>
      <IconButton size="sm" label={t("common:dismiss")} onClick={drop}>
        <X />
      </IconButton>
    </li>
  );
}
