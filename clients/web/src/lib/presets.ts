/** Moments that are offered for sending later. */

/** A moment offered in the menu of the send button. */
export interface Preset {
  readonly id: "hour" | "evening" | "tomorrow" | "monday";
  readonly at: Date;
}

/** In an hour, this evening (while there is some of the day left), tomorrow and next Monday at nine. */
export function presets(now: Date): Preset[] {
  const day = (ahead: number, hour: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead, hour);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  const all: Preset[] = [
    { id: "hour", at: new Date(now.getTime() + 3_600_000) },
    { id: "evening", at: day(0, 19) },
    { id: "tomorrow", at: day(1, 9) },
    { id: "monday", at: day(toMonday, 9) },
  ];
  return all.filter(({ id, at }) =>
    id === "evening" ? at.getTime() - now.getTime() > 1_800_000 : id !== "monday" || toMonday > 1,
  );
}
