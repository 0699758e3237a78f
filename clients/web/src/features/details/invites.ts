/** Invite links: what is offered for their life and use, and how they stand. */
import type { CreateInvite, Invite, Role } from "@wire";

const HOUR = 3600;
const DAY = 24 * HOUR;

export const EXPIRIES = ["hour", "day", "week", "month", "never"] as const;
export type Expiry = (typeof EXPIRIES)[number];
const SECONDS: Record<Expiry, number | null> = { hour: HOUR, day: DAY, week: 7 * DAY, month: 30 * DAY, never: null };

export const USES = ["1", "5", "25", "100", "any"] as const;
export type Uses = (typeof USES)[number];

/** The server's request for what was chosen; what has no limit is left out. */
export function inviteRequest(expiry: Expiry, uses: Uses, role: Extract<Role, "member" | "viewer">): Omit<CreateInvite, "chat_id"> {
  const seconds = SECONDS[expiry];
  return { role, ...(seconds !== null && { expires_in: seconds }), ...(uses !== "any" && { max_uses: Number(uses) }) };
}

export const inviteLink = (origin: string, code: string): string => `${origin}/invite/${encodeURIComponent(code)}`;

/** Whether a link still lets anybody in. */
export function inviteWorks(invite: Pick<Invite, "expires_at" | "max_uses" | "uses">, now: number): boolean {
  const over = invite.expires_at != null && Date.parse(invite.expires_at) <= now;
  return !over && (invite.max_uses == null || invite.uses < invite.max_uses);
}
