import { X } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNotificationPrefs } from "@/hooks/notifications";
import { cleanKeywords, KEYWORD_CHARS, KEYWORDS_MAX } from "@/lib/notify";
import { Button, IconButton, TextField } from "@/ui";

/** Words that notify like a mention. */
export function KeywordField() {
  const { t } = useTranslation("notifications");
  const [prefs, change] = useNotificationPrefs();
  const [text, setText] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    change({ keywords: cleanKeywords([...prefs.keywords, ...text.split(",")]) });
    setText("");
  };
  return (
    <div className="grid grid-cols-1 gap-2">
      <form onSubmit={add} className="flex max-w-md items-start gap-2">
        <div className="min-w-0 flex-1">
          <TextField label={t("keywords")} hint={t("keywordsHint")} value={text} onChange={setText} maxLength={KEYWORD_CHARS} disabled={prefs.keywords.length >= KEYWORDS_MAX} />
        </div>
        <Button type="submit" className="mt-6.5" disabled={text.trim() === ""}>
          {t("add")}
        </Button>
      </form>
      {prefs.keywords.length > 0 && (
        <ul className="flex flex-wrap gap-2">
          {prefs.keywords.map((word) => (
            <li key={word} className="flex items-center gap-1 rounded-full bg-sunken ps-3 text-sm">
              <bdi className="max-w-60 truncate">{word}</bdi>
              <IconButton size="sm" label={t("removeKeyword", { word })} onClick={() => change({ keywords: prefs.keywords.filter((one) => one !== word) })}>
                <X />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
