/** What the person has chosen about notifications, for whoever shows or changes it. */
import { useCallback, useEffect, useState } from "react";
import { clock } from "@/lib/clock";
import { decodePrefs, levelOf, quietAt, withLevel, type Level, type NotificationPrefs, type Quiet } from "@/lib/notify";
import type { ChatId } from "@wire";
import { usePreference } from ".";

/** The choices of the account, and how to change some of them. */
export function useNotificationPrefs(): readonly [NotificationPrefs, (change: Partial<NotificationPrefs>) => void] {
  const [prefs, set] = usePreference("notifications", decodePrefs);
  const change = useCallback((part: Partial<NotificationPrefs>) => set((before) => ({ ...before, ...part })), [set]);
  return [prefs, change];
}

export interface NotifyLevel {
  /** What counts. */
  readonly level: Level;
  /** What was chosen for this chat alone; null when it follows the general level. */
  readonly own: Level | null;
  /** The general level. */
  readonly general: Level;
  set(level: Level | null): void;
}

/** Which messages of a chat notify. */
export function useNotifyLevel(chatId: ChatId): NotifyLevel {
  const [prefs, change] = usePreference("notifications", decodePrefs);
  const set = useCallback((level: Level | null) => change((before) => withLevel(before, chatId, level)), [change, chatId]);
  const own = Object.hasOwn(prefs.perChat, chatId) ? (prefs.perChat[chatId] ?? null) : null;
  return { level: levelOf(prefs, chatId), own, general: prefs.level, set };
}

/** How often the schedule is looked at when nothing says when it changes. */
const LOOK_MS = 20_000;

/** Whether it is quiet now; changes by itself when the time comes. */
export function useQuiet(): Quiet {
  const [prefs] = useNotificationPrefs();
  const [, again] = useState(0);
  const quiet = quietAt(prefs, clock.now());
  const wait = quiet.on ? Math.min(LOOK_MS, quiet.until - clock.now() + 50) : prefs.dnd.schedule ? LOOK_MS : null;
  useEffect(() => {
    if (wait === null) return;
    const timer = clock.setTimeout(() => again((count) => count + 1), wait);
    return () => clock.clearTimeout(timer);
  });
  return quiet;
}
