import { useQuery } from "@/hooks/query";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { safeText } from "@/lib/text";
import { times } from "@/lib/time";
import { Dialog, ErrorNotice, Skeleton } from "@/ui";
import type { Message } from "@wire";
import { wordDiff } from "../diff";
import { useTimeline } from "../view";

/** All texts a message ever had, newest first, with what each edit changed. */
export function VersionsDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const { chatId } = useTimeline();
  const { data, error, refetch } = useQuery({
    queryKey: ["versions", chatId, message.id, message.edited_at],
    queryFn: async () => (await engine.command({ type: "list_versions", chat_id: chatId, message_id: message.id })).versions,
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("action.versions")}>
      {error && <ErrorNotice failure={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-24 w-full" />}
      <ol className="grid gap-3">
        {data?.map((version, index) => ({ version, before: data[index - 1] })).reverse().map(({ version, before }) => (
          <li key={version.timestamp} className="rounded-2 border border-line p-3">
            <p className="mb-1 text-xs text-ink-2">
              <time dateTime={version.timestamp}>{times().full(version.timestamp)}</time>
              {before === undefined && ` · ${t("firstVersion")}`}
            </p>
            <p className="wrap-anywhere whitespace-pre-wrap" dir="auto">
              {before === undefined ? safeText(version.content) : <Diff before={safeText(before.content)} after={safeText(version.content)} />}
            </p>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

function Diff({ before, after }: { before: string; after: string }) {
  return wordDiff(before, after).map((part, index) => {
    if (part.kind === "same") return part.text;
    if (part.kind === "added") return <ins key={index} className="rounded-[3px] bg-ok/15 text-ok no-underline">{part.text}</ins>;
    return <del key={index} className="me-1 rounded-[3px] bg-danger/10 text-danger">{part.text}</del>;
  });
}
