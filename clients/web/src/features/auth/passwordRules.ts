/** The server's password rules as they stand while one types. The server decides; this only tells earlier. */
import type { PasswordRules } from "@wire";

export type RuleId = "minLength" | "maxBytes" | "notName";

export interface Rule {
  readonly id: RuleId;
  readonly count: number;
  readonly met: boolean;
}

/** Each rule, and whether the password meets it. Characters are counted as the server does, by code points. */
export function judgePassword(password: string, username: string, rules: Pick<PasswordRules, "min_length" | "max_bytes">): readonly Rule[] {
  const bytes = new TextEncoder().encode(password).length;
  const sameAsName = username !== "" && password.toLowerCase() === username.trim().toLowerCase();
  return [
    { id: "minLength", count: rules.min_length, met: [...password].length >= rules.min_length },
    { id: "maxBytes", count: rules.max_bytes, met: bytes <= rules.max_bytes },
    { id: "notName", count: 0, met: password !== "" && !sameAsName },
  ];
}
