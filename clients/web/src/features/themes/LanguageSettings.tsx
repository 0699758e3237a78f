import { useTranslation } from "react-i18next";
import { Segmented } from "@/ui";
import { useAppearance } from "./context";

/** The language of the interface. Each language is written in itself, for those who cannot read the present one. */
export function LanguageSettings() {
  const { t } = useTranslation("settings");
  const { appearance, change } = useAppearance();
  return (
    <div className="grid grid-cols-1 gap-3">
      <Segmented
        label={t("language.label")}
        value={appearance.language}
        onChange={(language) => change({ language })}
        options={[
          { value: "system", label: t("language.system") },
          { value: "en", label: <span lang="en">{t("language.en")}</span> },
          { value: "ru", label: <span lang="ru">{t("language.ru")}</span> },
        ]}
      />
      <p className="text-sm text-ink-2">{t("language.hint")}</p>
    </div>
  );
}
