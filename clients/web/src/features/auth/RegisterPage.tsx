import { Link, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useClientConfig } from "@/hooks";
import { AuthLayout } from "./AuthLayout";
import { textLink } from "./look";
import { Notice } from "./Notice";
import { RegisterForm } from "./RegisterForm";
import { useNext } from "./useNext";

/** A new account, where the operator allows it. */
export function RegisterPage() {
  const { t } = useTranslation("auth");
  const { registration, version } = useClientConfig();
  const { next, go } = useNext();
  const { invite }: { invite?: unknown } = useRouterState({ select: (state) => state.location.search });
  // Before the server has told, the configuration is a guess.
  const closed = registration === "closed" && version !== "";
  return (
    <AuthLayout
      title={t("register.title")}
      text={closed ? undefined : t("register.text")}
      footer={
        <p>
          {t("register.haveAccount")}{" "}
          <Link to="/login" search={next ? { next } : {}} className={textLink}>
            {t("common:signIn")}
          </Link>
        </p>
      }
    >
      {closed ? <Notice tone="info">{t("register.closed")}</Notice> : <RegisterForm autoFocus onDone={go} {...(typeof invite === "string" && { invite })} />}
    </AuthLayout>
  );
}
