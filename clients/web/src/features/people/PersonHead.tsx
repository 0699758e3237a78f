import { useTranslation } from "react-i18next";
import { usePresence } from "@/hooks";
import { clock } from "@/lib/clock";
import { safeLine, safeName } from "@/lib/text";
import { times } from "@/lib/time";
import { Avatar } from "@/ui";
import type { User } from "@wire";

/** Picture, names, status and whether they are there. */
export function PersonHead({ user, titleId, level: Title = "h2" }: { user: User; titleId?: string; level?: "h1" | "h2" }) {
  const presence = usePresence(user.id);
  const status = [user.status_emoji, user.status_text].flatMap((part) => (part ? [safeLine(part)] : [])).join(" ");
  return (
    <div className="flex items-center gap-4">
      <Avatar name={safeName(user.display_name, user.username)} seed={user.id} size="lg" presence={presence?.status ?? "offline"} />
      <div className="min-w-0 flex-1">
        <Title id={titleId} className="text-lg leading-tight font-semibold wrap-anywhere">
          <bdi>{safeName(user.display_name, user.username)}</bdi>
        </Title>
        <p className="text-sm wrap-anywhere text-ink-2">
          <bdi>@{user.username}</bdi>
        </p>
        <p className="text-sm text-ink-2">
          <PresenceText user={user} />
        </p>
        {status && <p className="mt-1 text-sm wrap-anywhere">{status}</p>}
      </div>
    </div>
  );
}

/** "online", "last seen …"; nothing when the server has not told. */
function PresenceText({ user }: { user: User }) {
  const { t } = useTranslation("details");
  const presence = usePresence(user.id);
  if (presence && presence.status !== "offline") return t(`presence.${presence.status}`);
  const seen = presence?.last_seen ?? user.last_seen;
  return seen ? <time dateTime={seen}>{t("lastSeen", { when: times().relative(seen, clock.now()) })}</time> : null;
}
