import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Queries, QueriesContext, useMutation, useQuery } from "./query";

afterEach(cleanup);

const around = (queries: Queries) => ({ wrapper: ({ children }: { children: ReactNode }) => <QueriesContext value={queries}>{children}</QueriesContext> });

describe("questions", () => {
  it("are asked once by all who ask the same", async () => {
    const queries = new Queries();
    const queryFn = vi.fn(async () => "yes");
    const one = renderHook(() => useQuery({ queryKey: ["a", 1], queryFn }), around(queries));
    const other = renderHook(() => useQuery({ queryKey: ["a", 1], queryFn }), around(queries));
    expect(one.result.current.isPending).toBe(true);
    await waitFor(() => expect([one.result.current.data, other.result.current.data]).toEqual(["yes", "yes"]));
    expect(queryFn).toHaveBeenCalledTimes(1);
    // A good answer is shown to whoever comes later without asking.
    renderHook(() => useQuery({ queryKey: ["a", 1], queryFn }), around(queries));
    expect(queryFn).toHaveBeenCalledTimes(1);
  });

  it("are asked again when their answers are called outdated, and what was on its way is dropped", async () => {
    const queries = new Queries();
    const answers: ((value: string) => void)[] = [];
    const queryFn = () => new Promise<string>((resolve) => answers.push(resolve));
    const { result } = renderHook(() => useQuery({ queryKey: ["b"], queryFn }), around(queries));
    await waitFor(() => expect(answers).toHaveLength(1));
    act(() => void queries.invalidate(["b"]));
    await waitFor(() => expect(answers).toHaveLength(2));
    await act(async () => (answers[0]!("old"), answers[1]!("new")));
    await waitFor(() => expect(result.current).toMatchObject({ data: "new", isFetching: false }));
  });

  it("tell why they failed, and keep what was known", async () => {
    const queries = new Queries();
    queries.set(["c"], "known");
    await queries.invalidate(["c"]);
    const { result } = renderHook(() => useQuery({ queryKey: ["c"], queryFn: () => Promise.reject(new Error("no")) }), around(queries));
    await waitFor(() => expect(result.current.error?.message).toBe("no"));
    expect(result.current.data).toBe("known");
  });

  it("are not asked while they are not wanted, and may show the answer before", async () => {
    const queries = new Queries();
    const queryFn = vi.fn(async () => "first");
    const { result, rerender } = renderHook(({ key, enabled }) => useQuery({ queryKey: ["d", key], queryFn, enabled, keepPrevious: true }), { initialProps: { key: 1, enabled: true }, ...around(queries) });
    await waitFor(() => expect(result.current.data).toBe("first"));
    rerender({ key: 2, enabled: false });
    expect(result.current).toMatchObject({ data: "first", isFetching: false });
    expect(queryFn).toHaveBeenCalledTimes(1);
  });

  it("are forgotten when somebody signs out, but for one kind", () => {
    const queries = new Queries();
    queries.set(["client-config"], 1);
    queries.set(["account"], 2);
    queries.clear("client-config");
    expect([queries.get(["client-config"]), queries.get(["account"])]).toEqual([1, undefined]);
  });
});

describe("a mutation", () => {
  it("says that it runs, and why it failed", async () => {
    const { result } = renderHook(() => useMutation({ mutationFn: () => Promise.reject(new Error("refused")) }));
    act(() => result.current.mutate());
    expect(result.current.isPending).toBe(true);
    await waitFor(() => expect(result.current).toMatchObject({ isPending: false, error: { message: "refused" } }));
  });
});
