import { Bell, BellOff, CalendarDays, EllipsisVertical, Info, Link2, LogOut, Pin, UserPlus, Volume2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe } from "@/hooks";
import { useNotifyLevel } from "@/hooks/notifications";
import { copyToClipboard } from "@/lib/clipboard";
import { clock } from "@/lib/clock";
import { isBound, runShortcut, shortcutText } from "@/lib/keys";
import { LEVELS } from "@/lib/notify";
import type { ChatSummary } from "@/sync/types";
import { IconButton, Menu, toast, type MenuEntry } from "@/ui";
import { useAction } from "./hooks";
import { LeaveDialog } from "./LeaveDialog";
import { MUTES, muteUntil } from "./mute";
import type { DetailsSection } from "./sections";

/** Everything else that can be done with a chat. */
export function HeaderMenu({ chat, onOpenDetails, onJumpToDate }: { chat: ChatSummary; onOpenDetails: (section?: DetailsSection) => void; onJumpToDate?: () => void }) {
  const { t } = useTranslation("details");
  const [leaving, setLeaving] = useState(false);
  const personal = usePersonalEntries(chat);
  const can = (permission: ChatSummary["permissions"][number]) => chat.permissions.includes(permission);
  const copy = async () => {
    const copied = await copyToClipboard(`${location.origin}/c/${encodeURIComponent(chat.id)}`);
    toast({ text: t(copied ? "common:linkCopied" : "common:copyFailed"), tone: copied ? "success" : "danger" });
  };
  const items = (): MenuEntry[] => {
    const jump = onJumpToDate ?? (isBound("jumpToDate") ? () => void runShortcut("jumpToDate") : null);
    return [
      { label: t("details"), icon: <Info />, onSelect: () => onOpenDetails("about") },
      { label: t("pinned"), icon: <Pin />, onSelect: () => onOpenDetails("pins") },
      ...(jump ? [{ label: t("jumpToDate"), icon: <CalendarDays />, shortcut: shortcutText("jumpToDate"), onSelect: jump }] : []),
      ...(personal.length > 0 ? ["separator" as const, ...personal] : []),
      "separator",
      { label: t("common:copyLink"), icon: <Link2 />, onSelect: () => void copy() },
      ...(can("invite") ? [{ label: t("invite"), icon: <UserPlus />, onSelect: () => onOpenDetails("invites") }] : []),
      ...(can("leave") ? ["separator" as const, { label: t("leave"), icon: <LogOut />, danger: true, onSelect: () => setLeaving(true) }] : []),
    ];
  };
  return (
    <>
      <Menu
        label={t("more")}
        align="end"
        items={items}
        trigger={
          <IconButton label={t("more")}>
            <EllipsisVertical />
          </IconButton>
        }
      />
      <LeaveDialog chat={chat} open={leaving} onOpenChange={setLeaving} />
    </>
  );
}

/** What one sets for oneself; nothing for those who only look in. */
function usePersonalEntries(chat: ChatSummary): MenuEntry[] {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const me = useMe();
  const { own, general, set } = useNotifyLevel(chat.id);
  const [, run] = useAction();
  if (me === null || chat.role === null) return [];
  const mute = (until: string | null) => void run(() => engine.setChatSettings(chat.id, { muted_until: until }));
  return [
    chat.muted
      ? { label: t("unmute"), icon: <Volume2 />, onSelect: () => mute(null) }
      : { label: t("mute"), icon: <BellOff />, items: MUTES.map((one) => ({ label: t(`mutes.${one}`), onSelect: () => mute(muteUntil(one, clock.now())) })) },
    {
      label: t("notifications"),
      icon: <Bell />,
      items: [
        ...LEVELS.map((one) => ({ label: t(`notifications:levels.${one}`), checked: own === one, onSelect: () => set(one) })),
        "separator",
        { label: t("followGeneral", { level: t(`notifications:levels.${general}`) }), checked: own === null, onSelect: () => set(null) },
      ],
    },
  ];
}
