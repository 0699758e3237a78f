import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi } from "@/hooks";
import { Button, Dialog, Segmented, Select } from "@/ui";
import type { ChatId, Invite } from "@wire";
import { useSentence } from "./hooks";
import { EXPIRIES, inviteRequest, USES, type Expiry, type Uses } from "./invites";

/** A new link: how long it works, how often, and what those who come become. */
export function InviteForm({ chatId, onClose, onMade }: { chatId: ChatId; onClose: () => void; onMade: (invite: Invite) => void }) {
  const { t } = useTranslation("details");
  const api = useApi();
  const sentence = useSentence();
  const [expiry, setExpiry] = useState<Expiry>("week");
  const [uses, setUses] = useState<Uses>("any");
  const [role, setRole] = useState<"member" | "viewer">("member");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const make = async () => {
    setBusy(true);
    setFailure(null);
    try {
      onMade(await api.createInvite(chatId, inviteRequest(expiry, uses, role)));
    } catch (error) {
      setFailure(sentence(error));
      setBusy(false);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t("common:cancel")}</Button>
      <Button variant="primary" loading={busy} onClick={() => void make()}>
        {t("makeInvite")}
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("newInvite")} size="sm" footer={footer}>
      <div className="grid gap-4">
        <Select label={t("inviteExpiry")} value={expiry} options={EXPIRIES.map((value) => ({ value, label: t(`expiries.${value}`) }))} onChange={setExpiry} />
        <Select label={t("inviteUses")} value={uses} options={USES.map((value) => ({ value, label: value === "any" ? t("usesAny") : t("usesCount", { count: Number(value) }) }))} onChange={setUses} />
        <Segmented<"member" | "viewer">
          label={t("inviteRole")}
          value={role}
          options={[
            { value: "member", label: t("roles.member") },
            { value: "viewer", label: t("roles.viewer") },
          ]}
          onChange={setRole}
        />
        <p className="text-sm text-ink-2">{t(role === "viewer" ? "inviteViewerHint" : "inviteMemberHint")}</p>
        {failure && (
          <p role="alert" className="text-sm text-danger">
            {failure}
          </p>
        )}
      </div>
    </Dialog>
  );
}
