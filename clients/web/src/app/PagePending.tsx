import { Spinner } from "@/ui";
import { useTranslation } from "react-i18next";

/** While a page is on its way. */
export function PagePending() {
  const { t } = useTranslation("common");
  return (
    <div className="grid h-full min-h-40 place-items-center text-ink-3">
      <Spinner label={t("loading")} className="size-7" />
    </div>
  );
}
