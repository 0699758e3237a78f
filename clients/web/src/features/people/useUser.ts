import { useQuery } from "@/hooks/query";
import { useApi } from "@/hooks";
import { ApiFailure } from "@/lib/errors";
import type { User } from "@wire";

const FRESH_MS = 60_000;

export interface FoundUser {
  readonly user: User | undefined;
  readonly loading: boolean;
  readonly missing: boolean;
  /** Any other failure. */
  readonly failure: Error | null;
  retry(): void;
}

/** Someone's profile, by username in any case. */
export function useUser(username: string): FoundUser {
  const api = useApi();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["user", username.toLowerCase()],
    queryFn: () => api.user(username),
    staleTime: FRESH_MS,
  });
  const missing = error instanceof ApiFailure && error.code === "not_found";
  return { user: data, loading: isPending, missing, failure: missing ? null : error, retry: () => void refetch() };
}
