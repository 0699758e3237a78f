import { useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useClientConfig } from "@/hooks";
import { LIMITS } from "@wire";
import { Button, TextField } from "@/ui";
import { AccountFields, type Credentials } from "./AccountFields";
import { AuthLayout } from "./AuthLayout";
import { blameAccount, checkAccount } from "./blame";
import { FormFailure } from "./FormFailure";
import { Notice } from "./Notice";
import { hideSetupToken, readSetupToken } from "./setupToken";
import { useForm } from "./useForm";
import { expectWelcome, FIRST_CHAT } from "./welcome";

/** The owner's account, made once by the link that the server printed. */
export function SetupPage() {
  const { t } = useTranslation("auth");
  const api = useApi();
  const router = useRouter();
  const { setupRequired, version } = useClientConfig();
  const [fromLink, setFromLink] = useState(readSetupToken);
  const [typed, setTyped] = useState("");
  const [account, setAccount] = useState<Credentials>({ username: "", password: "" });
  // The link may be opened again in a page that is already here.
  useEffect(() => {
    const look = () => {
      setFromLink(readSetupToken());
      hideSetupToken();
    };
    hideSetupToken();
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  const token = fromLink || tokenOf(typed);
  const form = useForm({
    check: () => ({
      ...checkAccount(t, account.username, account.password, LIMITS.PASSWORD_MIN_CHARS),
      ...(token === "" && { token: t("setup.tokenMissing") }),
    }),
    send: async () => {
      expectWelcome();
      await api.setup({ token, username: account.username.trim(), password: account.password });
      await router.navigate({ to: "/c/$chatId", params: { chatId: FIRST_CHAT }, replace: true });
    },
    blame: (failure) => (failure.code === "forbidden" && !fromLink ? { token: t("setup.tokenRefused") } : blameAccount(t, failure)),
  });
  if (!setupRequired && version !== "") {
    return (
      <AuthLayout title={t("setup.doneTitle")}>
        <div className="grid grid-cols-1 gap-4">
          <p>{t("setup.doneText")}</p>
          <Button variant="primary" onClick={() => void router.navigate({ to: "/login" })}>
            {t("common:signIn")}
          </Button>
        </div>
      </AuthLayout>
    );
  }
  const refused = form.failure?.code === "forbidden";
  return (
    <AuthLayout title={t("setup.title")} text={t("setup.text")}>
      <form ref={form.ref} onSubmit={form.onSubmit} noValidate className="grid grid-cols-1 gap-4">
        {!fromLink && (
          <TextField label={t("setup.token")} hint={t("setup.tokenHint")} value={typed} onChange={setTyped} error={form.errors["token"] ?? null} autoComplete="off" autoCapitalize="none" spellCheck={false} required />
        )}
        <AccountFields value={account} onChange={setAccount} errors={form.errors} autoFocus={fromLink !== ""} />
        {refused ? <Notice tone="danger">{t("setup.tokenRefused")}</Notice> : <FormFailure form={form} />}
        <Button type="submit" variant="primary" loading={form.busy} disabled={form.wait > 0}>
          {t("setup.submit")}
        </Button>
      </form>
    </AuthLayout>
  );
}

/** The token from what was pasted: a whole link or the token alone. */
function tokenOf(text: string): string {
  return text.trim().split("#").at(-1) ?? "";
}
