import { ArrowDown } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useChatSummary } from "@/hooks";
import { cx } from "@/ui";
import type { ChatId } from "@wire";

interface Props {
  chatId: ChatId;
  shown: boolean;
  onClick: () => void;
}

/** Goes to the newest message, and says how many are new. */
export const JumpButton = memo(function JumpButton({ chatId, shown, onClick }: Props) {
  const { t } = useTranslation("timeline");
  const unread = useChatSummary(chatId)?.unread ?? 0;
  if (!shown) return null;
  const label = unread > 0 ? t("newBelow", { count: unread }) : t("toNewest");
  return (
    <button
      type="button"
      onClick={onClick}
      data-tip={unread > 0 ? undefined : label}
      aria-label={label}
      className={cx(
        "absolute end-6 bottom-3 z-10 inline-flex h-10 min-w-10 items-center justify-center gap-1.5 rounded-full border border-line bg-raised text-sm font-medium shadow-raised hover:bg-sunken max-phone:end-4 max-phone:h-11 max-phone:min-w-11",
        unread > 0 && "px-3.5 text-accent",
      )}
    >
      <ArrowDown aria-hidden className="size-4.5" />
      {unread > 0 && label}
    </button>
  );
});
