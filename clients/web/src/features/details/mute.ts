/** How long a chat may be muted. */
export const MUTES = ["hour", "eight", "day", "week", "ever"] as const;
export type Mute = (typeof MUTES)[number];

const HOUR = 3_600_000;
const MS: Record<Exclude<Mute, "ever">, number> = { hour: HOUR, eight: 8 * HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR };
/** The year 9999 means for ever. */
const EVER = "9999-12-31T00:00:00.000Z";

export const muteUntil = (mute: Mute, now: number): string => (mute === "ever" ? EVER : new Date(now + MS[mute]).toISOString());

/** Whether a mute has no end. */
export const isEver = (until: string): boolean => until.startsWith("9999");
