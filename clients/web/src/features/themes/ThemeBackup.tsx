import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui";
import { useAppearance } from "./context";
import { exportThemes } from "./custom";
import { saveFile } from "./saveFile";

/** All of one's own themes as one file. */
export function ThemeBackup() {
  const { t } = useTranslation("settings");
  const { custom } = useAppearance().appearance;
  return (
    <div className="grid grid-cols-1 justify-items-start gap-2">
      <p className="text-sm text-ink-2">{custom.length > 0 ? t("themes.backup", { count: custom.length }) : t("themes.none")}</p>
      <Button size="sm" icon={<Download />} disabled={custom.length === 0} onClick={() => saveFile("vestnik-themes.json", exportThemes(custom))}>
        {t("themes.exportAll")}
      </Button>
    </div>
  );
}
