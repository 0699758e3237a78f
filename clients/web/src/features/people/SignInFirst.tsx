import { Link } from "@tanstack/react-router";
import { LogIn } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui";

/** For what only those with an account may see; `next` is where one comes back to. */
export function SignInFirst({ next }: { next: string }) {
  const { t } = useTranslation("details");
  return (
    <EmptyState
      icon={<LogIn />}
      title={t("signInFirst")}
      text={t("signInFirstText")}
      action={
        <Link to="/login" search={{ next }} className="inline-flex h-10 items-center rounded-2 bg-accent px-4 font-medium text-accent-ink">
          {t("signIn")}
        </Link>
      }
    />
  );
}
