import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui";

/** Save and undo, with how things stand. */
export function SaveRow({ dirty, state, onReset }: { dirty: boolean; state: "idle" | "saving" | "saved"; onReset: () => void }) {
  const { t } = useTranslation("settings");
  return (
    <div className="bottom-0 -mx-1 flex flex-wrap items-center gap-3 bg-surface px-1 py-3 @lg:sticky">
      <Button type="submit" variant="primary" disabled={!dirty} loading={state === "saving"}>
        {t("common:save")}
      </Button>
      {dirty && state !== "saving" && (
        <Button variant="ghost" onClick={onReset}>
          {t("unsaved.undo")}
        </Button>
      )}
      <p role="status" className="flex items-center gap-1.5 text-sm text-ink-2">
        {dirty ? t("unsaved.note") : state === "saved" && (
          <>
            <Check aria-hidden className="size-4 text-ok" /> {t("saved")}
          </>
        )}
      </p>
    </div>
  );
}
