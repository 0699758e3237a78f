import { useTranslation } from "react-i18next";
import { LANGUAGES, setLanguage } from "@/lib/i18n";

/** Changes the language before one has an account. Each is named in itself. */
export function LanguageLinks() {
  const { t, i18n } = useTranslation("auth");
  return (
    <div role="group" aria-label={t("language")} className="flex justify-center gap-1 text-sm">
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={i18n.language === language}
          onClick={() => void setLanguage(language)}
          className="min-h-9 rounded-2 px-3 text-ink-2 hover:bg-sunken hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink max-phone:min-h-11"
        >
          {t(`languages.${language}`)}
        </button>
      ))}
    </div>
  );
}
