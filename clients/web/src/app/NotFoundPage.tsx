import { EmptyState } from "@/ui";
import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { linkButton } from "./look";

/** For addresses that lead nowhere. */
export function NotFoundPage() {
  const { t } = useTranslation("common");
  return (
    <div className="grid h-full place-items-center">
      <EmptyState
        icon={<Compass />}
        heading="h1"
        title={t("notFound.title")}
        text={t("notFound.text")}
        action={
          <Link to="/" className={linkButton}>
            {t("notFound.home")}
          </Link>
        }
      />
    </div>
  );
}

/** The same where no frame is around it. */
export const NotFoundAlone = () => (
  <main id="main" tabIndex={-1} className="h-full bg-surface outline-none">
    <NotFoundPage />
  </main>
);
