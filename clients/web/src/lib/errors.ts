/** Failures of requests and commands, and what to tell the person about them. */
import { ERROR_CODES, type ApiError, type ErrorCode } from "@wire";

/** A request or command that failed. `code` is what one switches on. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly code: ErrorCode;
  readonly field?: string;
  readonly retryAfterMs?: number;

  constructor(error: ApiError) {
    super(error.message);
    this.code = error.code;
    if (error.field != null) this.field = error.field;
    if (error.retry_after_ms != null) this.retryAfterMs = error.retry_after_ms;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }

  /** As it travels and is stored. */
  toJSON(): ApiError {
    const { code, message, field, retryAfterMs } = this;
    return { code, message, ...(field != null && { field }), ...(retryAfterMs != null && { retry_after_ms: retryAfterMs }) };
  }
}

/** There is no way to the server now, or it did not answer in time. */
export function unreachable(message = "There is no connection to the server."): ApiFailure {
  return new ApiFailure({ code: "unavailable", message });
}

/** The server said something that cannot be understood. */
export function notUnderstood(message = "The server's answer could not be understood."): ApiFailure {
  return new ApiFailure({ code: "internal", message });
}

/** Whatever was thrown, as a failure. */
export function toFailure(thrown: unknown): ApiFailure {
  if (thrown instanceof ApiFailure) return thrown;
  return new ApiFailure({ code: "internal", message: thrown instanceof Error ? thrown.message : String(thrown) });
}

/** What i18next's `t` is to this file: `i18next.t` or that of any `useTranslation`. */
export type Translate = (key: string, options?: Record<string, unknown>) => string;

/** One sentence, and what one can do about it. */
export interface FailureText {
  readonly text: string;
  readonly action?: "retry" | "login" | "reload";
  /** Seconds to wait, to be counted down by whoever shows it. */
  readonly seconds?: number;
}

/** Turns a failure into one translated sentence and an action. */
export function describeFailure(t: Translate, thrown: unknown): FailureText {
  const failure = thrown instanceof ApiFailure ? thrown : isApiError(thrown) ? new ApiFailure(thrown) : toFailure(thrown);
  const seconds = failure.retryAfterMs != null ? Math.max(1, Math.ceil(failure.retryAfterMs / 1000)) : undefined;
  const wait = seconds != null ? { seconds } : {};
  const say = (key: string) => t(`errors:${key}`, seconds != null ? { count: seconds } : {});
  switch (failure.code) {
    case "unauthorized":
      return { text: say("unauthorized"), action: "login" };
    case "rate_limited":
      return { text: say(seconds != null ? "rateLimitedFor" : "rateLimited"), action: "retry", ...wait };
    case "account_locked":
      if (seconds == null) return { text: say("accountLocked") };
      return { text: t("errors:accountLockedFor", { count: Math.ceil(seconds / 60) }), ...wait };
    case "unavailable":
      return { text: say(isOffline() ? "offline" : "unavailable"), action: "retry", ...wait };
    case "internal":
      return { text: say("internal"), action: "retry" };
    case "conflict":
      return { text: say("conflict") };
    case "invalid":
      return { text: say(failure.field ? "invalidField" : "invalid") };
    default:
      return { text: say(KEYS[failure.code]) };
  }
}

const KEYS = {
  invalid_credentials: "invalidCredentials",
  two_factor_required: "twoFactorRequired",
  forbidden: "forbidden",
  not_found: "notFound",
  message_too_long: "messageTooLong",
  too_large: "tooLarge",
} as const;

function isApiError(thrown: unknown): thrown is ApiError {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown
    && typeof thrown.code === "string" && thrown.code in ERROR_CODES;
}

function isOffline(): boolean {
  return typeof navigator !== "undefined" && navigator.onLine === false;
}
