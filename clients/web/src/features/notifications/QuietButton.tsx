import { Bell, Moon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNotificationPrefs, useQuiet } from "@/hooks/notifications";
import { clock } from "@/lib/clock";
import { times } from "@/lib/time";
import { IconButton, Menu, type MenuEntry } from "@/ui";
import { FOREVER_MS, quietPresets } from "./quietPresets";

/** Do not disturb, seen and switched: a moon while it is quiet. */
export function QuietButton() {
  const { t } = useTranslation("notifications");
  const quiet = useQuiet();
  const items = useQuietMenu();
  const until = quiet.on && quiet.until < FOREVER_MS ? times().time(quiet.until) : null;
  const label = !quiet.on ? t("dnd") : until ? t("dndOnUntil", { time: until }) : t("dndOn");
  return (
    <Menu
      label={t("dnd")}
      items={items}
      trigger={
        <IconButton label={label} active={quiet.on}>
          {quiet.on ? <Moon /> : <Bell />}
        </IconButton>
      }
    />
  );
}

/** The entries for do not disturb: how long, or off again. */
export function useQuietMenu(): MenuEntry[] {
  const { t } = useTranslation("notifications");
  const [prefs, change] = useNotificationPrefs();
  const quiet = useQuiet();
  const { until: _, ...kept } = prefs.dnd;
  const presets = quietPresets(clock.now()).map(
    ({ key, until }): MenuEntry => ({ label: t(`dndFor.${key}`), onSelect: () => change({ dnd: { ...kept, until } }) }),
  );
  if (!quiet.on || quiet.cause === "schedule") return presets;
  return [{ label: t("dndOff"), icon: <Bell />, onSelect: () => change({ dnd: kept }) }, "separator", ...presets];
}
