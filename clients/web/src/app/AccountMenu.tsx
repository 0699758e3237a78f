import { useIdentity, useOutbox, usePresence, useProfile } from "@/hooks";
import { useSignOut } from "@/hooks/signOut";
import { shortcutText } from "@/lib/keys";
import { safeName } from "@/lib/text";
import { Avatar, ConfirmDialog, Menu, type MenuEntry } from "@/ui";
import { useNavigate } from "@tanstack/react-router";
import { Keyboard, LogOut, Settings, UserRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useShellStore } from "./shellStore";

/** One's own picture, and what concerns oneself behind it. */
export function AccountMenu() {
  const { t } = useTranslation("common");
  const { account } = useIdentity();
  const user = useProfile() ?? account?.user;
  const presence = usePresence(user?.id ?? 0);
  const waiting = useOutbox().length;
  const navigate = useNavigate();
  const signOut = useSignOut();
  const [asking, setAsking] = useState(false);
  if (!user) return null;
  const name = safeName(user.display_name, user.username);
  const items: MenuEntry[] = [
    { label: name, hint: `@${user.username}`, icon: <UserRound />, onSelect: () => void navigate({ to: "/u/$username", params: { username: user.username } }) },
    "separator",
    { label: t("nav.settings"), icon: <Settings />, shortcut: shortcutText("settings"), onSelect: () => void navigate({ to: "/settings/{-$section}", params: { section: undefined } }) },
    { label: t("shortcut.shortcuts"), icon: <Keyboard />, shortcut: shortcutText("shortcuts"), onSelect: () => useShellStore.getState().setSheet(true) },
    "separator",
    { label: t("signOut"), icon: <LogOut />, onSelect: () => (waiting > 0 ? setAsking(true) : void signOut()) },
  ];
  const label = t("nav.account", { name });
  return (
    <>
      <Menu
        label={label}
        align="end"
        items={items}
        trigger={
          <button type="button" aria-label={label} data-tip={name} className="grid size-11 shrink-0 place-items-center rounded-full">
            <Avatar name={name} seed={user.id} size="sm" presence={presence?.status ?? "offline"} />
          </button>
        }
      />
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t("signOutConfirm.title")}
        text={t("signOutConfirm.text", { count: waiting })}
        confirmLabel={t("signOut")}
        danger
        onConfirm={signOut}
      />
    </>
  );
}
