/** Moments: as text, in the `datetime-local` field, and what of them the server takes. */
import { clock } from "@/lib/clock";
import { type Moment, times } from "@/lib/time";

/** A moment in few words: of today only the time. */
export function momentText(at: Moment, now = clock.now()): string {
  const when = times();
  return when.dayNumber(at) === when.dayNumber(now) ? when.time(at) : when.short(at);
}

/** The farthest a message may be scheduled ahead. */
const YEAR_MS = 365 * 86_400_000;

/** A moment as the field writes it: local, without seconds. */
export function toLocalInput(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What the field holds; null while it is not complete. */
export function fromLocalInput(value: string): Date | null {
  const at = new Date(value);
  return value === "" || Number.isNaN(at.getTime()) ? null : at;
}

/** What is wrong with a moment for sending. */
export function checkMoment(at: Date | null, now: Date): "missing" | "past" | "far" | null {
  if (!at) return "missing";
  const ahead = at.getTime() - now.getTime();
  return ahead <= 0 ? "past" : ahead > YEAR_MS ? "far" : null;
}
