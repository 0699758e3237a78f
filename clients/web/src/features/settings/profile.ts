/** The profile as a form, and what of it is to be sent. */
import { graphemes, isEmoji } from "@/lib/text";
import type { Account, UpdateProfile } from "@wire";

export interface ProfileForm {
  readonly displayName: string;
  readonly bio: string;
  readonly statusText: string;
  readonly statusEmoji: string;
  readonly email: string;
}

/** The account's profile as the form shows it. */
export function formOf({ user, email }: Account): ProfileForm {
  return {
    displayName: user.display_name,
    bio: user.bio ?? "",
    statusText: user.status_text ?? "",
    statusEmoji: user.status_emoji ?? "",
    email: email ?? "",
  };
}

/** Only what was changed; emptied fields are cleared on the server. */
export function changesOf(before: ProfileForm, after: ProfileForm): UpdateProfile {
  const cleared = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    ...(after.displayName !== before.displayName && { display_name: after.displayName.trim() }),
    ...(after.bio !== before.bio && { bio: after.bio.trim() }),
    ...(after.statusText !== before.statusText && { status_text: cleared(after.statusText) }),
    ...(after.statusEmoji !== before.statusEmoji && { status_emoji: cleared(after.statusEmoji) }),
    ...(after.email !== before.email && { email: cleared(after.email) }),
  };
}

export type ProfileFault = "displayName" | "statusEmoji" | "email";

/** What is wrong with the form, by field. The server has the last word. */
export function faultsOf(form: ProfileForm): readonly ProfileFault[] {
  return [
    ...(form.displayName.trim() === "" ? (["displayName"] as const) : []),
    ...(form.statusEmoji.trim() !== "" && !isOneEmoji(form.statusEmoji.trim()) ? (["statusEmoji"] as const) : []),
    ...(form.email.trim() !== "" && !/^[^\s@]+@[^\s@]+$/.test(form.email.trim()) ? (["email"] as const) : []),
  ];
}

/** Whether the text is one emoji and nothing else. */
export function isOneEmoji(text: string): boolean {
  return graphemes(text).length === 1 && isEmoji(text);
}
