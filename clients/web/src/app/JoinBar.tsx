import { useApi, useCan } from "@/hooks";
import { Button, ErrorNotice } from "@/ui";
import { useMutation } from "@/hooks/query";
import { useTranslation } from "react-i18next";

/** In place of the composer for those who only look into a room. */
export function JoinBar({ chatId }: { chatId: string }) {
  const { t } = useTranslation("common");
  const api = useApi();
  const may = useCan(chatId, "join");
  const join = useMutation({ mutationFn: () => api.join(chatId) });
  return (
    <div className="grid gap-2 border-t border-line px-6 py-3 max-phone:px-4">
      {join.error && <ErrorNotice failure={join.error} onRetry={() => join.mutate()} />}
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 text-sm text-ink-2">{t("chat.notMember")}</p>
        {may && (
          <Button variant="primary" loading={join.isPending} onClick={() => join.mutate()}>
            {t("chat.join")}
          </Button>
        )}
      </div>
    </div>
  );
}
