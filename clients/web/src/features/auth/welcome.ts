/** Whether the welcome card is due: set by the setup page, shown once in the first chat. Small, for the chat view loads it. */
import { lazy } from "react";

const KEY = "vestnik.welcome";

/** Remembers that the owner should be welcomed. */
export function expectWelcome(): void {
  try {
    sessionStorage.setItem(KEY, "1");
  } catch {
    // Storage is blocked: the owner finds the way without the card.
  }
}

/** Whether the owner has just come. */
export function isWelcomeDue(): boolean {
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
export const WelcomeCard = lazy(async () => ({ default: (await import("./WelcomeCard")).WelcomeCard }));
