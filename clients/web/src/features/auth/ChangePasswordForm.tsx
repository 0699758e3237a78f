import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useIdentity } from "@/hooks";
import { LIMITS } from "@wire";
import { Button, toast } from "@/ui";
import { FormFailure } from "./FormFailure";
import { PasswordField } from "./PasswordField";
import { PasswordRulesList } from "./PasswordRulesList";
import { useForm } from "./useForm";

/** Changes one's password; says beforehand that the other sessions end with it. */
export function ChangePasswordForm({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation("auth");
  const api = useApi();
  const username = useIdentity().account?.user.username ?? "";
  const rules = useId();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const form = useForm({
    check: () => ({
      ...(old === "" && { old: t("change.oldMissing") }),
      ...([...fresh].length < LIMITS.PASSWORD_MIN_CHARS && { fresh: fresh === "" ? t("passwordMissing") : t("passwordShort") }),
    }),
    send: async () => {
      await api.changePassword(old, fresh);
      setOld("");
      setFresh("");
      toast({ text: t("change.done"), tone: "success" });
      onDone?.();
    },
    blame: (failure) => {
      if (failure.code === "invalid_credentials" || failure.field === "old_password") return { old: t("change.oldWrong") };
      return failure.code === "invalid" ? { fresh: t("passwordRefused") } : null;
    },
  });
  return (
    <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="grid max-w-md grid-cols-1 gap-4">
      <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
      <PasswordField label={t("change.old")} value={old} onChange={setOld} error={form.errors["old"] ?? null} />
      <div className="grid grid-cols-1 gap-2">
        <PasswordField fresh label={t("change.fresh")} value={fresh} onChange={setFresh} error={form.errors["fresh"] ?? null} describedBy={rules} />
        <PasswordRulesList id={rules} password={fresh} username={username} />
      </div>
      <p className="text-sm text-ink-2">{t("change.endsOthers")}</p>
      <FormFailure form={form} />
      <Button type="submit" variant="primary" className="justify-self-start" loading={form.busy} disabled={form.wait > 0}>
        {t("change.submit")}
      </Button>
    </form>
  );
}
