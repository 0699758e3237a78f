import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { safeText } from "@/lib/text";
import { ErrorNotice, Skeleton } from "@/ui";
import type { ChatId } from "@wire";
import { PersonActions } from "./PersonActions";
import { PersonHead } from "./PersonHead";
import { useUser } from "./useUser";

/** What the card says of a person, and what can be done with them. */
export function CardContent({ username, chatId, onClose }: { username: string; chatId?: ChatId; onClose: () => void }) {
  const { t } = useTranslation("details");
  const { user, loading, missing, failure, retry } = useUser(username);
  if (loading) return <Skeleton className="h-28 w-full" />;
  if (missing) return <p className="text-sm text-ink-2">{t("nobodyText", { name: username })}</p>;
  if (!user) return <ErrorNotice failure={failure} onRetry={retry} />;
  return (
    <div className="grid gap-3">
      <PersonHead user={user} />
      {user.bio && <p className="line-clamp-6 text-sm wrap-anywhere whitespace-pre-wrap">{safeText(user.bio)}</p>}
      <PersonActions user={user} onDone={onClose} {...(chatId !== undefined && { chatId })} />
      <Link to="/u/$username" params={{ username: user.username }} onClick={onClose} className="justify-self-start text-sm text-accent hover:underline">
        {t("fullProfile")}
      </Link>
    </div>
  );
}
