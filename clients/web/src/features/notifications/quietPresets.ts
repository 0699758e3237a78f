/** The year 9999, which means for ever, as for muted chats. */
export const FOREVER_MS = Date.UTC(9999, 11, 31);

export interface QuietPreset {
  readonly key: "halfHour" | "hour" | "fourHours" | "morning" | "ever";
  readonly until: number;
}

const HOUR = 3_600_000;
const MORNING_HOUR = 8;

/** The lengths offered; the morning is the next one at eight by the wall clock of the device. */
export function quietPresets(now: number): readonly QuietPreset[] {
  const morning = new Date(now);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  if (morning.getTime() <= now) morning.setDate(morning.getDate() + 1);
  return [
    { key: "halfHour", until: now + HOUR / 2 },
    { key: "hour", until: now + HOUR },
    { key: "fourHours", until: now + 4 * HOUR },
    { key: "morning", until: morning.getTime() },
    { key: "ever", until: FOREVER_MS },
  ];
}
