/** Moments as people type them, in English and Russian: `20m`, `2ч`, `18:30`, `tomorrow 9:00`, `в пятницу утром`. */

/** A moment, and what was typed after it. */
export interface When {
  readonly at: Date;
  readonly rest: string;
}

interface Token {
  readonly text: string;
  /** Where the text after it begins. */
  readonly end: number;
}

const UNITS: readonly [pattern: RegExp, ms: number][] = [
  [/^(?:s|sec|secs|seconds?|с|сек|секунд[ауы]?)$/, 1_000],
  [/^(?:m|min|mins|minutes?|м|мин|минут[ауы]?)$/, 60_000],
  [/^(?:h|hr|hrs|hours?|ч|час|часа|часов)$/, 3_600_000],
  [/^(?:d|days?|д|дн|день|дня|дней|сутки|суток)$/, 86_400_000],
  [/^(?:w|wk|weeks?|н|нед|недел[юяи]|недель)$/, 604_800_000],
];

const WEEKDAYS: readonly RegExp[] = [
  /^(?:sun(?:day)?|вс|воскресень[ея])$/,
  /^(?:mon(?:day)?|пн|понедельник)$/,
  /^(?:tue(?:s|sday)?|вт|вторник)$/,
  /^(?:wed(?:nesday)?|ср|сред[ау])$/,
  /^(?:thu(?:rs|rsday)?|чт|четверг)$/,
  /^(?:fri(?:day)?|пт|пятниц[ау])$/,
  /^(?:sat(?:urday)?|сб|суббот[ау])$/,
];

const MONTHS: readonly RegExp[] = [
  /^(?:jan(?:uary)?|янв(?:аря)?)$/, /^(?:feb(?:ruary)?|фев(?:раля)?)$/, /^(?:mar(?:ch)?|мар(?:та)?)$/,
  /^(?:apr(?:il)?|апр(?:еля)?)$/, /^(?:may|мая)$/, /^(?:june?|июня?)$/, /^(?:july?|июля?)$/,
  /^(?:aug(?:ust)?|авг(?:уста)?)$/, /^(?:sept?(?:ember)?|сент?(?:ября)?)$/, /^(?:oct(?:ober)?|окт(?:ября)?)$/,
  /^(?:nov(?:ember)?|ноя(?:бря)?)$/, /^(?:dec(?:ember)?|дек(?:абря)?)$/,
];

/** Parts of the day and the hour they stand for. */
const DAYPARTS: readonly [pattern: RegExp, hour: number][] = [
  [/^(?:morning|утром)$/, 9],
  [/^(?:noon|днем|полдень)$/, 12],
  [/^(?:afternoon)$/, 15],
  [/^(?:evening|tonight|вечером)$/, 19],
];

/** The hour a day without a time stands for. */
const DAY_STARTS = 9;

/** Reads the moment a text begins with; null when it begins with none. Times are local, and never in the past. */
export function parseWhen(text: string, now: Date): When | null {
  const tokens = [...text.matchAll(/\S+/g)].map((match): Token => ({
    text: match[0].toLowerCase().replaceAll("ё", "е").replace(/[,;]$/, ""),
    end: match.index + match[0].length,
  }));
  const done = (at: Date, used: number): When => ({ at, rest: text.slice(tokens[used - 1]?.end ?? 0).trim() });
  const span = readSpan(tokens);
  if (span) return done(new Date(now.getTime() + span.ms), span.used);
  const day = readDay(tokens, now);
  const start = day?.used ?? 0;
  const time = readTime(tokens, start);
  if (!day && !time) return null;
  const used = time?.used ?? start;
  const at = new Date(day?.at ?? now);
  at.setHours(time?.hour ?? DAY_STARTS, time?.minute ?? 0, 0, 0);
  if (at <= now) {
    if (!day || day.kind === "weekday") at.setDate(at.getDate() + (day ? 7 : 1));
    else if (day.kind === "date" && !day.year) at.setFullYear(at.getFullYear() + 1);
    else return null;
  }
  return done(at, used);
}

