import { useTranslation } from "react-i18next";
import { safeName } from "@/lib/text";
import { times } from "@/lib/time";
import type { ChatState } from "@/sync/types";
import { Button, Skeleton } from "@/ui";

interface Props {
  chat: ChatState | undefined;
  /** Whether there are older messages, not loaded yet. */
  more: boolean;
  failed: boolean;
  onRetry: () => void;
}

/** Above the oldest row: that more is coming, or that this is the beginning. */
export function ListTop({ chat, more, failed, onRetry }: Props) {
  const { t } = useTranslation("timeline");
  if (more && failed) {
    return (
      <div className="flex h-20 items-center justify-center gap-3 text-sm text-ink-2">
        {t("loadFailed")}
        <Button size="sm" onClick={onRetry}>
          {t("common:tryAgain")}
        </Button>
      </div>
    );
  }
  if (more) return <LoadingRow wide />;
  if (!chat) return null;
  const name = safeName(chat.info.name || (chat.info.peer?.display_name ?? ""), chat.info.peer?.username ?? chat.info.id);
  return (
    <div className="flex h-20 flex-col items-center justify-end text-center text-sm text-ink-2">
      <p className="max-w-full truncate font-medium text-ink">{t("beginning", { name })}</p>
      <p>{times().short(chat.info.createdAt)}</p>
    </div>
  );
}

function LoadingRow({ wide }: { wide: boolean }) {
  return (
    <div aria-hidden className="flex h-20 items-center gap-3">
      <Skeleton className="size-9 rounded-full" />
      <div className="grid flex-1 gap-2">
        <Skeleton className="h-3 w-32" />
        <Skeleton className={wide ? "h-3 w-3/5" : "h-3 w-2/5"} />
      </div>
    </div>
  );
}

/** While nothing is there yet. */
export function LoadingRows() {
  return (
    <div className="flex h-full flex-col justify-end pb-3">
      {[0, 1, 2, 3, 4].map((row) => (
        <LoadingRow key={row} wide={row % 2 === 0} />
      ))}
    </div>
  );
}
