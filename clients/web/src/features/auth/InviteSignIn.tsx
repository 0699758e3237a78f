import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClientConfig } from "@/hooks";
import { Segmented } from "@/ui";
import { LoginForm } from "./LoginForm";
import { RegisterForm } from "./RegisterForm";
import { useJoin } from "./useJoin";

/** Registering or signing in on the invite's own page, and joining with it. */
export function InviteSignIn({ code }: { code: string }) {
  const { t } = useTranslation("auth");
  const { registration } = useClientConfig();
  const [way, setWay] = useState<"register" | "login">("register");
  const join = useJoin(code);
  const router = useRouter();
  // Where an invite is needed for registering, that has used it: being in already is as good as joining.
  const registered = () => join().catch(() => router.navigate({ to: "/", replace: true }));
  // The page then shows the plain "Join", which tells why it fails.
  const loggedIn = () => join().catch(() => undefined);
  const closed = registration === "closed";
  return (
    <div className="grid grid-cols-1 gap-4">
      {closed ? (
        <p className="text-sm text-ink-2">{t("invite.closed")}</p>
      ) : (
        <Segmented
          label={t("invite.way")}
          hideLabel
          value={way}
          onChange={setWay}
          options={[
            { value: "register", label: t("invite.register") },
            { value: "login", label: t("invite.login") },
          ]}
        />
      )}
      {way === "register" && !closed ? (
        <RegisterForm invite={code} submit={t("invite.registerAndJoin")} onDone={registered} />
      ) : (
        <LoginForm submit={t("invite.loginAndJoin")} onDone={loggedIn} />
      )}
    </div>
  );
}
