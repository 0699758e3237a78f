/** Names and randomness. Logic is given its source, so that tests can give their own. */
import type { Clock } from "./clock";

/** A number in [0, 1). */
export type Rng = () => number;

/** The platform's randomness. */
export const rng: Rng = () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;

/** A small generator that gives the same numbers for the same seed (mulberry32). */
export function seededRng(seed: number): Rng {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A UUID version 7: sorts by time of making. */
export function uuidV7(clock: Clock, random: Rng = rng): string {
  const bytes = Array.from({ length: 16 }, () => Math.floor(random() * 256));
  let time = clock.now();
  for (let at = 5; at >= 0; at--) {
    bytes[at] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
