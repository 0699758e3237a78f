import { useRouter, useRouterState } from "@tanstack/react-router";
import { useCallback } from "react";
import { decodeNext } from "@/lib/next";

/** Where one wanted to go before signing in, and how to go there. */
export function useNext(): { readonly next: string | undefined; readonly go: () => Promise<void> } {
  const router = useRouter();
  const search: { next?: unknown } = useRouterState({ select: (state) => state.location.search });
  const next = decodeNext(search.next);
  const go = useCallback(() => router.navigate({ href: next ?? "/", replace: true }), [router, next]);
  return { next, go };
}
