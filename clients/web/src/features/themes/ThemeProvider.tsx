import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { useIdentity, usePreference } from "@/hooks";
import { clock as systemClock, type Clock } from "@/lib/clock";
import { setLanguage } from "@/lib/i18n";
import { decodeAppearance, DEFAULT_APPEARANCE, type Appearance } from "./appearance";
import { ThemeContext } from "./context";
import { resolveLook } from "./look";
import { applyLook, rememberedAppearance, rememberLook } from "./mirror";
import { type Season, seasonOf } from "./season";
import { useMedia } from "./useMedia";

/** Sets the look of the page: the account's, or this browser's while nobody is signed in. */
export function ThemeProvider({ clock = systemClock, children }: { clock?: Clock; children: ReactNode }) {
  const signedIn = useIdentity().kind === "user";
  const [stored, store] = usePreference("appearance", decodeAppearance);
  const [local, setLocal] = useState(rememberedAppearance);
  const appearance = (signedIn ? stored : null) ?? local ?? DEFAULT_APPEARANCE;

  const dark = useMedia("(prefers-color-scheme: dark)");
  const moreContrast = useMedia("(prefers-contrast: more)");
  const season = useSeason(clock);
  const look = useMemo(() => resolveLook(appearance, { dark, moreContrast, season }), [appearance, dark, moreContrast, season]);

  useLayoutEffect(() => {
    applyLook(look);
    rememberLook(look, appearance);
  }, [look, appearance]);
  useEffect(() => void setLanguage(appearance.language), [appearance.language]);

  const change = useCallback(
    (part: Partial<Appearance>) => {
      const next = { ...appearance, ...part };
      setLocal(next);
      if (signedIn) store(next);
    },
    [appearance, signedIn, store],
  );
  const themed = useMemo(() => ({ appearance, look, change }), [appearance, look, change]);
  return <ThemeContext value={themed}>{children}</ThemeContext>;
}

/** Today's season; looks again after midnight. */
function useSeason(clock: Clock): Season {
  const [today, setToday] = useState(() => clock.now());
  useEffect(() => {
    const midnight = new Date(today);
    midnight.setHours(24, 0, 5, 0);
    const timer = clock.setTimeout(() => setToday(clock.now()), midnight.getTime() - today);
    return () => clock.clearTimeout(timer);
  }, [clock, today]);
  return seasonOf(new Date(today));
}
