import { Pin } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Delivery } from "./Delivery";
import type { Row } from "./rows";

/** At the end of a row: pinned, and how far one's own message has come. */
export function Marks({ row: { shown } }: { row: Row }) {
  const { t } = useTranslation("timeline");
  return (
    <span className="flex min-w-8 justify-end gap-1 max-phone:min-w-4">
      {shown.message.pinned === true && (
        <span role="img" aria-label={t("pinned")} data-tip={t("pinned")} className="self-end pb-1 text-ink-3">
          <Pin aria-hidden className="size-3.5" />
        </span>
      )}
      {shown.delivery !== undefined && !shown.message.deleted && <Delivery state={shown.delivery} />}
    </span>
  );
}
