import type { EmojiLanguage } from "@/lib/emoji";

/** Which words emoji are found by in an interface language; English ones always work too. */
export function emojiLanguage(language: string): EmojiLanguage {
  return language.startsWith("ru") ? "ru" : "en";
}
