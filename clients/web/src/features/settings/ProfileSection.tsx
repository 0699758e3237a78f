import { useQuery } from "@/hooks/query";
import { useTranslation } from "react-i18next";
import { useApi, useMe } from "@/hooks";
import { ErrorNotice, Skeleton } from "@/ui";
import { ProfileForm } from "./ProfileForm";

/** What others see of one, and the e-mail address that they do not. */
export function ProfileSection() {
  const { t } = useTranslation("settings");
  const api = useApi();
  const me = useMe();
  const { data, error, refetch } = useQuery({ queryKey: ["account", me], queryFn: api.account, staleTime: 0 });
  if (data) return <ProfileForm account={data} />;
  if (error) return <ErrorNotice failure={error} onRetry={() => void refetch()} />;
  return (
    <div aria-busy className="grid grid-cols-1 gap-4">
      <span className="sr-only" role="status">
        {t("common:loading")}
      </span>
      <Skeleton className="h-16" />
      <Skeleton className="h-10" />
      <Skeleton className="h-24" />
    </div>
  );
}
