import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { describeFailure } from "@/lib/errors";
import { toast } from "@/ui";

/** Opens the direct chat with someone; it is made if there is none. */
export function useMessageUser(): readonly [busy: boolean, open: (username: string) => Promise<void>] {
  const engine = useEngine();
  const navigate = useNavigate();
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const open = useCallback(
    async (username: string) => {
      setBusy(true);
      try {
        const { chat } = await engine.command({ type: "start_direct", username });
        await navigate({ to: "/c/$chatId", params: { chatId: chat.id } });
      } catch (failure) {
        toast({ text: describeFailure(t, failure).text, tone: "danger" });
      } finally {
        setBusy(false);
      }
    },
    [engine, navigate, t],
  );
  return [busy, open];
}
