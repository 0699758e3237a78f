import { BellRing } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNotificationPrefs } from "@/hooks/notifications";
import { Banner, Button, Switch } from "@/ui";
import { cardStore } from "./cards";
import { play } from "./sound";
import { askPermission, SystemNotes, systemPermission } from "./system";

/** What the browser allows, asked for by this button and nothing else; and a way to try it. */
export function PermissionCard() {
  const { t, i18n } = useTranslation("notifications");
  const [permission, setPermission] = useState(systemPermission);
  const [prefs, change] = useNotificationPrefs();
  const test = async () => {
    void play(prefs.sound, prefs.volume);
    const text = t("testText");
    if (prefs.system && permission === "granted") {
      const notes = new SystemNotes(() => undefined);
      await notes.show({ chatId: "", seq: 0, title: t("testTitle"), body: text, path: "/settings/notifications", lang: i18n.language });
    } else {
      cardStore.getState().push({ chatId: "", kind: "direct", seq: Number.MAX_SAFE_INTEGER, senderId: 0, sender: t("testTitle"), chatTitle: null, text });
    }
  };
  return (
    <section className="grid grid-cols-1 gap-3">
      {permission === "default" && (
        <Banner tone="info" action={{ label: t("allow"), onClick: () => void askPermission().then(setPermission) }}>
          {t("permissionDefault")}
        </Banner>
      )}
      {permission === "denied" && <Banner tone="warn">{t("permissionDenied")}</Banner>}
      {permission === "missing" && <Banner tone="warn">{t("permissionMissing")}</Banner>}
      {permission === "granted" && <Switch label={t("system")} hint={t("systemHint")} checked={prefs.system} onChange={(system) => change({ system })} />}
      <div>
        <Button icon={<BellRing />} onClick={() => void test()}>
          {t("test")}
        </Button>
      </div>
    </section>
  );
}
