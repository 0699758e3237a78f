import { describe, expect, it } from "vitest";
import { timesFor } from "./time";

const ru = timesFor("ru", "Europe/Moscow");
const gb = timesFor("en-GB", "UTC");
const now = Date.parse("2026-11-25T12:00:00Z");

describe("times", () => {
  it("are the same formatters for the same locale and zone", () => {
    expect(timesFor("ru", "Europe/Moscow")).toBe(ru);
    expect(timesFor("ru", "UTC")).not.toBe(ru);
  });

  it("shows the time of day in the zone", () => {
    expect(ru.time("2026-11-25T11:32:00Z")).toBe("14:32");
    expect(gb.time("2026-11-25T11:32:00Z")).toBe("11:32");
    expect(timesFor("en-US", "UTC").time("2026-11-25T15:32:00Z")).toMatch(/^03:32\sPM$/);
  });

  it("names today and yesterday by the calendar of the zone", () => {
    // 23:30 in Moscow on the 24th, and half past midnight on the 25th.
    expect(ru.day("2026-11-24T20:30:00Z", now)).toBe("Вчера");
    expect(ru.day("2026-11-24T21:30:00Z", now)).toBe("Сегодня");
    expect(gb.day("2026-11-24T21:30:00Z", now)).toBe("Yesterday");
    expect(gb.day("2026-03-12T10:00:00Z", now)).toBe("12 March");
    expect(ru.day("2024-03-12T10:00:00Z", now)).toBe("12 марта 2024 г.");
  });

  it("is short in lists", () => {
    expect(ru.list("2026-11-25T09:01:00Z", now)).toBe("12:01");
    expect(gb.list("2026-11-19T09:01:00Z", now)).toBe("Thu");
    expect(ru.list("2026-03-12T10:00:00Z", now)).toBe("12.03");
    expect(ru.list("2024-03-12T10:00:00Z", now)).toBe("12.03.24");
    expect(ru.list("2026-11-27T10:00:00Z", now)).toBe("27.11");
  });

  it("tells how long ago", () => {
    expect(gb.relative(now - 30_000, now)).toBe("now");
    expect(gb.relative(now - 5 * 60_000, now)).toBe("5 minutes ago");
    expect(ru.relative(now - 2 * 3_600_000, now)).toBe("2 часа назад");
    expect(ru.relative(now - 26 * 3_600_000, now)).toBe("вчера");
    expect(ru.relative(now + 3 * 60_000, now)).toBe("через 3 минуты");
    expect(gb.relative(now + 7 * 86_400_000 - 2_000, now)).toBe("in 7 days");
  });

  it("tells how long", () => {
    expect(gb.clock(42_000)).toBe("0:42");
    expect(gb.clock(3_723_000)).toBe("1:02:03");
    expect(ru.duration(7_500_000)).toBe("2 ч 5 мин");
    expect(gb.duration(0)).toBe("0 secs");
  });

  it("shows nothing for what is no time", () => {
    expect(gb.time("nonsense")).toBe("");
    expect(gb.relative("nonsense", now)).toBe("");
    expect(gb.full("nonsense")).toBe("");
  });

  it("counts days over a change of the clocks", () => {
    const berlin = timesFor("de", "Europe/Berlin");
    expect(berlin.dayNumber("2026-10-26T00:30:00+01:00") - berlin.dayNumber("2026-10-25T00:30:00+02:00")).toBe(1);
  });
});
