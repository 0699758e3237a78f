import { describe, expect, it } from "vitest";
import { Backoff } from "./backoff";
import { clock } from "./clock";
import { seededRng, uuidV7 } from "./ids";

const waits = (seed: number, count: number) => {
  const backoff = new Backoff(500, 30_000, seededRng(seed));
  return Array.from({ length: count }, () => backoff.next());
};

describe("backoff", () => {
  it("grows to the cap and is spread", () => {
    const longest = Array.from({ length: 12 }, () => 0);
    for (let seed = 0; seed < 200; seed++) {
      waits(seed, 12).forEach((wait, attempt) => {
        expect(wait).toBeLessThanOrEqual(Math.min(500 * 2 ** attempt, 30_000));
        longest[attempt] = Math.max(longest[attempt]!, wait);
      });
    }
    longest.forEach((wait, attempt) => expect(wait).toBeGreaterThan(0.9 * Math.min(500 * 2 ** attempt, 30_000)));
  });

  it("is the same for the same seed, honours the server's wish and begins anew", () => {
    expect(waits(1, 5)).toEqual(waits(1, 5));
    expect(waits(1, 5)).not.toEqual(waits(2, 5));
    const backoff = new Backoff(500, 30_000, seededRng(7));
    const wait = backoff.next(60_000);
    expect(wait >= 60_000 && wait <= 60_500).toBe(true);
    for (let count = 0; count < 60; count++) expect(Number.isFinite(backoff.next())).toBe(true);
    backoff.reset();
    expect(backoff.next()).toBeLessThanOrEqual(500);
  });
});

describe("ids", () => {
  it("are UUIDs that sort by time", () => {
    const at = (now: number) => uuidV7({ ...clock, now: () => now }, seededRng(now));
    const ids = [1, 255, 256, 1_795_000_000_000, 1_795_000_000_001].map(at);
    expect(ids.toSorted()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
