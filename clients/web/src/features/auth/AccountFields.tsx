import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useClientConfig } from "@/hooks";
import { TextField } from "@/ui";
import { PasswordField } from "./PasswordField";
import { PasswordRulesList } from "./PasswordRulesList";
import type { FieldErrors } from "./useForm";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Username and new password, for setup, registering and invites. Password managers fill both fields at once: a change builds on the one before. */
export function AccountFields({ value, onChange, errors, autoFocus }: {
  value: Credentials;
  onChange: (change: (value: Credentials) => Credentials) => void;
  errors: FieldErrors;
  autoFocus?: boolean;
}) {
  const { t } = useTranslation("auth");
  const { usernameMaxLength } = useClientConfig();
  const rules = useId();
  return (
    <>
      <UsernameField value={value.username} onChange={(username) => onChange((now) => ({ ...now, username }))} error={errors["username"]} hint={t("usernameHint")} maxLength={usernameMaxLength} autoFocus={autoFocus ?? false} />
      <div className="grid grid-cols-1 gap-2">
        <PasswordField fresh label={t("newPassword")} value={value.password} onChange={(password) => onChange((now) => ({ ...now, password }))} error={errors["password"] ?? null} describedBy={rules} />
        <PasswordRulesList id={rules} password={value.password} username={value.username} />
      </div>
    </>
  );
}

/** The username, as password managers know it. */
export function UsernameField({ value, onChange, error, hint, maxLength, autoFocus = false }: {
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  hint?: string;
  maxLength?: number;
  autoFocus?: boolean;
}) {
  const { t } = useTranslation("auth");
  return (
    <TextField
      label={t("username")}
      value={value}
      onChange={onChange}
      error={error ?? null}
      hint={hint}
      name="username"
      autoComplete="username"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      required
      // On phones the keyboard would hide what the page says.
      autoFocus={autoFocus && matchMedia("(pointer: fine)").matches}
      {...(maxLength !== undefined && { maxLength })}
    />
  );
}
