import { useState } from "react";
import { useApi } from "@/hooks";
import { useQueries, useQuery } from "@/hooks/query";

/** The directory of public rooms, a page after another. */
export function useDirectory(query: string) {
  const api = useApi();
  const queries = useQueries();
  const queryKey = ["rooms", query];
  const { data, error, isPending, refetch } = useQuery({ queryKey, queryFn: () => api.rooms(query || undefined) });
  const [failure, setFailure] = useState<unknown>(null);
  const [loading, setLoading] = useState(false);
  const more = async () => {
    if (!data?.next) return;
    setLoading(true);
    setFailure(null);
    try {
      const page = await api.rooms(query || undefined, data.next);
      queries.set<typeof page>(queryKey, (before) => (before === data ? { ...page, rooms: [...before.rooms, ...page.rooms] } : before));
    } catch (error) {
      setFailure(error);
    }
    setLoading(false);
  };
  return { rooms: data?.rooms ?? [], failure: error ?? failure, isPending, hasMore: Boolean(data?.next), loading, more, retry: () => (error ? void refetch() : void more()) };
}
