import { Volume2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNotificationPrefs } from "@/hooks/notifications";
import { CHIMES, type Chime } from "@/lib/notify";
import { Button, Segmented, Slider } from "@/ui";
import { Part } from "@/ui/Part";
import { play } from "./sound";

/** Which chime, how loud. Choosing one plays it. */
export function SoundSettings() {
  const { t } = useTranslation("notifications");
  const [prefs, change] = useNotificationPrefs();
  const choose = (sound: Chime) => {
    change({ sound });
    void play(sound, prefs.volume);
  };
  return (
    <Part title={t("sound")}>
      <Segmented<Chime> label={t("sound")} hideLabel value={prefs.sound} options={CHIMES.map((chime) => ({ value: chime, label: t(`chimes.${chime}`) }))} onChange={choose} />
      {prefs.sound !== "off" && (
        <div className="flex max-w-md items-end gap-4">
          <div className="flex-1">
            <Slider label={t("volume")} value={prefs.volume} min={0} max={100} step={5} format={(value) => t("percent", { value })} onChange={(volume) => change({ volume })} />
          </div>
          <Button icon={<Volume2 />} onClick={() => void play(prefs.sound, prefs.volume)}>
            {t("listen")}
          </Button>
        </div>
      )}
    </Part>
  );
}
