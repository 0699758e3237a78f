import { describe, expect, it } from "vitest";
import { presets } from "./presets";
import { parseWhen } from "./when";

/** Wednesday. */
const NOW = new Date(2026, 10, 25, 14, 40, 30);

function at(text: string): string | null {
  const found = parseWhen(text, NOW);
  if (!found) return null;
  const two = (n: number) => String(n).padStart(2, "0");
  const { at: d } = found;
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

describe("moments as they are typed", () => {
  it.each([
    ["20m tea", "2026-11-25 15:00"], ["2h", "2026-11-25 16:40"], ["1h30m", "2026-11-25 16:10"],
    ["in 3 days", "2026-11-28 14:40"], ["in an hour", "2026-11-25 15:40"], ["1 hour 5 min", "2026-11-25 15:45"],
    ["20м чай", "2026-11-25 15:00"], ["2ч", "2026-11-25 16:40"], ["через час", "2026-11-25 15:40"],
    ["через 2 недели", "2026-12-09 14:40"], ["полчаса", "2026-11-25 15:10"], ["через 5 минут", "2026-11-25 14:45"],
    ["18:30", "2026-11-25 18:30"], ["9:00", "2026-11-26 09:00"], ["at 18", "2026-11-25 18:00"], ["в 9", "2026-11-26 09:00"],
    ["6pm", "2026-11-25 18:00"], ["12 am", "2026-11-26 00:00"], ["12pm", "2026-11-26 12:00"],
    ["tomorrow 9:00", "2026-11-26 09:00"], ["tomorrow", "2026-11-26 09:00"], ["tomorrow at 8", "2026-11-26 08:00"],
    ["завтра 9:00", "2026-11-26 09:00"], ["завтра в 10", "2026-11-26 10:00"], ["завтра вечером", "2026-11-26 19:00"],
    ["послезавтра", "2026-11-27 09:00"], ["сегодня вечером", "2026-11-25 19:00"], ["tonight", "2026-11-25 19:00"],
    ["monday", "2026-11-30 09:00"], ["next Fri 17:00", "2026-11-27 17:00"], ["в пятницу утром", "2026-11-27 09:00"],
    ["wed 9:00", "2026-12-02 09:00"], ["wed 15:00", "2026-11-25 15:00"], ["во вторник", "2026-12-01 09:00"],
    ["25.12 10:00", "2026-12-25 10:00"], ["1.2", "2027-02-01 09:00"], ["2027-01-02 8:05", "2027-01-02 08:05"],
    ["25 декабря в 12:00", "2026-12-25 12:00"], ["Dec 25", "2026-12-25 09:00"],
    ["this evening", "2026-11-25 19:00"], ["in the morning", "2026-11-26 09:00"],
  ])("%s", (text, expected) => expect(at(text)).toBe(expected));

  it.each(["", "tea", "9 apples", "25:00", "18:75", "31.02", "today 9:00", "2020-01-01", "0m", "м", "in time", "13pm"])(
    "reads nothing in %j", (text) => expect(at(text)).toBeNull());

  it("leaves the rest as it was typed", () => {
    expect(parseWhen("20m  Buy  Tea", NOW)?.rest).toBe("Buy  Tea");
    expect(parseWhen("завтра в 9:00, позвонить Ане", NOW)?.rest).toBe("позвонить Ане");
    expect(parseWhen("2 hours 3 apples", NOW)?.rest).toBe("3 apples");
  });

  it("offers presets that are still ahead", () => {
    expect(presets(NOW).map(({ id }) => id)).toEqual(["hour", "evening", "tomorrow", "monday"]);
    expect(presets(new Date(2026, 10, 25, 18, 45)).map(({ id }) => id)).toEqual(["hour", "tomorrow", "monday"]);
    const sunday = presets(new Date(2026, 10, 29, 10));
    expect(sunday.map(({ id }) => id)).toEqual(["hour", "evening", "tomorrow"]);
    expect(presets(NOW)[3]?.at).toEqual(new Date(2026, 10, 30, 9));
  });
});
