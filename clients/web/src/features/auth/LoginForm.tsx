import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi } from "@/hooks";
import { Button } from "@/ui";
import { UsernameField } from "./AccountFields";
import { deviceName } from "@/lib/device";
import { FormFailure } from "./FormFailure";
import { PasswordField } from "./PasswordField";
import { useForm } from "./useForm";

/** Username and password of an account that exists. */
export function LoginForm({ onDone, submit, autoFocus = false }: { onDone: () => void | Promise<void>; submit?: string; autoFocus?: boolean }) {
  const { t } = useTranslation("auth");
  const api = useApi();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const form = useForm({
    check: () => ({
      ...(username.trim() === "" && { username: t("usernameMissing") }),
      ...(password === "" && { password: t("passwordMissing") }),
    }),
    send: async () => {
      await api.login({ username: username.trim(), password, device: deviceName(navigator.userAgent) });
      await onDone();
    },
  });
  // Only the one name is locked; another may sign in.
  const rename = (name: string) => {
    setUsername(name);
    if (form.failure?.code === "account_locked") form.clear();
  };
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="grid grid-cols-1 gap-4">
      <UsernameField value={username} onChange={rename} error={form.errors["username"]} autoFocus={autoFocus} />
      <PasswordField label={t("password")} value={password} onChange={setPassword} error={form.errors["password"] ?? null} />
      <FormFailure form={form} />
      <Button type="submit" variant="primary" loading={form.busy} disabled={form.wait > 0}>
        {submit ?? t("common:signIn")}
      </Button>
    </form>
  );
}
