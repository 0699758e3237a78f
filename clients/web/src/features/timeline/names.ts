import { safeName } from "@/lib/text";
import { useEngine, useUserName } from "@/hooks";
import type { Engine } from "@/sync/types";
import type { ChatId, UserId } from "@wire";

/** The shown name of whoever wrote a message, harmless. */
export function useAuthor(userId: UserId, username: string): string {
  return safeName(useUserName(userId, username), username);
}

/** The shown name of a person, as far as it is known here. */
export function nameOf(engine: Engine, chatId: ChatId, userId: UserId, unknown: string): string {
  const member = engine.store.chat(chatId)?.members.get(userId);
  return safeName(engine.store.userName(userId) ?? member?.display_name ?? "", member?.username ?? unknown);
}

/** Looks names up without subscribing: for lists of people that are made when they are opened. */
export function useNameOf(chatId: ChatId, unknown: string): (userId: UserId) => string {
  const engine = useEngine();
  return (userId) => nameOf(engine, chatId, userId, unknown);
}
