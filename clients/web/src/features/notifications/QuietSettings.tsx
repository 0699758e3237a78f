import { Moon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNotificationPrefs, useQuiet } from "@/hooks/notifications";
import { clockMinute, clockText, type Schedule } from "@/lib/notify";
import { times } from "@/lib/time";
import { Button, cx, Menu, Switch, TextField } from "@/ui";
import { useQuietMenu } from "./QuietButton";
import { FOREVER_MS } from "./quietPresets";
import { Part } from "@/ui/Part";

const NIGHT: Schedule = { from: 22 * 60, to: 8 * 60, days: [0, 1, 2, 3, 4, 5, 6] };
/** Any Sunday: its week gives the names of the days. */
const A_SUNDAY = Date.UTC(2026, 10, 22, 12);
const DAY_MS = 86_400_000;

/** Do not disturb: now, and every week. */
export function QuietSettings() {
  const { t } = useTranslation("notifications");
  const [prefs, change] = useNotificationPrefs();
  const menu = useQuietMenu();
  const quiet = useQuiet();
  const { schedule } = prefs.dnd;
  const set = (next: Schedule | undefined) => {
    const { schedule: _, ...kept } = prefs.dnd;
    change({ dnd: next ? { ...kept, schedule: next } : kept });
  };
  const until = quiet.on && quiet.until < FOREVER_MS ? times().short(quiet.until) : null;
  return (
    <Part title={t("dnd")} text={t("dndText")}>
      <div className="flex flex-wrap items-center gap-3">
        <Menu label={t("dnd")} items={menu} trigger={<Button icon={<Moon />}>{t(quiet.on && quiet.cause === "until" ? "dndChange" : "dndStart")}</Button>} />
        <p role="status" className="text-sm text-ink-2">
          {!quiet.on ? t("dndIsOff") : until ? t("dndOnUntil", { time: until }) : t("dndOn")}
        </p>
      </div>
      <Switch label={t("schedule")} hint={t("scheduleHint")} checked={schedule !== undefined} onChange={(on) => set(on ? NIGHT : undefined)} />
      {schedule && <ScheduleFields schedule={schedule} onChange={set} />}
    </Part>
  );
}

function ScheduleFields({ schedule, onChange }: { schedule: Schedule; onChange: (schedule: Schedule) => void }) {
  const { t, i18n } = useTranslation("notifications");
  const name = (day: number, weekday: "short" | "long") => new Intl.DateTimeFormat(i18n.language, { weekday, timeZone: "UTC" }).format(A_SUNDAY + day * DAY_MS);
  const setEnd = (end: "from" | "to") => (text: string) => {
    const minute = clockMinute(text);
    if (minute !== null) onChange({ ...schedule, [end]: minute });
  };
  const toggle = (day: number) =>
    onChange({ ...schedule, days: schedule.days.includes(day) ? schedule.days.filter((one) => one !== day) : [...schedule.days, day].sort() });
  return (
    <div className="grid grid-cols-1 gap-3">
      <div className="flex flex-wrap gap-4">
        <TextField label={t("from")} type="time" value={clockText(schedule.from)} onChange={setEnd("from")} />
        <TextField label={t("to")} type="time" value={clockText(schedule.to)} onChange={setEnd("to")} hint={schedule.to <= schedule.from ? t("nextDay") : undefined} />
      </div>
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">{t("days")}</legend>
        <div className="flex flex-wrap gap-1.5">
          {[1, 2, 3, 4, 5, 6, 0].map((day) => (
            <button
              key={day}
              type="button"
              aria-pressed={schedule.days.includes(day)}
              aria-label={name(day, "long")}
              onClick={() => toggle(day)}
              className={cx(
                "min-h-9 min-w-11 rounded-full px-3 text-sm max-phone:min-h-11",
                schedule.days.includes(day) ? "bg-accent text-accent-ink" : "bg-sunken text-ink-2 hover:text-ink",
              )}
            >
              {name(day, "short")}
            </button>
          ))}
        </div>
      </fieldset>
    </div>
  );
}
