import { useQuery } from "@/hooks/query";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { Dialog, ErrorNotice, Skeleton } from "@/ui";
import type { Message } from "@wire";
import { useTimeline } from "../view";
import { PeopleList } from "./PeopleList";

/** Who has read a message. */
export function ReadersDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const { chatId } = useTimeline();
  const { data, error, refetch } = useQuery({
    queryKey: ["readers", chatId, message.id],
    queryFn: async () => (await engine.command({ type: "list_readers", chat_id: chatId, message_id: message.id })).readers,
    staleTime: 0,
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("action.readers")} size="sm" {...(data && { description: t("readBy", { count: data.length }) })}>
      {error && <ErrorNotice failure={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-24 w-full" />}
      {data && <PeopleList people={data.map((reader) => ({ id: reader.user_id, name: reader.display_name, username: reader.username }))} />}
    </Dialog>
  );
}
