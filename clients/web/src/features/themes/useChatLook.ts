import { type CSSProperties, useCallback, useMemo } from "react";
import { usePreference } from "@/hooks";
import type { ChatId } from "@wire";
import { accentTokens } from "./accent";
import { BACKGROUNDS } from "./backgrounds";
import { type ChatLook, decodeChatLooks, withChatLook } from "./chatlooks";
import { useAppearance } from "./context";
import type { Skin } from "./look";

/** A chat's own look, ready for `style` of the conversation, and the way to change it. */
export function useChatLook(chatId: ChatId): { readonly look: ChatLook; readonly style: CSSProperties; readonly set: (look: ChatLook) => void } {
  const [looks, store] = usePreference("chatlooks", decodeChatLooks);
  const { skin } = useAppearance().look;
  const look = (Object.hasOwn(looks, chatId) ? looks[chatId] : undefined) ?? NOTHING;
  const style = useMemo(() => chatStyle(look, skin), [look, skin]);
  const set = useCallback((next: ChatLook) => store((before) => withChatLook(before, chatId, next)), [chatId, store]);
  return { look, style, set };
}

const NOTHING: ChatLook = {};

/** Custom properties and background of a look over a skin. High contrast has no backgrounds. */
export function chatStyle(look: ChatLook, skin: Skin): CSSProperties {
  const accent = look.accent ? accentTokens(look.accent, skin.tokens, skin.base, skin.strong ? 7 : 4.5) : {};
  const properties = Object.fromEntries(Object.entries(accent).map(([token, color]) => [`--${token}`, color]));
  return { ...properties, ...(skin.strong ? {} : BACKGROUNDS[look.background ?? "none"]) };
}
