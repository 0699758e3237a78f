/** One request over REST: its answer is decoded, its failure is an `ApiFailure`. */
import { ApiFailure, notUnderstood, unreachable } from "@/lib/errors";
import { apiError, type Schema, z } from "@/lib/schemas";
import type { ErrorCode } from "@wire";

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface RequestOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | null | undefined>>;
  readonly token?: string | null;
  readonly signal?: AbortSignal;
  /** Lets the request end though its page is closed. */
  readonly keepalive?: boolean;
  /** Looks at a good response before it is read. */
  readonly seen?: (response: Response) => void;
}

/** Requests that hang are given up after this long. */
const TIMEOUT_MS = 20_000;
const BASE = "/api/v1";

/** Sends a request; `schema` null when nothing is answered. */
export async function request<T>(
  fetch: Fetch,
  method: string,
  path: string,
  schema: Schema<T> | null,
  options: RequestOptions = {},
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.token) headers["Authorization"] = `Bearer ${options.token}`;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    method,
    headers,
    credentials: "same-origin",
    signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    ...(options.keepalive && { keepalive: true }),
  };
  let response: Response;
  try {
    response = await fetch(BASE + path + queryOf(options.query), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) throw await failureOf(response);
  options.seen?.(response);
  if (!schema) return undefined as T;
  const json: unknown = await response.json().catch((error: unknown) => {
    if (options.signal?.aborted) throw error;
    // What is no JSON is not understood; anything else means that the connection went while the answer came.
    throw error instanceof SyntaxError ? notUnderstood() : unreachable();
  });
  const decoded = z.safeParse(schema, json);
  if (!decoded.success) throw notUnderstood();
  return decoded.data as T;
}

function queryOf(query: RequestOptions["query"]): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value != null && value !== "") params.set(name, String(value));
  const text = params.toString();
  return text && `?${text}`;
}

/** What each status means when no problem document says more, as with a proxy's own page. */
const CODES: Record<number, ErrorCode> = {
  400: "invalid", 401: "unauthorized", 403: "forbidden", 404: "not_found", 409: "conflict", 413: "too_large", 423: "account_locked", 429: "rate_limited",
};

async function failureOf(response: Response): Promise<ApiFailure> {
  const json = await response.json().catch(() => undefined);
  const problem = z.safeParse(apiError, json);
  if (problem.success) return new ApiFailure(problem.data);
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new ApiFailure({
    code: CODES[response.status] ?? (response.status === 500 ? "internal" : "unavailable"),
    message: `The server answered ${response.status}.`,
    ...(Number.isFinite(seconds) && { retry_after_ms: seconds * 1000 }),
  });
}
