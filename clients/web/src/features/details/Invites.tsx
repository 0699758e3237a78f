import { useQuery, useQueries } from "@/hooks/query";
import { ChevronRight, Plus } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi } from "@/hooks";
import { clock } from "@/lib/clock";
import { cx, ErrorNotice, IconButton, lazyPart, Skeleton } from "@/ui";
import type { ChatId, Invite } from "@wire";
import { inviteWorks } from "./invites";
import { useInviteSummary } from "./useInviteSummary";
import { Section } from "./Section";

const InviteForm = lazyPart(async () => (await import("./InviteForm")).InviteForm);
const InviteDialog = lazyPart(async () => (await import("./InviteDialog")).InviteDialog);

/** The links by which people come in. They are asked for when one opens the part. */
export function Invites({ chatId, open: opened }: { chatId: ChatId; open: boolean }) {
  const { t } = useTranslation("details");
  const [open, setOpen] = useState(opened);
  const [making, setMaking] = useState(false);
  const [shown, setShown] = useState<Invite | null>(null);
  const queries = useQueries();
  const made = (invite: Invite) => {
    queries.set<readonly Invite[]>(["invites", chatId], (before) => (before ? [invite, ...before] : before));
    setMaking(false);
    setOpen(true);
    setShown(invite);
  };
  const action = (
    <IconButton size="sm" label={t("newInvite")} onClick={() => setMaking(true)}>
      <Plus />
    </IconButton>
  );
  return (
    <Section title={t("invites")} section="invites" action={action}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="-mx-2 flex min-h-9 items-center gap-2 rounded-2 px-2 text-start text-sm text-ink-2 hover:bg-sunken max-phone:min-h-11">
        <ChevronRight aria-hidden className={cx("size-4 transition-transform", open ? "rotate-90" : "rtl:rotate-180")} />
        {t("invitesHint")}
      </button>
      {open && <InviteList chatId={chatId} onShow={setShown} />}
      {making && (
        <Suspense>
          <InviteForm chatId={chatId} onClose={() => setMaking(false)} onMade={made} />
        </Suspense>
      )}
      {shown && (
        <Suspense>
          <InviteDialog invite={shown} onClose={() => setShown(null)} />
        </Suspense>
      )}
    </Section>
  );
}

function InviteList({ chatId, onShow }: { chatId: ChatId; onShow: (invite: Invite) => void }) {
  const { t } = useTranslation("details");
  const api = useApi();
  const { data, error, refetch } = useQuery({ queryKey: ["invites", chatId], queryFn: () => api.invites(chatId), staleTime: 10_000 });
  if (error) return <ErrorNotice failure={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-16 w-full" />;
  const working = data.filter((invite) => inviteWorks(invite, clock.now()));
  if (working.length === 0) return <p className="text-sm text-ink-2">{t("noInvites")}</p>;
  return (
    <ul className="grid gap-1.5">
      {working.map((invite) => (
        <li key={invite.code}>
          <InviteRow invite={invite} onShow={() => onShow(invite)} />
        </li>
      ))}
    </ul>
  );
}

function InviteRow({ invite, onShow }: { invite: Invite; onShow: () => void }) {
  const { limits, uses } = useInviteSummary(invite);
  return (
    <button type="button" onClick={onShow} className="w-full min-w-0 rounded-2 bg-sunken px-3 py-2 text-start text-sm hover:bg-line/50">
      <span className="block truncate font-mono text-xs">/invite/{invite.code}</span>
      <span className="block text-xs text-ink-2">
        {limits} · {uses}
      </span>
    </button>
  );
}
