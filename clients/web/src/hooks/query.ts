/**
 * Answers of requests, shared by everybody who asks the same, and asked for again when they have grown old.
 * What TanStack Query does for a client that keeps its chats elsewhere, in a tenth of its size.
 */
import { createContext, useCallback, useContext, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { clock } from "@/lib/clock";
import { ApiFailure } from "@/lib/errors";

/** What is asked: the kind of question first, then its details. */
export type QueryKey = readonly unknown[];

interface Question<T> {
  readonly queryFn: () => Promise<T>;
  /** How long an answer is good, ms; 15 s when absent. */
  readonly staleTime?: number;
  /** Whether failures that may pass are tried again; they are when absent. */
  readonly retry?: boolean;
}

export interface QueryOptions<T> extends Question<T> {
  readonly queryKey: QueryKey;
  /** Whether it is to be asked at all. */
  readonly enabled?: boolean;
  /** Shows the answer to the question before until there is one to this. */
  readonly keepPrevious?: boolean;
}

interface State {
  readonly data: unknown;
  readonly error: Error | null;
  readonly isFetching: boolean;
}

export interface Answer<T> {
  readonly data: T | undefined;
  /** Why the last attempt failed; an answer from before stays. */
  readonly error: Error | null;
  readonly isFetching: boolean;
  /** There is neither an answer nor a failure yet. */
  readonly isPending: boolean;
  refetch(): Promise<void>;
}

interface Entry {
  readonly key: QueryKey;
  state: State;
  /** When the answer came; 0 when it is not good any more. */
  at: number;
  flight: Promise<void> | null;
  readonly listeners: Set<() => void>;
  readonly askers: Set<Question<unknown>>;
}

const NOTHING: State = { data: undefined, error: null, isFetching: false };
const FRESH_MS = 15_000;
const TRIES = 3;
const PAUSE_MS = 1_000;
/** Answers that nobody looks at are forgotten after this, ms. */
const KEPT_MS = 5 * 60_000;

/** The questions of a page and what was answered. */
export class Queries {
  private readonly entries = new Map<string, Entry>();

  constructor() {
    if (typeof window === "undefined") return;
    const look = () => document.visibilityState === "visible" && this.refresh();
    window.addEventListener("online", look);
    document.addEventListener("visibilitychange", look);
  }

  /** The answer that is known. */
  get<T>(key: QueryKey): T | undefined {
    return this.entries.get(JSON.stringify(key))?.state.data as T | undefined;
  }

  /** Puts an answer in, as if it had just come; `undefined` changes nothing. */
  set<T>(key: QueryKey, change: T | ((before: T | undefined) => T | undefined)): void {
    const entry = this.entry(key);
    const data = typeof change === "function" ? (change as (before: T | undefined) => T | undefined)(entry.state.data as T | undefined) : change;
    if (data === undefined) return;
    entry.at = clock.now();
    this.show(entry, { data, error: null });
  }

  /** The answer, asked for unless a good one is known. */
  async read<T>(key: QueryKey, question: Question<T>): Promise<T> {
    const entry = this.entry(key);
    if (this.isOld(entry, question)) await this.ask(entry, question);
    if (entry.state.error) throw entry.state.error;
    return entry.state.data as T;
  }

  /** Answers to questions that begin like this are not good any more; those in view are asked for again. */
  async invalidate(prefix: QueryKey): Promise<void> {
    const concerned = [...this.entries.values()].filter(({ key }) => prefix.every((part, at) => part === key[at]));
    for (const entry of concerned) [entry.at, entry.flight] = [0, null];
    await Promise.all(concerned.map((entry) => this.askAgain(entry)));
  }

  /** Forgets all answers, except to questions of a kind. */
  clear(except: unknown): void {
    for (const [id, entry] of this.entries) {
      if (entry.key[0] === except) continue;
      // One that somebody looks at stays the entry of its question, or they would never hear of the next answer.
      if (entry.listeners.size + entry.askers.size === 0) this.entries.delete(id);
      [entry.at, entry.flight] = [0, null];
      this.show(entry, NOTHING);
    }
  }

  /** Asks now, whatever is known; who asks at the same time gets the same answer. */
  ask<T>(entry: Entry, question: Question<T>): Promise<void> {
    entry.flight ??= this.fly(entry, question);
    return entry.flight;
  }

  /** Somebody wants to know, until the returned function is called. */
  watch(entry: Entry, question: Question<unknown>): () => void {
    entry.askers.add(question);
    if (this.isOld(entry, question)) void this.ask(entry, question);
    return () => void entry.askers.delete(question);
  }

  entry(key: QueryKey): Entry {
    const id = JSON.stringify(key);
    let entry = this.entries.get(id);
    if (!entry) {
      this.sweep();
      entry = { key, state: NOTHING, at: 0, flight: null, listeners: new Set(), askers: new Set() };
      this.entries.set(id, entry);
    }
    return entry;
  }

  private async fly<T>(entry: Entry, question: Question<T>): Promise<void> {
    // Nothing is told while the one who asks is still being drawn.
    await Promise.resolve();
    const flight = entry.flight;
    this.show(entry, { isFetching: true });
    const answer = await attempt(question, () => entry.flight === flight).then((data) => ({ data, error: null }), (error: unknown) => ({ error: asError(error) }));
    // Whatever was asked before an invalidation is not what is wanted now.
    if (entry.flight !== flight) return entry.flight ?? undefined;
    entry.flight = null;
    if (answer.error === null) entry.at = clock.now();
    this.show(entry, { ...answer, isFetching: false });
  }

  private askAgain(entry: Entry): Promise<void> | undefined {
    const [question] = entry.askers;
    return question && this.ask(entry, question);
  }

  private refresh(): void {
    for (const entry of this.entries.values()) {
      const [question] = entry.askers;
      if (question && this.isOld(entry, question)) void this.ask(entry, question);
    }
  }

  private isOld({ at }: Entry, { staleTime = FRESH_MS }: Question<unknown>): boolean {
    return at === 0 || clock.now() - at >= staleTime;
  }

  private sweep(): void {
    for (const [id, { listeners, askers, at, flight, key }] of this.entries) {
      if (listeners.size + askers.size === 0 && flight === null && key[0] !== "client-config" && clock.now() - at > KEPT_MS) this.entries.delete(id);
    }
  }

  private show(entry: Entry, change: Partial<State>): void {
    entry.state = { ...entry.state, ...change };
    for (const listener of entry.listeners) listener();
  }
}

/** Tries until there is an answer, a refusal, or nobody left who wants to know. */
async function attempt<T>({ queryFn, retry = true }: Question<T>, wanted: () => boolean): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await queryFn();
    } catch (error) {
      const may = retry && failed < TRIES && wanted() && error instanceof ApiFailure && error.retryable && error.code !== "rate_limited";
      if (!may) throw error;
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, PAUSE_MS * failed));
    }
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** The page's questions and answers. */
export const QueriesContext = createContext<Queries | null>(null);

