import { useConnection, useEngine, useIdentity } from "@/hooks";
import { ApiFailure } from "@/lib/errors";
import { EmptyState, ErrorNotice, Skeleton } from "@/ui";
import { Link, Navigate } from "@tanstack/react-router";
import { MessageCircleOff } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { linkButton } from "./look";

/** A chat that is not in the list: a public room to look into, one that is still on its way, or none. */
export function ChatMissing({ chatId }: { chatId: string }) {
  const { t } = useTranslation("common");
  const engine = useEngine();
  const { state } = useConnection();
  const guest = useIdentity().kind === "guest";
  const [failure, setFailure] = useState<unknown>(null);
  const ready = state === "online" || state === "offline";
  const open = useCallback(() => {
    setFailure(null);
    engine.openChat(chatId).catch(setFailure);
  }, [engine, chatId]);
  // Before the first sync is through, the chat may be one's own and simply not here yet.
  useEffect(() => {
    if (ready) open();
  }, [ready, open]);
  if (failure === null) return <ChatSkeleton label={t("loading")} />;
  const gone = failure instanceof ApiFailure && (failure.code === "not_found" || failure.code === "forbidden" || failure.code === "invalid");
  // A guest cannot know whether it is private or not there; whoever has an account may.
  if (gone && guest) return <Navigate to="/login" search={{ next: location.pathname }} replace />;
  if (!gone) return <div className="p-6"><ErrorNotice failure={failure} onRetry={open} /></div>;
  return (
    <div className="grid h-full place-items-center">
      <EmptyState
        icon={<MessageCircleOff />}
        heading="h1"
        title={t("chat.gone")}
        text={t("chat.goneText")}
        action={
          <Link to="/rooms" className={linkButton}>
            {t("chat.browse")}
          </Link>
        }
      />
    </div>
  );
}

function ChatSkeleton({ label }: { label: string }) {
  return (
    <div role="status" className="flex h-full flex-col gap-5 p-6">
      <span className="sr-only">{label}</span>
      {[64, 40, 72, 52].map((width) => (
        <div key={width} className="flex gap-3">
          <Skeleton className="size-9 shrink-0 rounded-full" />
          <div className="grid flex-1 content-start gap-2">
            <Skeleton className="h-3 w-32" />
            <div style={{ width: `${width}%` }}><Skeleton className="h-4" /></div>
          </div>
        </div>
      ))}
    </div>
  );
}
