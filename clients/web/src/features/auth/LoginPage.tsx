import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useClientConfig, useConnection } from "@/hooks";
import { Button, ErrorNotice } from "@/ui";
import { AuthLayout } from "./AuthLayout";
import { LoginForm } from "./LoginForm";
import { textLink } from "./look";
import { Notice } from "./Notice";
import { useNext } from "./useNext";

/** Signing in; returns to where one came from. */
export function LoginPage() {
  const { t } = useTranslation("auth");
  const { registration, guests, setupRequired } = useClientConfig();
  const { next, go } = useNext();
  const connection = useConnection();
  const ended = connection.state === "signed_out" && connection.reason === "expired";
  return (
    <AuthLayout
      title={t("login.title")}
      footer={
        <>
          {registration !== "closed" && (
            <p>
              {t("login.noAccount")}{" "}
              <Link to="/register" search={next ? { next } : {}} className={textLink}>
                {t("login.register")}
              </Link>
            </p>
          )}
          {registration === "invite" && <p>{t("login.inviteNeeded")}</p>}
          {guests && <GuestButton />}
        </>
      }
    >
      <div className="grid grid-cols-1 gap-4">
        {setupRequired && <Notice tone="warn">{t("login.setupRequired")}</Notice>}
        {ended && <Notice tone="info">{t("login.ended")}</Notice>}
        <LoginForm autoFocus onDone={go} />
      </div>
    </AuthLayout>
  );
}

/** Looks in without an account. */
function GuestButton() {
  const { t } = useTranslation("auth");
  const api = useApi();
  const { next, go } = useNext();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const enter = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await api.guest();
      await go();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="ghost" loading={busy} onClick={() => void enter()}>
        {next ? t("login.guestHere") : t("login.guest")}
      </Button>
      {failure !== null && <ErrorNotice failure={failure} onRetry={() => void enter()} />}
    </>
  );
}
