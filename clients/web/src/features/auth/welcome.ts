/** Whether the welcome card is due: set by the setup page, shown once in the first chat. Small, for the chat view loads it. */
import { lazyPart } from "@/ui";

const KEY = "vestnik.welcome";

/** Where the owner lands: the room every server begins with. */
export const FIRST_CHAT = "general";

/** Remembers that the owner should be welcomed. */
export function expectWelcome(): void {
  try {
    sessionStorage.setItem(KEY, "1");
  } catch {
    // Storage is blocked: the owner finds the way without the card.
  }
}

/** Whether the owner has just come, and looks at the first chat. */
export function isWelcomeDue(chatId: string): boolean {
  if (chatId !== FIRST_CHAT) return false;
  try {
    return sessionStorage.getItem(KEY) === "1";
  } catch {
    return false;
  }
}

/** The card was closed. */
export function endWelcome(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Storage is blocked: there was no card either.
  }
}

/** The card itself, loaded when it is due. */
export const WelcomeCard = lazyPart(async () => (await import("./WelcomeCard")).WelcomeCard);
