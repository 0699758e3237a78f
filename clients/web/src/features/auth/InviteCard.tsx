import { useTranslation } from "react-i18next";
import { clock } from "@/lib/clock";
import { times } from "@/lib/time";
import type { InvitePreview } from "@wire";
import { Avatar } from "@/ui";

/** The chat, who invites, how many are there, and how long the invite works. Names are shown as text, isolated. */
export function InviteCard({ preview }: { preview: InvitePreview }) {
  const { t } = useTranslation("auth");
  const kind = preview.type === "direct" ? "person" : preview.type;
  return (
    <div className="grid grid-cols-1 justify-items-center gap-2 text-center">
      <Avatar name={preview.chat_name} seed={preview.chat_name} kind={kind} size="lg" />
      <h2 className="text-lg font-semibold wrap-anywhere">
        <bdi>{preview.chat_name}</bdi>
      </h2>
      <p className="text-sm text-ink-2 wrap-anywhere">
        {t(`invite.kind.${preview.type}`)} · {t("invite.members", { count: preview.member_count })}
      </p>
      <p className="wrap-anywhere">{t("invite.invitedBy", { name: `\u2068${preview.invited_by}\u2069` })}</p>
      {preview.expires_at && <p className="text-sm text-ink-2">{t("invite.ends", { when: times().relative(preview.expires_at, clock.now()) })}</p>}
    </div>
  );
}
