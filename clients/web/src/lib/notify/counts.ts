/** The number on the title, the icon and the app: one function, so that they agree. */
import type { ChatId, ChatKind } from "@wire";

interface Counted {
  readonly id: ChatId;
  readonly type: ChatKind;
  readonly unread: number;
  readonly mentions: number;
  readonly muted: boolean;
  readonly settings: { readonly marked_unread: boolean };
}

export interface Attention {
  /** Unread messages of direct chats and mentions elsewhere. */
  readonly number: number;
  /** Something else is unread: a dot without a number. */
  readonly dot: boolean;
}

/** What asks for attention; muted chats never count. */
export function countAttention(chats: readonly Counted[], isSilent: (chatId: ChatId) => boolean = () => false): Attention {
  let number = 0;
  let dot = false;
  for (const chat of chats) {
    if (chat.muted || isSilent(chat.id)) continue;
    number += chat.type === "direct" ? chat.unread : chat.mentions;
    dot ||= chat.unread > 0 || chat.settings.marked_unread;
  }
  return { number, dot };
}

/** `(3) general — Vestnik`; without a chat the application's name alone. */
export function titleText(attention: Attention, chat: string | null): string {
  const name = chat === null || chat === "" ? "Vestnik" : `${chat} — Vestnik`;
  return attention.number > 0 ? `(${attention.number}) ${name}` : name;
}
