import { Keyboard } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useComposerPrefs } from "@/hooks/composerPrefs";
import { shortcutText } from "@/lib/keys";
import { Button, Kbd, Segmented, Switch } from "@/ui";

/** Which key sends, and where all the others are listed. */
export function KeyboardSection({ onShowShortcuts }: { onShowShortcuts: () => void }) {
  const { t } = useTranslation("settings");
  const [prefs, change] = useComposerPrefs();
  return (
    <div className="grid grid-cols-1 gap-8">
      <div className="grid grid-cols-1 gap-2">
        <Segmented
          label={t("keyboard.sends")}
          value={prefs.ctrlEnter ? "ctrlEnter" : "enter"}
          onChange={(value) => change({ ctrlEnter: value === "ctrlEnter" })}
          options={[
            { value: "enter", label: <Kbd keys="Enter" /> },
            { value: "ctrlEnter", label: <Kbd keys="Ctrl+Enter" /> },
          ]}
        />
        <p className="text-sm text-ink-2">{prefs.ctrlEnter ? t("keyboard.ctrlEnterHint") : t("keyboard.enterHint")}</p>
      </div>
      <div className="grid grid-cols-1 gap-4">
        <Switch label={t("keyboard.toolbar")} hint={t("keyboard.toolbarHint")} checked={prefs.toolbar} onChange={(toolbar) => change({ toolbar })} />
        <Switch label={t("keyboard.emoticons")} hint={t("keyboard.emoticonsHint")} checked={prefs.emoticons} onChange={(emoticons) => change({ emoticons })} />
      </div>
      <div className="grid grid-cols-1 justify-items-start gap-2">
        <p className="text-sm text-ink-2">{t("keyboard.sheetText")}</p>
        <Button icon={<Keyboard />} className="max-w-full flex-wrap py-1" onClick={onShowShortcuts}>
          {t("keyboard.sheet")} <Kbd keys={shortcutText("shortcuts")} />
        </Button>
      </div>
    </div>
  );
}
