import { useNavigate } from "@tanstack/react-router";
import { List, Pin } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useUserName } from "@/hooks";
import { plainText } from "@/lib/markdown";
import { safeName } from "@/lib/text";
import { cx, IconButton } from "@/ui";
import type { ChatId, Message } from "@wire";

/** More marks than this say nothing more. */
const MARKS = 5;

/** The latest pin; each press goes to it and shows the one before. */
export function PinBar({ chatId, pins, onShowAll }: { chatId: ChatId; pins: readonly Message[]; onShowAll: () => void }) {
  const { t } = useTranslation("details");
  const navigate = useNavigate();
  const [at, setAt] = useState(0);
  const index = at % pins.length;
  const pin = pins[index]!;
  const sender = safeName(useUserName(pin.sender_id, pin.sender_username));
  const go = () => {
    void navigate({ to: "/c/$chatId/$seq", params: { chatId, seq: String(pin.seq) } });
    setAt(index + 1);
  };
  return (
    <section aria-label={t("pinned")} className="flex items-center gap-2 border-b border-line px-3 phone:px-6">
      <button type="button" onClick={go} className="flex min-h-11 min-w-0 flex-1 items-center gap-3 rounded-2 py-1.5 text-start text-sm hover:bg-sunken/60">
        {pins.length > 1 ? (
          <span aria-hidden className="flex h-7 w-0.5 shrink-0 flex-col gap-0.5">
            {Array.from({ length: Math.min(MARKS, pins.length) }, (_, mark) => (
              <span key={mark} className={cx("flex-1 rounded-full", mark === index % MARKS ? "bg-accent" : "bg-line-strong/50")} />
            ))}
          </span>
        ) : (
          <Pin aria-hidden className="size-4 shrink-0 text-accent" />
        )}
        <span className="min-w-0 flex-1">
          <span className="block truncate text-xs font-medium text-accent">{pins.length > 1 ? t("pinnedAt", { at: index + 1, of: pins.length }) : t("pinned")}</span>
          <span className="block truncate">
            <bdi className="font-medium">{sender}</bdi> <bdi className="text-ink-2">{plainText(pin.content, 160)}</bdi>
          </span>
        </span>
      </button>
      {pins.length > 1 && (
        <IconButton size="sm" label={t("allPins")} onClick={onShowAll}>
          <List />
        </IconButton>
      )}
    </section>
  );
}
