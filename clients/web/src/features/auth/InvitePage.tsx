import { useQuery } from "@/hooks/query";
import { useParams, useRouter } from "@tanstack/react-router";
import { LinkIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useApi, useIdentity } from "@/hooks";
import { toFailure } from "@/lib/errors";
import { Button, ErrorNotice, Spinner } from "@/ui";
import { AuthLayout } from "./AuthLayout";
import { InviteCard } from "./InviteCard";
import { InviteJoin } from "./InviteJoin";
import { InviteSignIn } from "./InviteSignIn";

/** What an invite leads to, and the way in: by one click, or by signing in or registering right here. */
export function InvitePage() {
  const { t } = useTranslation("auth");
  const api = useApi();
  const { code = "" } = useParams({ strict: false });
  const signedIn = useIdentity().kind === "user";
  const { data, error, refetch, isPending } = useQuery({ queryKey: ["invite", code], queryFn: () => api.invitePreview(code), retry: false, staleTime: 60_000 });
  if (isPending) {
    return (
      <AuthLayout title={t("invite.title")}>
        <div className="grid place-items-center py-6">
          <Spinner label={t("common:loading")} />
        </div>
      </AuthLayout>
    );
  }
  if (!data) return <InviteGone failure={error} onRetry={() => void refetch()} />;
  return (
    <AuthLayout title={t("invite.title")}>
      <div className="grid grid-cols-1 gap-5">
        <InviteCard preview={data} />
        {signedIn ? <InviteJoin code={code} /> : <InviteSignIn code={code} />}
      </div>
    </AuthLayout>
  );
}

/** An invite that cannot be shown: ended, or there is no connection. */
function InviteGone({ failure, onRetry }: { failure: unknown; onRetry: () => void }) {
  const { t } = useTranslation("auth");
  const router = useRouter();
  const gone = ["not_found", "invalid", "forbidden"].includes(toFailure(failure).code);
  if (!gone) {
    return (
      <AuthLayout title={t("invite.title")}>
        <ErrorNotice failure={failure} onRetry={onRetry} />
      </AuthLayout>
    );
  }
  return (
    <AuthLayout title={t("invite.goneTitle")}>
      <div className="grid grid-cols-1 justify-items-center gap-4 text-center">
        <LinkIcon aria-hidden className="size-8 text-ink-3" />
        <p>{t("invite.goneText")}</p>
        <Button onClick={() => void router.navigate({ to: "/" })}>{t("invite.home")}</Button>
      </div>
    </AuthLayout>
  );
}
