import type { Engine } from "@/sync/types";
import type { ChatId, Message, UserId } from "@wire";

/** Puts one's reaction on, or takes it off. */
export function toggleReaction(engine: Engine, chatId: ChatId, message: Message, emoji: string, me: UserId): void {
  engine.react(chatId, message, emoji, !(message.reactions[emoji] ?? []).includes(me));
}
