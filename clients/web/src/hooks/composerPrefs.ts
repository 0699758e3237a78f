/** How one likes to write: the `composer` preference, the same on all devices. */
import { useCallback } from "react";
import type { SkinTone } from "@/lib/emoji";
import { usePreference } from ".";

export interface ComposerPrefs {
  /** Ctrl+Enter sends and Enter makes a new line; else the other way round. */
  readonly ctrlEnter: boolean;
  /** Whether the formatting toolbar is shown. */
  readonly toolbar: boolean;
  /** Whether `:)` becomes an emoji on sending. */
  readonly emoticons: boolean;
  /** Latest first. */
  readonly recentEmoji: readonly string[];
  readonly skinTone: SkinTone;
}

/** How many recently used emoji are kept. */
export const RECENT_EMOJI = 27;

function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Reads the preference; whatever is wrong in it takes its default. */
export function decodeComposerPrefs(json: unknown): ComposerPrefs {
  const from = isRecord(json) ? json : {};
  const recent: readonly unknown[] = Array.isArray(from["recentEmoji"]) ? from["recentEmoji"] : [];
  const tone = from["skinTone"];
  return {
    ctrlEnter: from["ctrlEnter"] === true,
    toolbar: from["toolbar"] === true,
    emoticons: from["emoticons"] === true,
    recentEmoji: recent.filter((one) => typeof one === "string" && one !== "" && one.length <= 64).slice(0, RECENT_EMOJI) as string[],
    skinTone: tone === 1 || tone === 2 || tone === 3 || tone === 4 || tone === 5 ? tone : 0,
  };
}

/** Puts an emoji at the head of the recent ones. */
export function withRecent(recent: readonly string[], emoji: string): string[] {
  return [emoji, ...recent.filter((one) => one !== emoji)].slice(0, RECENT_EMOJI);
}

/** How one likes to write, and how to change some of it. */
export function useComposerPrefs(): readonly [ComposerPrefs, (change: Partial<ComposerPrefs>) => void] {
  const [prefs, set] = usePreference("composer", decodeComposerPrefs);
  const change = useCallback((part: Partial<ComposerPrefs>) => set((before) => ({ ...before, ...part })), [set]);
  return [prefs, change];
}
