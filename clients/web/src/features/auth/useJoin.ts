import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { useApi } from "@/hooks";

/** Joins by an invite and opens the chat. */
export function useJoin(code: string): () => Promise<void> {
  const api = useApi();
  const router = useRouter();
  return useCallback(async () => {
    const chat = await api.joinByInvite(code);
    await router.navigate({ to: "/c/$chatId", params: { chatId: chat.id }, replace: true });
  }, [api, router, code]);
}
