import { useTranslation } from "react-i18next";
import { clock } from "@/lib/clock";
import { times } from "@/lib/time";
import type { Invite } from "@wire";

/** An invite's limits and how often it was used, in words. */
export function useInviteSummary(invite: Invite): { readonly limits: string; readonly uses: string } {
  const { t } = useTranslation("details");
  const end = invite.expires_at ? t("inviteEnds", { when: times().relative(invite.expires_at, clock.now()) }) : t("inviteForEver");
  const uses = invite.max_uses == null ? t("inviteUsed", { count: invite.uses }) : t("inviteUsedOf", { uses: invite.uses, max: invite.max_uses });
  return { limits: invite.role === "viewer" ? `${end} · ${t("roles.viewer")}` : end, uses };
}
