import { ArrowLeft, PanelRight, Pin } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ReactNode } from "react";
import { useChatSummary, usePresence } from "@/hooks";
import { safeName } from "@/lib/text";
import { Avatar, IconButton } from "@/ui";
import type { ChatId } from "@wire";
import { HeaderMenu } from "./HeaderMenu";
import { HeaderSubtitle } from "./HeaderSubtitle";
import { PinBar } from "./PinBar";
import { usePins } from "./hooks";
import type { DetailsSection } from "./sections";

export interface ChatHeaderProps {
  chatId: ChatId;
  /** Opens or closes the details; with a section they open at it. */
  onToggleDetails: (section?: DetailsSection) => void;
  detailsOpen?: boolean;
  onBack?: () => void;
  /** Before the picture. */
  leading?: ReactNode;
  /** Opens the choice of a date; by default the shortcut's own. */
  onJumpToDate?: () => void;
}

/** Which chat this is, what goes on in it, and what can be done with it. */
export function ChatHeader({ chatId, onToggleDetails, detailsOpen = false, onBack, leading, onJumpToDate }: ChatHeaderProps) {
  const { t } = useTranslation("details");
  const chat = useChatSummary(chatId);
  const peerPresence = usePresence(chat?.peer?.id ?? 0);
  const { pins } = usePins(chatId);
  if (!chat) return null;
  const title = safeName(chat.title, chat.id);
  const direct = chat.type === "direct";
  return (
    <div className="@container shrink-0 bg-surface">
      <header className="flex min-h-16 items-center gap-1 border-b border-line px-3 pt-[env(safe-area-inset-top)] phone:gap-2 phone:px-6">
        {onBack && (
          <IconButton label={t("common:back")} onClick={onBack} className="-ms-2">
            <ArrowLeft className="rtl:-scale-x-100" />
          </IconButton>
        )}
        {leading}
        <button
          type="button"
          onClick={() => onToggleDetails()}
          aria-expanded={detailsOpen}
          className="flex min-w-0 flex-1 items-center gap-3 rounded-2 py-1.5 text-start hover:bg-sunken/60 phone:-ms-2 phone:ps-2"
        >
          {/* With very large letters the name needs the room. */}
          <span className="contents @max-[16rem]:hidden">
            <Avatar name={title} seed={chat.peer?.id ?? chat.id} kind={direct ? "person" : chat.type} size="sm" {...(direct && peerPresence && { presence: peerPresence.status })} />
          </span>
          <span className="min-w-0 flex-1">
            <span role="heading" aria-level={1} className="block truncate leading-tight font-semibold">
              <bdi>{title}</bdi>
            </span>
            <span className="block truncate text-sm text-ink-2">
              <HeaderSubtitle chat={chat} />
            </span>
          </span>
        </button>
        {pins.length > 0 && (
          <IconButton label={t("pinsCount", { count: pins.length })} onClick={() => onToggleDetails("pins")} className="max-phone:hidden @max-[16rem]:hidden">
            <Pin />
          </IconButton>
        )}
        <IconButton label={t("details")} aria-expanded={detailsOpen} active={detailsOpen} onClick={() => onToggleDetails()} className="max-phone:hidden">
          <PanelRight className="rtl:-scale-x-100" />
        </IconButton>
        <HeaderMenu chat={chat} onOpenDetails={onToggleDetails} {...(onJumpToDate && { onJumpToDate })} />
      </header>
      {pins.length > 0 && <PinBar key={chatId} chatId={chatId} pins={pins} onShowAll={() => onToggleDetails("pins")} />}
    </div>
  );
}
