import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { useNotifyLevel } from "@/hooks/notifications";
import { clock } from "@/lib/clock";
import { LEVELS, type Level } from "@/lib/notify";
import { times } from "@/lib/time";
import type { ChatSummary } from "@/sync/types";
import { Button, Menu, Select } from "@/ui";
import { useAction } from "./hooks";
import { isEver, MUTES, muteUntil } from "./mute";
import { Section } from "./Section";

/** Which messages of this chat notify, and until when none do. */
export function NotificationSection({ chat }: { chat: ChatSummary }) {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const { own, general, set } = useNotifyLevel(chat.id);
  const [busy, run] = useAction();
  const mute = (until: string | null) => void run(() => engine.setChatSettings(chat.id, { muted_until: until }));
  const until = chat.settings.muted_until;
  return (
    <Section title={t("notifications")} section="notifications">
      <Select<Level | "general">
        label={t("notifyAbout")}
        hideLabel
        value={own ?? "general"}
        options={[
          { value: "general", label: t("followGeneral", { level: t(`notifications:levels.${general}`) }) },
          ...LEVELS.map((level) => ({ value: level, label: t(`notifications:levels.${level}`) })),
        ]}
        onChange={(level) => set(level === "general" ? null : level)}
      />
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <p className="min-w-0 flex-1 text-ink-2">
          {!chat.muted || !until ? t("notMuted") : isEver(until) ? t("mutedEver") : t("mutedUntil", { when: times().short(until) })}
        </p>
        {chat.muted ? (
          <Button size="sm" loading={busy} onClick={() => mute(null)}>
            {t("unmute")}
          </Button>
        ) : (
          <Menu
            label={t("mute")}
            align="end"
            items={MUTES.map((one) => ({ label: t(`mutes.${one}`), onSelect: () => mute(muteUntil(one, clock.now())) }))}
            trigger={
              <Button size="sm" loading={busy}>
                {t("mute")}
              </Button>
            }
          />
        )}
      </div>
    </Section>
  );
}
