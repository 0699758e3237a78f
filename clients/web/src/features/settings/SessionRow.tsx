import { Laptop, Smartphone, Terminal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { clock } from "@/lib/clock";
import { deviceName } from "@/lib/device";
import { safeName } from "@/lib/text";
import { times } from "@/lib/time";
import type { Session } from "@wire";
import { Button } from "@/ui";

/** One device: what it calls itself, from where and when it was last used. */
export function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { t } = useTranslation("settings");
  const when = times();
  const Icon = /android|ios|iphone|ipad/i.test(session.device) ? Smartphone : /tui|cli|terminal|tcp/i.test(session.device) ? Terminal : Laptop;
  // Where a client did not name itself the server keeps the browser's long self-description.
  const named = session.device.startsWith("Mozilla/") ? deviceName(session.device) : session.device;
  const device = safeName(named, t("sessions.unknown"));
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 p-4">
      <Icon aria-hidden className="size-6 shrink-0 stroke-[1.5] text-ink-2" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="font-medium wrap-anywhere">
          <bdi>{device}</bdi>
          {session.current && <span className="ms-2 inline-block rounded-full bg-accent-soft px-2 text-sm font-medium text-accent">{t("sessions.current")}</span>}
        </p>
        <p className="text-sm text-ink-2 wrap-anywhere">
          <bdi>{session.ip}</bdi> · <span data-tip={when.full(session.last_used_at)}>{t("sessions.lastUsed", { when: when.relative(session.last_used_at, clock.now()) })}</span>
        </p>
        <p className="text-sm text-ink-2">{t("sessions.since", { when: when.short(session.created_at) })}</p>
      </div>
      {!session.current && (
        <Button size="sm" aria-label={t("sessions.endOne", { device })} onClick={onEnd}>
          {t("sessions.end")}
        </Button>
      )}
    </li>
  );
}
