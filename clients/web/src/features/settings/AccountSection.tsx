import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useIdentity } from "@/hooks";
import { times } from "@/lib/time";
import { Part } from "@/ui/Part";

/** What the account is, and its password. */
export function AccountSection({ password }: { password: ReactNode }) {
  const { t } = useTranslation("settings");
  const { account } = useIdentity();
  return (
    <div>
      {account && (
        <Part divided title={t("account.about")}>
          <dl className="grid gap-x-6 gap-y-1 text-sm @lg:grid-cols-[auto_minmax(0,1fr)]">
            <dt className="text-ink-2">{t("account.username")}</dt>
            <dd className="wrap-anywhere">
              <bdi>{account.user.username}</bdi>
            </dd>
            <dt className="text-ink-2">{t("account.role")}</dt>
            <dd>{t(`account.serverRole.${account.server_role}`)}</dd>
            <dt className="text-ink-2">{t("account.since")}</dt>
            <dd>{times().short(account.user.created_at)}</dd>
          </dl>
        </Part>
      )}
      <Part divided title={t("account.password")}>{password}</Part>
    </div>
  );
}
