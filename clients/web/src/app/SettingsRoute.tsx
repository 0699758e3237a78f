import { ChangePasswordForm } from "@/features/auth/ChangePasswordForm";
import { NotificationSettings } from "@/features/notifications";
import { SettingsPage } from "@/features/settings";
import { AppearanceSettings, LanguageSettings, ThemeBackup } from "@/features/themes";
import { useParams } from "@tanstack/react-router";
import { useShellStore } from "./shellStore";

/** `/settings/<section>` */
export function SettingsRoute() {
  const { section } = useParams({ strict: false });
  return (
    <SettingsPage
      section={section}
      onShowShortcuts={() => useShellStore.getState().setSheet(true)}
      panels={{
        appearance: <AppearanceSettings />,
        language: <LanguageSettings />,
        notifications: <NotificationSettings />,
        password: <ChangePasswordForm />,
        themeBackup: <ThemeBackup />,
      }}
    />
  );
}
