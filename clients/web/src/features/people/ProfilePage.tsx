import { Link } from "@tanstack/react-router";
import { ArrowLeft, UserX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useChatSummaries, useIdentity } from "@/hooks";
import { safeName, safeText } from "@/lib/text";
import { times } from "@/lib/time";
import { EmptyState, ErrorNotice, Skeleton } from "@/ui";
import type { User } from "@wire";
import { PersonActions } from "./PersonActions";
import { PersonHead } from "./PersonHead";
import { SignInFirst } from "./SignInFirst";
import { useUser } from "./useUser";

/** `/u/<username>`. */
export function ProfilePage({ username }: { username: string }) {
  const signedIn = useIdentity().kind === "user";
  return signedIn ? <Found username={username} /> : <SignInFirst next={`/u/${encodeURIComponent(username)}`} />;
}

function Found({ username }: { username: string }) {
  const { t } = useTranslation("details");
  const { user, loading, missing, failure, retry } = useUser(username);
  return (
    <div className="mx-auto grid max-w-xl gap-6 p-4 pt-[max(1rem,env(safe-area-inset-top))]">
      <Link to="/" className="inline-flex min-h-9 items-center gap-2 justify-self-start rounded-2 text-sm text-ink-2 hover:text-ink max-phone:min-h-11">
        <ArrowLeft aria-hidden className="size-4 rtl:-scale-x-100" />
        {t("toChats")}
      </Link>
      {loading && <Skeleton className="h-40 w-full" />}
      {missing && <EmptyState icon={<UserX />} title={t("nobody")} text={t("nobodyText", { name: safeName(username) })} />}
      {failure && <ErrorNotice failure={failure} onRetry={retry} />}
      {user && <Profile user={user} />}
    </div>
  );
}

function Profile({ user }: { user: User }) {
  const { t } = useTranslation("details");
  const shared = useChatSummaries().find((chat) => chat.type === "direct" && chat.peer?.id === user.id);
  return (
    <>
      <PersonHead user={user} level="h1" />
      <PersonActions user={user} />
      {user.bio && (
        <section className="grid gap-1">
          <h2 className="text-xs font-semibold tracking-wide text-ink-2 uppercase">{t("aboutMe")}</h2>
          <p className="wrap-anywhere whitespace-pre-wrap">{safeText(user.bio)}</p>
        </section>
      )}
      <p className="text-sm text-ink-2">
        {t("here", { when: new Intl.DateTimeFormat(times().locale, { dateStyle: "long" }).format(Date.parse(user.created_at)) })}
        {shared && (
          <>
            {" · "}
            <Link to="/c/$chatId" params={{ chatId: shared.id }} className="text-accent underline">
              {t("yourChat")}
            </Link>
          </>
        )}
      </p>
    </>
  );
}
