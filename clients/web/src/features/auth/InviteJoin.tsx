import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useIdentity } from "@/hooks";
import { Button, ErrorNotice } from "@/ui";
import { useJoin } from "./useJoin";

/** One button for those who are signed in. */
export function InviteJoin({ code }: { code: string }) {
  const { t } = useTranslation("auth");
  const name = useIdentity().account?.user.username ?? "";
  const join = useJoin(code);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const enter = async () => {
    setBusy(true);
    setFailure(null);
    await join().catch(setFailure);
    setBusy(false);
  };
  return (
    <div className="grid grid-cols-1 gap-3">
      <Button variant="primary" loading={busy} onClick={() => void enter()}>
        {t("invite.join")}
      </Button>
      <p className="text-center text-sm text-ink-2 wrap-anywhere">{t("invite.as", { name: `\u2068${name}\u2069` })}</p>
      {failure !== null && <ErrorNotice failure={failure} onRetry={() => void enter()} />}
    </div>
  );
}
