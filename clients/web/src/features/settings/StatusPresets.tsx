import { useTranslation } from "react-i18next";
import { Button } from "@/ui";

const PRESETS = [
  ["🗓️", "meeting"],
  ["🍽️", "lunch"],
  ["🏠", "home"],
  ["🤒", "sick"],
  ["🌴", "vacation"],
] as const;

/** Statuses that are wanted most, for one tap. */
export function StatusPresets({ onPick, canClear }: { onPick: (emoji: string, text: string) => void; canClear: boolean }) {
  const { t } = useTranslation("settings");
  return (
    <div role="group" aria-label={t("profile.presets")} className="flex flex-wrap gap-2">
      {PRESETS.map(([emoji, id]) => (
        <Button key={id} size="sm" onClick={() => onPick(emoji, t(`status.${id}`))}>
          <span aria-hidden>{emoji}</span> {t(`status.${id}`)}
        </Button>
      ))}
      {canClear && (
        <Button size="sm" variant="ghost" onClick={() => onPick("", "")}>
          {t("status.clear")}
        </Button>
      )}
    </div>
  );
}
