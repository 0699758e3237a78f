/** Days as people type them to look back: 2026-11-05, 5.11, 05.11.26, 5 Nov, yesterday, вчера. */

const MONTHS: readonly RegExp[] = [
  /^(jan|янв)/, /^(feb|фев)/, /^(mar|мар)/, /^(apr|апр)/, /^(may|ма[йя])/, /^(jun|июн)/,
  /^(jul|июл)/, /^(aug|авг)/, /^(sep|сен)/, /^(oct|окт)/, /^(nov|ноя)/, /^(dec|дек)/,
];
const WORDS: readonly [RegExp, number][] = [
  [/^(today|сегодня)$/, 0],
  [/^(yesterday|вчера)$/, 1],
  [/^(позавчера)$/, 2],
];

/** The beginning of the day, or null. Without a year it is the last such day that has come. */
export function parseDay(text: string, now: Date): Date | null {
  const asked = text.trim().toLowerCase();
  const word = WORDS.find(([pattern]) => pattern.test(asked));
  if (word) return new Date(now.getFullYear(), now.getMonth(), now.getDate() - word[1]);
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(asked);
  if (iso) return day(Number(iso[1]), Number(iso[2]), Number(iso[3]), now);
  const dotted = /^(\d{1,2})[./](\d{1,2})(?:[./](\d{2}|\d{4}))?\.?$/.exec(asked);
  if (dotted) return day(year(dotted[3]), Number(dotted[2]), Number(dotted[1]), now);
  const named = /^(\d{1,2})\s+(\p{L}{3,})\.?(?:\s+(\d{4}))?$/u.exec(asked) ?? swapped(/^(\p{L}{3,})\.?\s+(\d{1,2})(?:,?\s+(\d{4}))?$/u.exec(asked));
  if (!named) return null;
  const month = MONTHS.findIndex((pattern) => pattern.test(named[2]!)) + 1;
  return month === 0 ? null : day(year(named[3]), month, Number(named[1]), now);
}

/** "Nov 5" as "5 Nov". */
const swapped = (match: RegExpExecArray | null): (string | undefined)[] | null => match && [match[0], match[2], match[1], match[3]];

const year = (digits: string | undefined): number | null => (digits === undefined ? null : digits.length === 2 ? 2000 + Number(digits) : Number(digits));

function day(given: number | null, month: number, date: number, now: Date): Date | null {
  const at = (inYear: number) => new Date(inYear, month - 1, date);
  let found = at(given ?? now.getFullYear());
  if (given === null && found > now) found = at(now.getFullYear() - 1);
  const real = found.getMonth() === month - 1 && found.getDate() === date;
  return real && found <= now ? found : null;
}
