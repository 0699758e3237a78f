/** Frames sorted by what is to be done with them. Plain data: it travels between tabs. */
import type { AccountEvent, Answer, ApiError, ChatEvent, ChatId, PassingEvent } from "@wire";

export type SyncDone = Extract<Answer, { type: "sync_done" }>;
export type ChatReset = Extract<Answer, { type: "reset" }>;

/** A frame from the server. */
export type Received =
  | { readonly kind: "chat"; readonly event: ChatEvent }
  | { readonly kind: "account"; readonly event: AccountEvent }
  | { readonly kind: "passing"; readonly event: PassingEvent }
  | { readonly kind: "answer"; readonly answer: Answer; readonly id?: string | undefined }
  /** An event that cannot be read, as a newer server's: nothing is made of it, but its place in the log is taken. `chatId` null: the account's. */
  | { readonly kind: "skip"; readonly chatId: ChatId | null; readonly rev: number }
  | { readonly kind: "error"; readonly error: ApiError; readonly id?: string | undefined };