/** `20m`, `1h30m`, `2 часа`, `in 3 days`, `через час`, `полчаса`. */
function readSpan(tokens: readonly Token[]): { ms: number; used: number } | null {
  let used = /^(?:in|через)$/.test(tokens[0]?.text ?? "") ? 1 : 0;
  const preposition = used === 1;
  let ms = 0;
  if (tokens[used]?.text === "полчаса") return { ms: 1_800_000, used: used + 1 };
  if (preposition && /^an?$/.test(tokens[used]?.text ?? "")) used += 1;
  const single = unit(tokens[used]?.text);
  // "через час", "in an hour"; without the preposition a unit alone means nothing.
  if (preposition && single && !/^\p{L}$/u.test(tokens[used]!.text)) return { ms: single, used: used + 1 };
  for (; used < tokens.length; used += 1) {
    const word = tokens[used]!.text;
    const joined = [...word.matchAll(/(\d{1,5})(\p{L}+)/gu)];
    if (joined.length > 0 && joined.map(([part]) => part).join("") === word) {
      const parts = joined.map(([, count, name]) => Number(count) * (unit(name) ?? Number.NaN));
      const sum = parts.reduce((total, part) => total + part, 0);
      if (Number.isNaN(sum)) break;
      ms += sum;
    } else if (/^\d{1,5}$/.test(word) && unit(tokens[used + 1]?.text)) {
      ms += Number(word) * unit(tokens[used + 1]?.text)!;
      used += 1;
    } else break;
  }
  return ms > 0 ? { ms, used } : null;
}

function unit(name: string | undefined): number | undefined {
  return name === undefined ? undefined : UNITS.find(([pattern]) => pattern.test(name))?.[1];
}

interface Day {
  readonly at: Date;
  readonly used: number;
  readonly kind: "today" | "relative" | "weekday" | "date";
  readonly year?: boolean;
}

function readDay(tokens: readonly Token[], now: Date): Day | null {
  const skip = /^(?:on|next|в|во|this)$/.test(tokens[0]?.text ?? "") ? 1 : 0;
  const word = tokens[skip]?.text ?? "";
  const used = skip + 1;
  const ahead = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  if (/^(?:today|сегодня)$/.test(word)) return { at: ahead(0), used, kind: "today" };
  if (/^(?:tomorrow|tmr|завтра)$/.test(word)) return { at: ahead(1), used, kind: "relative" };
  if (word === "послезавтра") return { at: ahead(2), used, kind: "relative" };
  const weekday = WEEKDAYS.findIndex((pattern) => pattern.test(word));
  if (weekday >= 0) return { at: ahead((weekday - now.getDay() + 7) % 7), used, kind: "weekday" };
  return readDate(tokens, skip, now);
}

function readDate(tokens: readonly Token[], from: number, now: Date): Day | null {
  const word = tokens[from]?.text ?? "";
  const next = tokens[from + 1]?.text ?? "";
  const month = (name: string) => MONTHS.findIndex((pattern) => pattern.test(name));
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(word);
  if (iso) return date(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3]), from + 1, true);
  const dotted = /^(\d{1,2})\.(\d{1,2})(?:\.(\d{2}|\d{4}))?$/.exec(word);
  if (dotted) {
    const year = dotted[3] ? (Number(dotted[3]) % 2000) + 2000 : now.getFullYear();
    return date(year, Number(dotted[2]) - 1, Number(dotted[1]), from + 1, dotted[3] !== undefined);
  }
  if (/^\d{1,2}$/.test(word) && month(next) >= 0) {
    return date(now.getFullYear(), month(next), Number(word), from + 2, false);
  }
  if (month(word) >= 0 && /^\d{1,2}$/.test(next)) {
    return date(now.getFullYear(), month(word), Number(next), from + 2, false);
  }
  return null;
}

/** A day of the calendar; null for the 31st of a short month. */
function date(year: number, month: number, day: number, used: number, withYear: boolean): Day | null {
  const at = new Date(year, month, day);
  if (at.getMonth() !== month || at.getDate() !== day) return null;
  return { at, used, kind: "date", year: withYear };
}

/** `18:30`, `6pm`, `at 9`, `в 9`, `утром`. */
function readTime(tokens: readonly Token[], from: number): { hour: number; minute: number; used: number } | null {
  let used = from;
  const preposition = /^(?:at|в|in|the|this)$/.test(tokens[used]?.text ?? "");
  if (preposition) used += 1;
  if (tokens[used]?.text === "the") used += 1;
  const word = tokens[used]?.text ?? "";
  const part = DAYPARTS.find(([pattern]) => pattern.test(word));
  if (part) return { hour: part[1], minute: 0, used: used + 1 };
  const match = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/.exec(word);
  if (!match) return null;
  let [, hours, minutes, half] = match;
  used += 1;
  if (!half && /^[ap]m$/.test(tokens[used]?.text ?? "")) {
    half = tokens[used]!.text;
    used += 1;
  }
  // A number alone is an hour only when something says so: "at 9", "tomorrow 9".
  if (!minutes && !half && !preposition && from === 0) return null;
  let hour = Number(hours);
  if (half && (hour < 1 || hour > 12)) return null;
  if (half) hour = (hour % 12) + (half === "pm" ? 12 : 0);
  const minute = Number(minutes ?? 0);
  return hour < 24 && minute < 60 ? { hour, minute, used } : null;
}
