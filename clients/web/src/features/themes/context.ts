import { createContext, useContext } from "react";
import type { Appearance } from "./appearance";
import type { Look } from "./look";

/** What the provider hands down. */
export interface Themed {
  readonly appearance: Appearance;
  readonly look: Look;
  /** Changes some parts; synced to the account's other devices when signed in. */
  readonly change: (part: Partial<Appearance>) => void;
}

export const ThemeContext = createContext<Themed | null>(null);

/** How the client looks, and the way to change it. */
export function useAppearance(): Themed {
  const themed = useContext(ThemeContext);
  if (!themed) throw new Error("ThemeProvider is missing");
  return themed;
}
