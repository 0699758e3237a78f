/** The messages shown in the page's corner: one card a chat, the newest counts. */
import { create } from "zustand";
import type { ChatId, ChatKind } from "@wire";

export interface IncomingCard {
  readonly chatId: ChatId;
  readonly kind: ChatKind;
  readonly seq: number;
  readonly senderId: number;
  readonly sender: string;
  /** The chat's name; null for direct chats, where it is the sender's. */
  readonly chatTitle: string | null;
  readonly text: string;
}

/** Most cards at once. */
const MOST = 3;

interface Cards {
  readonly cards: readonly IncomingCard[];
  push(card: IncomingCard): void;
  drop(chatId: ChatId): void;
  dropRead(readSeq: (chatId: ChatId) => number): void;
}

export const cardStore = create<Cards>()((set) => {
  const keep = (wanted: (card: IncomingCard) => boolean) =>
    set((state) => (state.cards.every(wanted) ? state : { cards: state.cards.filter(wanted) }));
  return {
    cards: [],
    push: (card) => set((state) => ({ cards: [...state.cards.filter((one) => one.chatId !== card.chatId), card].slice(-MOST) })),
    drop: (chatId) => keep((card) => card.chatId !== chatId),
    dropRead: (readSeq) => keep((card) => card.seq > readSeq(card.chatId)),
  };
});
