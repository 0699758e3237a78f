/** Where each chat was left, for as long as the page lives. */
import type { VirtualItem } from "@tanstack/react-virtual";
import type { ChatId } from "@wire";

/** A place in a chat: so many pixels below the upper edge of a message. */
export interface Position {
  readonly atEnd: boolean;
  readonly seq: number;
  readonly offset: number;
  /** Measured heights, so that coming back needs no second look. */
  readonly sizes: readonly VirtualItem[];
}

const KEPT = 40;
const positions = new Map<ChatId, Position>();

/** Remembers a place; of the chats left longest ago only the place at the end is remembered, by forgetting. */
export function leaveAt(chatId: ChatId, position: Position): void {
  positions.delete(chatId);
  positions.set(chatId, position);
  const oldest = positions.keys().next();
  if (positions.size > KEPT && !oldest.done) positions.delete(oldest.value);
}

/** Where the chat was left. */
export function positionOf(chatId: ChatId): Position | undefined {
  return positions.get(chatId);
}
