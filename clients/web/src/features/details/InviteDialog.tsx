import { useQueries } from "@/hooks/query";
import { Copy, Share2, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi } from "@/hooks";
import { copyToClipboard } from "@/lib/clipboard";
import { Button, ConfirmDialog, Dialog, lazyPart, Skeleton, TextField, toast } from "@/ui";
import type { Invite } from "@wire";
import { inviteLink } from "./invites";
import { useInviteSummary } from "./useInviteSummary";

const QrCode = lazyPart(async () => (await import("./QrCode")).QrCode);

/** One link: to copy, to show as a picture, to share, to revoke. */
export function InviteDialog({ invite, onClose }: { invite: Invite; onClose: () => void }) {
  const { t } = useTranslation("details");
  const { limits, uses } = useInviteSummary(invite);
  const [revoking, setRevoking] = useState(false);
  const link = inviteLink(location.origin, invite.code);
  const copy = async () => {
    const copied = await copyToClipboard(link);
    toast({ text: t(copied ? "common:linkCopied" : "common:copyFailed"), tone: copied ? "success" : "danger" });
  };
  const share = () => void navigator.share({ url: link, title: t("inviteShareTitle") }).catch(() => undefined);
  const canShare = typeof navigator.share === "function";
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("invite")} description={`${limits} · ${uses}`} size="sm">
      <div className="grid gap-4">
        <div className="mx-auto w-56 max-w-full">
          <Suspense fallback={<Skeleton className="aspect-square w-full" />}>
            <QrCode text={link} label={t("qrLabel")} />
          </Suspense>
        </div>
        <TextField label={t("inviteLink")} value={link} onChange={() => undefined} readOnly onFocus={(event) => event.currentTarget.select()} />
        <div className="flex flex-wrap gap-2">
          <Button variant="primary" icon={<Copy />} onClick={() => void copy()}>
            {t("common:copyLink")}
          </Button>
          {canShare && (
            <Button icon={<Share2 />} onClick={share}>
              {t("share")}
            </Button>
          )}
          <Button variant="ghost" className="ms-auto text-danger!" icon={<Trash2 />} onClick={() => setRevoking(true)}>
            {t("revoke")}
          </Button>
        </div>
      </div>
      {revoking && <Revoke invite={invite} onClose={() => setRevoking(false)} onDone={onClose} />}
    </Dialog>
  );
}

function Revoke({ invite, onClose, onDone }: { invite: Invite; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation("details");
  const api = useApi();
  const queries = useQueries();
  const revoke = async () => {
    await api.revokeInvite(invite.chat_id, invite.code);
    queries.set<readonly Invite[]>(["invites", invite.chat_id], (before) => before?.filter((one) => one.code !== invite.code));
    onDone();
  };
  return <ConfirmDialog open onOpenChange={(open) => !open && onClose()} title={t("revokeTitle")} text={t("revokeText")} confirmLabel={t("revoke")} danger onConfirm={revoke} />;
}
