import { useQuery, useQueries } from "@/hooks/query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useMe } from "@/hooks";
import type { Session } from "@wire";
import { Button, ConfirmDialog, ErrorNotice, Skeleton, toast } from "@/ui";
import { SessionRow } from "./SessionRow";

/** Where the account is signed in, and how to end that. */
export function SessionsSection() {
  const { t } = useTranslation("settings");
  const api = useApi();
  const queries = useQueries();
  const key = ["sessions", useMe()];
  const { data, error, refetch } = useQuery({ queryKey: key, queryFn: api.sessions, staleTime: 0 });
  const [ending, setEnding] = useState<readonly Session[] | null>(null);
  if (!data) return error ? <ErrorNotice failure={error} onRetry={() => void refetch()} /> : <Skeleton className="h-32" />;

  const sorted = [...data].sort((one, other) => Number(other.current) - Number(one.current) || other.last_used_at.localeCompare(one.last_used_at));
  const others = sorted.filter(({ current }) => !current);
  const end = async (sessions: readonly Session[]) => {
    try {
      await Promise.all(sessions.map(({ id }) => api.revokeSession(id)));
      toast({ text: t("sessions.ended", { count: sessions.length }), tone: "success" });
    } finally {
      // Some may have ended even if one did not.
      await queries.invalidate(key);
    }
  };
  return (
    <div className="grid grid-cols-1 gap-4">
      <p className="text-sm text-ink-2">{t("sessions.text")}</p>
      <ul className="divide-y divide-line rounded-2 border border-line">
        {sorted.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => setEnding([session])} />
        ))}
      </ul>
      {others.length > 0 && (
        <Button variant="danger" className="justify-self-start" onClick={() => setEnding(others)}>
          {t("sessions.endOthers", { count: others.length })}
        </Button>
      )}
      <ConfirmDialog
        open={ending !== null}
        onOpenChange={(open) => !open && setEnding(null)}
        title={t("sessions.askTitle", { count: ending?.length ?? 0 })}
        text={t("sessions.askText")}
        confirmLabel={t("sessions.end")}
        danger
        onConfirm={() => end(ending ?? [])}
      />
    </div>
  );
}
