/**
 * Times as people read them, by `Intl`. Locale, time zone and the present moment come from outside;
 * formatters are made once for each pair, because making them is what costs.
 */

/** A moment: ISO text, ms since the epoch, or a date. */
export type Moment = string | number | Date;

/** Formatters of one locale and time zone. */
export interface Times {
  readonly locale: string;
  /** 14:32 */
  time(at: Moment): string;
  /** Today, Yesterday, 12 March, 12 March 2024 */
  day(at: Moment, now: number): string;
  /** For the list of chats: 14:32, Thu, 12.03, 12.03.24 */
  list(at: Moment, now: number): string;
  /** Thursday, 12 March 2026 at 14:32:05 */
  full(at: Moment): string;
  /** 12 Mar 2026, 14:32 */
  short(at: Moment): string;
  /** 5 minutes ago, yesterday, in 2 hours */
  relative(at: Moment, now: number): string;
  /** 2 hr 5 min; 40 sec */
  duration(ms: number): string;
  /** 0:42, 12:05, 1:02:03 */
  clock(ms: number): string;
  /** A number for the calendar day; neighbours differ by one. */
  dayNumber(at: Moment): number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** No time zone changes its offset inside a quarter of an hour, so the day is looked up once for each. */
const QUARTER = 15 * MINUTE;
const QUARTERS_KEPT = 5_000;

const made = new Map<string, Times>();
let currentLocale = "en";

/** Says in which locale `times()` answers; `lib/i18n` calls it when the language changes. */
export function setTimeLocale(locale: string): void {
  currentLocale = locale;
}

/** The formatters of the active language and the browser's time zone. */
export function times(): Times {
  return timesFor(currentLocale);
}

/** The formatters of a locale and a time zone (the browser's when absent). */
export function timesFor(locale: string, timeZone?: string): Times {
  const key = `${locale} ${timeZone ?? ""}`;
  let found = made.get(key);
  if (!found) {
    found = make(locale, timeZone);
    made.set(key, found);
  }
  return found;
}

/** Ms since the epoch; NaN for what is no time. */
function toMs(at: Moment): number {
  return typeof at === "number" ? at : at instanceof Date ? at.getTime() : Date.parse(at);
}

function make(locale: string, timeZone: string | undefined): Times {
  const dates = (options: Intl.DateTimeFormatOptions) => lazy(() => new Intl.DateTimeFormat(locale, { ...options, timeZone }));
  const time = dates({ hour: "2-digit", minute: "2-digit" });
  const weekday = dates({ weekday: "short" });
  const dayMonth = dates({ day: "numeric", month: "long" });
  const dayMonthYear = dates({ day: "numeric", month: "long", year: "numeric" });
  const digits = dates({ day: "2-digit", month: "2-digit" });
  const digitsYear = dates({ day: "2-digit", month: "2-digit", year: "2-digit" });
  const full = dates({ dateStyle: "full", timeStyle: "medium" });
  const short = dates({ dateStyle: "medium", timeStyle: "short" });
  const relative = lazy(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
  const dayNumber = dayNumbers(timeZone);
  const shown = (format: () => Intl.DateTimeFormat, at: Moment) => {
    const ms = toMs(at);
    return Number.isFinite(ms) ? format().format(ms) : "";
  };
  const sameYear = (at: Moment, now: number) => yearOf(dayNumber(at)) === yearOf(dayNumber(now));

  return {
    locale,
    time: (at) => shown(time, at),
    day: (at, now) => {
      const ago = dayNumber(now) - dayNumber(at);
      if (ago === 0 || ago === 1) return capital(relative().format(-ago, "day"), locale);
      return shown(sameYear(at, now) ? dayMonth : dayMonthYear, at);
    },
    list: (at, now) => {
      const ago = dayNumber(now) - dayNumber(at);
      if (ago === 0) return shown(time, at);
      if (ago > 0 && ago < 7) return shown(weekday, at);
      return shown(sameYear(at, now) ? digits : digitsYear, at);
    },
    full: (at) => shown(full, at),
    short: (at) => shown(short, at),
    relative: (at, now) => {
      const ms = toMs(at);
      // A week from now is seven days, though a second of it has gone by before one reads it.
      return Number.isFinite(ms) ? relative().format(...relativeParts(ms - now + (ms > now ? MINUTE / 2 : 0))) : "";
    },
    duration: (ms) => duration(locale, ms),
    clock,
    dayNumber,
  };
}

/** The largest unit that fits, rounded towards now. */
function relativeParts(difference: number): [number, Intl.RelativeTimeFormatUnit] {
  const size = Math.abs(difference);
  if (size < MINUTE) return [0, "second"];
  if (size < HOUR) return [Math.trunc(difference / MINUTE), "minute"];
  if (size < DAY) return [Math.trunc(difference / HOUR), "hour"];
  if (size < 30 * DAY) return [Math.trunc(difference / DAY), "day"];
  if (size < 365 * DAY) return [Math.trunc(difference / (30 * DAY)), "month"];
  return [Math.trunc(difference / (365 * DAY)), "year"];
}

/** At most the two largest units: nobody waits by the second for days. */
function duration(locale: string, ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  const parts = (
    [
      ["day", Math.floor(total / 86_400)],
      ["hour", Math.floor((total % 86_400) / 3_600)],
      ["minute", Math.floor((total % 3_600) / 60)],
      ["second", total % 60],
    ] as const
  ).filter(([, count]) => count > 0);
  const kept = parts.length === 0 ? ([["second", 0]] as const) : parts.slice(0, 2);
  return kept.map(([unit, count]) => unitFormat(locale, unit).format(count)).join(" ");
}

const units = new Map<string, Intl.NumberFormat>();

function unitFormat(locale: string, unit: string): Intl.NumberFormat {
  const key = `${locale} ${unit}`;
  let format = units.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" });
    units.set(key, format);
  }
  return format;
}

function clock(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(total / 3_600);
  const minutes = Math.floor((total % 3_600) / 60);
  const two = (count: number) => String(count).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

function dayNumbers(timeZone: string | undefined): (at: Moment) => number {
  const format = lazy(() => new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone }));
  const known = new Map<number, number>();
  return (at) => {
    const ms = toMs(at);
    if (!Number.isFinite(ms)) return Number.NaN;
    const quarter = Math.floor(ms / QUARTER);
    let day = known.get(quarter);
    if (day === undefined) {
      day = Math.round(Date.parse(`${format().format(ms)}T00:00:00Z`) / DAY);
      if (known.size >= QUARTERS_KEPT) known.clear();
      known.set(quarter, day);
    }
    return day;
  };
}

function yearOf(dayNumber: number): number {
  return new Date(dayNumber * DAY).getUTCFullYear();
}

function capital(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
}

function lazy<T>(build: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= build());
}
