import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useClientConfig } from "@/hooks";
import { WIRE_VERSION } from "@wire";
import { Part } from "@/ui/Part";
import { StoragePart } from "./StoragePart";

/** What this browser keeps, one's own themes as a file, and what runs here. */
export function AdvancedSection({ themeBackup }: { themeBackup: ReactNode }) {
  const { t } = useTranslation("settings");
  const { version } = useClientConfig();
  return (
    <div>
      <StoragePart />
      <Part divided title={t("themes.label")}>{themeBackup}</Part>
      <Part divided title={t("about.title")} text={t("about.text")}>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1 text-sm">
          <dt className="text-ink-2">{t("about.client")}</dt>
          <dd>{WIRE_VERSION}</dd>
          <dt className="text-ink-2">{t("about.server")}</dt>
          <dd>{version === "" ? t("about.unknown") : version}</dd>
        </dl>
        {version !== "" && version !== WIRE_VERSION && <p className="text-sm text-ink-2">{t("about.differ")}</p>}
        <p className="text-sm text-ink-2">{t("about.licence")}</p>
      </Part>
    </div>
  );
}