/** For putting answers in and for calling them outdated. */
export function useQueries(): Queries {
  const queries = useContext(QueriesContext);
  if (!queries) throw new Error("no QueriesContext above");
  return queries;
}

/** The answer to a question, from what is known or from the server. */
export function useQuery<T>(options: QueryOptions<T>): Answer<T> {
  const queries = useQueries();
  const { enabled = true, staleTime = FRESH_MS, retry = true, keepPrevious = false } = options;
  const id = JSON.stringify(options.queryKey);
  const newest = useRef(options);
  useLayoutEffect(() => {
    newest.current = options;
  });
  const entry = useCallback(() => queries.entry(JSON.parse(id) as QueryKey), [queries, id]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const { listeners } = entry();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [entry],
  );
  const state = useSyncExternalStore(subscribe, () => entry().state);
  useEffect(() => {
    if (enabled) return queries.watch(entry(), { queryFn: () => newest.current.queryFn(), staleTime, retry });
  }, [queries, entry, enabled, staleTime, retry]);
  const previous = useRef<unknown>(undefined);
  useEffect(() => {
    if (state.data !== undefined) previous.current = state.data;
  }, [state.data]);
  const refetch = useCallback(() => queries.ask(entry(), { queryFn: () => newest.current.queryFn() }), [queries, entry]);
  const data = state.data ?? (keepPrevious && state.error === null ? previous.current : undefined);
  return { ...state, data: data as T | undefined, isPending: data === undefined && state.error === null, refetch };
}

interface MutationOptions<A, T> {
  readonly mutationFn: (argument: A) => Promise<T>;
  readonly onMutate?: () => void;
  readonly onSuccess?: (result: T) => unknown;
  readonly onSettled?: () => void;
}

/** Something that is done at the server by a button: whether it is under way, and why it failed. */
export function useMutation<T, A = void>({ mutationFn, onMutate, onSuccess, onSettled }: MutationOptions<A, T>) {
  const [state, setState] = useState<{ isPending: boolean; error: Error | null }>({ isPending: false, error: null });
  const run = async (argument: A): Promise<void> => {
    setState({ isPending: true, error: null });
    onMutate?.();
    try {
      // On its own line: arguments of a call that is left out are not evaluated.
      const result = await mutationFn(argument);
      await onSuccess?.(result);
      setState({ isPending: false, error: null });
    } catch (error) {
      setState({ isPending: false, error: asError(error) });
    }
    onSettled?.();
  };
  return { ...state, mutate: (argument: A): void => void run(argument) };
}
