/** The synced preference `chatlooks`: background and accent of single chats. */
import type { ChatId } from "@wire";
import { decodeAccent, type Accent } from "./accent";
import { isBackground, type Background } from "./backgrounds";

export interface ChatLook {
  readonly background?: Background;
  readonly accent?: Accent;
}
export type ChatLooks = Readonly<Record<ChatId, ChatLook>>;

/** Reads the preference; what is wrong is left out. */
export function decodeChatLooks(value: unknown): ChatLooks {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const looks = Object.entries(value).flatMap(([chatId, look]) => {
    const { background, accent } = (typeof look === "object" && look !== null ? look : {}) as { background?: unknown; accent?: unknown };
    const decoded = decodeAccent(accent);
    const clean: ChatLook = { ...(isBackground(background) && { background }), ...(decoded && { accent: decoded }) };
    return Object.keys(clean).length > 0 ? [[chatId, clean] as const] : [];
  });
  return Object.fromEntries(looks);
}

/** The preference with one chat's look changed; a look without anything is taken out. */
export function withChatLook(looks: ChatLooks, chatId: ChatId, look: ChatLook): ChatLooks {
  const { [chatId]: _, ...rest } = looks;
  const empty = (look.background === undefined || look.background === "none") && !look.accent;
  return empty ? rest : { ...rest, [chatId]: look };
}
