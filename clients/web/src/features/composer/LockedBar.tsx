import { useMutation } from "@/hooks/query";
import { useRouter } from "@tanstack/react-router";
import { Lock, LogIn, Megaphone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { Button, ErrorNotice } from "@/ui";
import type { ChatId } from "@wire";
import type { LockReason } from "./lock";

/** Stands in the place of the field where one may not write: says why, and what can be done. */
export function LockedBar({ chatId, reason }: { chatId: ChatId; reason: LockReason }) {
  const { t } = useTranslation("composer");
  const engine = useEngine();
  const router = useRouter();
  const join = useMutation({ mutationFn: () => engine.command({ type: "join", chat_id: chatId }) });
  const signIn = () => router.history.push(`/login?next=${encodeURIComponent(router.history.location.pathname)}`);
  const Icon = reason === "channel" ? Megaphone : reason === "guest" ? LogIn : Lock;
  return (
    <div className="grid gap-2 px-6 pt-1 pb-4 max-phone:px-2 max-phone:pb-2">
      {join.error && <ErrorNotice failure={join.error} onRetry={() => join.mutate()} />}
      <div role="note" className="flex min-h-13 flex-wrap items-center gap-x-3 gap-y-2 rounded-3 border border-line bg-sunken px-4 py-2 text-sm text-ink-2">
        <Icon aria-hidden className="size-4.5 shrink-0 stroke-[1.75]" />
        <span className="min-w-40 flex-1">{t(`locked.${reason}`)}</span>
        {reason === "join" && (
          <Button variant="primary" size="sm" loading={join.isPending} onClick={() => join.mutate()}>
            {t("join")}
          </Button>
        )}
        {reason === "guest" && (
          <Button variant="primary" size="sm" onClick={signIn}>
            {t("common:signIn")}
          </Button>
        )}
      </div>
    </div>
  );
}
