import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useClientConfig } from "@/hooks";
import { LIMITS } from "@wire";
import { Button, TextField } from "@/ui";
import { AccountFields, type Credentials } from "./AccountFields";
import { blameAccount, checkAccount } from "./blame";
import { deviceName } from "@/lib/device";
import { FormFailure } from "./FormFailure";
import { useForm } from "./useForm";

/** A new account. Where an invite is needed its code is asked for, unless the page already knows it. */
export function RegisterForm({ invite: known, onDone, submit, autoFocus = false }: {
  invite?: string;
  onDone: () => void | Promise<void>;
  submit?: string;
  autoFocus?: boolean;
}) {
  const { t } = useTranslation("auth");
  const api = useApi();
  const { registration } = useClientConfig();
  const [account, setAccount] = useState<Credentials>({ username: "", password: "" });
  const [typed, setTyped] = useState("");
  const needsInvite = registration === "invite";
  const invite = known ?? codeOf(typed);
  const form = useForm({
    check: () => ({
      ...checkAccount(t, account.username, account.password, LIMITS.PASSWORD_MIN_CHARS),
      ...(needsInvite && invite === "" && { invite: t("register.inviteMissing") }),
    }),
    send: async () => {
      await api.register({
        username: account.username.trim(),
        password: account.password,
        device: deviceName(navigator.userAgent),
        ...(needsInvite && { invite }),
      });
      await onDone();
    },
    blame: (failure) => (failure.code === "not_found" && needsInvite ? { invite: t("register.inviteRefused") } : blameAccount(t, failure)),
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="grid grid-cols-1 gap-4">
      <AccountFields value={account} onChange={setAccount} errors={form.errors} autoFocus={autoFocus} />
      {needsInvite && known === undefined && (
        <TextField
          label={t("register.invite")}
          hint={t("register.inviteHint")}
          value={typed}
          onChange={setTyped}
          error={form.errors["invite"] ?? null}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
      )}
      <FormFailure form={form} />
      <Button type="submit" variant="primary" loading={form.busy} disabled={form.wait > 0}>
        {submit ?? t("register.submit")}
      </Button>
    </form>
  );
}

/** The code from what was pasted: a whole link or the code alone. */
function codeOf(text: string): string {
  return /\/invite\/([\w-]+)/.exec(text)?.[1] ?? text.trim();
}
