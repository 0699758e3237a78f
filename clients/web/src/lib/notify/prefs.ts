/** What a person has chosen about notifications; the synced preference `notifications`. */
import type { ChatId } from "@wire";

export const LEVELS = ["all", "mentions", "none"] as const;
/** Which messages of a chat ask for attention. */
export type Level = (typeof LEVELS)[number];

export const CHIMES = ["off", "drop", "bell", "wood"] as const;
/** The sound of a new message; each is made by WebAudio, there are no files. */
export type Chime = (typeof CHIMES)[number];

/** Quiet hours: from and to are minutes after midnight; `days` (0 is Sunday) are those on which it begins. */
export interface Schedule {
  readonly from: number;
  readonly to: number;
  readonly days: readonly number[];
  /** An IANA zone; absent means the zone of the device. */
  readonly zone?: string;
}

export interface NotificationPrefs {
  readonly level: Level;
  readonly perChat: Readonly<Record<ChatId, Level>>;
  readonly sound: Chime;
  /** 0 to 100. */
  readonly volume: number;
  /** Whether what was written is shown, or only that something was. */
  readonly preview: boolean;
  /** Whether the system's notifications are used where it permits them. */
  readonly system: boolean;
  readonly keywords: readonly string[];
  readonly dnd: { readonly until?: number; readonly schedule?: Schedule };
}

export const DEFAULT_PREFS: NotificationPrefs = {
  level: "all",
  perChat: {},
  sound: "drop",
  volume: 60,
  preview: true,
  system: true,
  keywords: [],
  dnd: {},
};

/** Most keywords kept, and the longest one. */
export const KEYWORDS_MAX = 50;
export const KEYWORD_CHARS = 64;
const CHATS_MAX = 5_000;

type Bag = Record<string, unknown>;
const bag = (value: unknown): Bag => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Bag) : {});
const oneOf = <T extends string>(all: readonly T[], value: unknown, otherwise: T): T =>
  all.find((one) => one === value) ?? otherwise;
const whole = (value: unknown, min: number, max: number): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;

/** Reads the preference; whatever is missing or wrong takes its default, so that no device breaks another. */
export function decodePrefs(json: unknown): NotificationPrefs {
  const from = bag(json);
  const dnd = bag(from["dnd"]);
  const schedule = decodeSchedule(dnd["schedule"]);
  return {
    level: oneOf(LEVELS, from["level"], DEFAULT_PREFS.level),
    perChat: Object.fromEntries(
      Object.entries(bag(from["perChat"]))
        .filter((entry): entry is [string, Level] => LEVELS.some((level) => level === entry[1]))
        .slice(0, CHATS_MAX),
    ),
    sound: oneOf(CHIMES, from["sound"], DEFAULT_PREFS.sound),
    volume: whole(from["volume"], 0, 100) ? from["volume"] : DEFAULT_PREFS.volume,
    preview: from["preview"] !== false,
    system: from["system"] !== false,
    keywords: cleanKeywords(Array.isArray(from["keywords"]) ? from["keywords"] : []),
    dnd: {
      ...(whole(dnd["until"], 0, Number.MAX_SAFE_INTEGER) ? { until: dnd["until"] } : {}),
      ...(schedule ? { schedule } : {}),
    },
  };
}

function decodeSchedule(json: unknown): Schedule | undefined {
  const { from, to, days, zone } = bag(json);
  if (!whole(from, 0, 1439) || !whole(to, 0, 1439) || !Array.isArray(days)) return undefined;
  const kept = [...new Set(days.filter((day) => whole(day, 0, 6)))].sort();
  return { from, to, days: kept, ...(typeof zone === "string" && knownZone(zone) ? { zone } : {}) };
}

function knownZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Keywords without blanks, doubles and what is too long. */
export function cleanKeywords(words: readonly unknown[]): string[] {
  const kept = new Map<string, string>();
  for (const word of words) {
    if (typeof word !== "string") continue;
    const text = word.normalize("NFC").trim();
    if (text !== "" && [...text].length <= KEYWORD_CHARS && !kept.has(text.toLowerCase())) kept.set(text.toLowerCase(), text);
  }
  return [...kept.values()].slice(0, KEYWORDS_MAX);
}

/** What counts in a chat: its own level, else the general one. */
export const levelOf = (prefs: NotificationPrefs, chatId: ChatId): Level =>
  (Object.hasOwn(prefs.perChat, chatId) ? prefs.perChat[chatId] : undefined) ?? prefs.level;

/** The preference with a chat's level set, or following the general one again. */
export function withLevel(prefs: NotificationPrefs, chatId: ChatId, level: Level | null): NotificationPrefs {
  const { [chatId]: _, ...others } = prefs.perChat;
  return { ...prefs, perChat: level === null ? others : { ...others, [chatId]: level } };
}
