/** Do not disturb: until a moment, or by a weekly schedule. */
import type { NotificationPrefs, Schedule } from "./prefs";

const DAY_NAMES = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MINUTE = 60_000;
const DAY = 1440;

/** Whether it is quiet now, why, and until when. */
export type Quiet = { readonly on: false } | { readonly on: true; readonly cause: "until" | "schedule"; readonly until: number };

interface Wall {
  readonly day: number;
  readonly minute: number;
}

/** The clock on the wall of a zone; the formatter knows summer time, arithmetic does not. */
function wallClock(now: number, zone: string | undefined): Wall {
  const parts = new Intl.DateTimeFormat("en-US", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return { day: DAY_NAMES.indexOf(part("weekday")), minute: Number(part("hour")) * 60 + Number(part("minute")) };
}

/** How many more minutes the schedule keeps quiet; 0 when it does not. Equal ends mean the whole day. */
function minutesLeft(schedule: Schedule, { day, minute }: Wall): number {
  const begins = (on: number) => schedule.days.includes((on + 7) % 7);
  const length = (schedule.to - schedule.from + DAY) % DAY || DAY;
  const today = minute - schedule.from;
  if (begins(day) && today >= 0 && today < length) return length - today;
  // What began yesterday and goes on past midnight.
  const yesterday = today + DAY;
  if (begins(day - 1) && yesterday < length) return length - yesterday;
  return 0;
}

/** Whether the person wants quiet at this moment. */
export function quietAt(prefs: Pick<NotificationPrefs, "dnd">, now: number): Quiet {
  const { until, schedule } = prefs.dnd;
  if (until !== undefined && until > now) return { on: true, cause: "until", until };
  if (schedule === undefined) return { on: false };
  const left = minutesLeft(schedule, wallClock(now, schedule.zone));
  if (left === 0) return { on: false };
  return { on: true, cause: "schedule", until: Math.floor(now / MINUTE) * MINUTE + left * MINUTE };
}

/** `07:30` for a minute of the day, as time fields want it. */
export const clockText = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** The minute of the day of `07:30`; null for anything else. */
export function clockMinute(text: string): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}
