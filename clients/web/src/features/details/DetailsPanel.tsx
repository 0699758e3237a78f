import { X } from "lucide-react";
import { useEffect, useRef, type ComponentType, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useChatSummary } from "@/hooks";
import { IconButton } from "@/ui";
import type { ChatId, UserId } from "@wire";
import type { ReactElement } from "react";
import { About } from "./About";
import { DangerZone } from "./DangerZone";
import { Invites } from "./Invites";
import { Members } from "./Members";
import { NotificationSection } from "./NotificationSection";
import { PinList } from "./PinList";
import { toSection } from "./sections";
import { Section } from "./Section";

export interface DetailsPanelProps {
  chatId: ChatId;
  onClose: () => void;
  /** The part to begin with. */
  section?: string | undefined;
  /** The appearance of this chat, which another feature brings. */
  lookSlot?: ReactNode;
  /** What opens on a member's name, which another feature brings; without it the profile's page. */
  ProfileCard?: ComponentType<{ userId: UserId; username: string; trigger: ReactElement; chatId?: ChatId }>;
}

/** Everything about a chat. Fills its parent, with its own scrolling. */
export function DetailsPanel({ chatId, onClose, section, lookSlot, ProfileCard }: DetailsPanelProps) {
  const { t } = useTranslation("details");
  const chat = useChatSummary(chatId);
  const scroller = useRef<HTMLDivElement>(null);
  useScrollTo(scroller, section);
  if (!chat) return null;
  const many = chat.type !== "direct";
  const can = (permission: (typeof chat.permissions)[number]) => chat.permissions.includes(permission);
  return (
    <div className="flex h-full min-h-0 flex-1 flex-col">
      <header className="flex min-h-16 shrink-0 items-center gap-2 border-b border-line ps-4 pe-2">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{t(many ? "title" : "titleDirect")}</h2>
        <IconButton label={t("common:close")} onClick={onClose}>
          <X />
        </IconButton>
      </header>
      <div ref={scroller} className="min-h-0 flex-1 overflow-x-hidden overflow-y-auto">
        <div className="grid grid-cols-1 gap-6 p-4">
          <About chat={chat} />
          {many && can("list_members") && <Members chat={chat} scroller={scroller} adding={section === "add"} {...(ProfileCard && { ProfileCard })} />}
          {can("invite") && <Invites chatId={chatId} open={section === "invites"} />}
          <PinList chatId={chatId} canUnpin={can("pin")} />
          {chat.role !== null && <NotificationSection chat={chat} />}
          {lookSlot !== undefined && <Section title={t("look")}>{lookSlot}</Section>}
          <DangerZone chat={chat} />
        </div>
      </div>
    </div>
  );
}

/** Brings a part into view when it is asked for. */
function useScrollTo(scroller: React.RefObject<HTMLDivElement | null>, name: string | undefined): void {
  useEffect(() => {
    const section = toSection(name);
    if (!section) return;
    const part = scroller.current?.querySelector(`[data-section="${section === "add" ? "members" : section}"]`);
    part?.scrollIntoView({ block: "start" });
  }, [scroller, name]);
}
