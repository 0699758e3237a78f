import { useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import type { ChatId } from "@wire";

/** The address of a message. */
export const messagePath = (chatId: ChatId, seq: number): string => `/c/${encodeURIComponent(chatId)}/${seq}`;

/** Goes to a path of this site without loading the page again. */
export function useOpenPath(): (path: string) => void {
  const router = useRouter();
  return useCallback((path: string) => router.history.push(path), [router]);
}
