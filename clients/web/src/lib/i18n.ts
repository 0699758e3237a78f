/**
 * Languages. Texts are loaded when they are needed: the chat view's namespaces of the active language come in one
 * file, `auth` and `settings` when a component asks for them (`useTranslation` suspends until they are there).
 */
import i18next, { type BackendModule, type i18n as I18n } from "i18next";
import { initReactI18next } from "react-i18next";
import english from "texts:en";
import russian from "texts:ru";
import { setTimeLocale } from "./time";

/** Languages there are texts for. */
export const LANGUAGES = ["en", "ru"] as const;
export type Language = (typeof LANGUAGES)[number];
/** What a person may choose; `system` follows the browser. */
export type LanguageChoice = Language | "system";

/** Where the choice is mirrored for the start of the page (`public/boot.js` reads it too). */
export const LANGUAGE_KEY = "vestnik.language";
const DIRECTION_KEY = "vestnik.dir";

type Texts = Readonly<Record<string, unknown>>;
type Load = () => Promise<{ default: Texts }>;

const CORE = ["common", "chats", "timeline", "composer", "details", "notifications", "errors"] as const;
const core: Readonly<Record<Language, () => Promise<Readonly<Record<string, Texts>>>>> = { en: once(english), ru: once(russian) };
const routes: Readonly<Record<Language, Readonly<Record<string, Load>>>> = {
  en: { auth: () => import("@/locales/en/auth.json"), settings: () => import("@/locales/en/settings.json") },
  ru: { auth: () => import("@/locales/ru/auth.json"), settings: () => import("@/locales/ru/settings.json") },
};

/** Whether there are texts in this language. */
function isLanguage(value: unknown): value is Language {
  return (LANGUAGES as readonly unknown[]).includes(value);
}

/** The language for a choice: itself, or the first of the browser's that there are texts for. */
export function pickLanguage(choice: unknown, preferred: readonly string[]): Language {
  if (isLanguage(choice)) return choice;
  for (const tag of preferred) {
    const base = tag.toLowerCase().split("-")[0];
    if (isLanguage(base)) return base;
  }
  return "en";
}

/** Changes the language and remembers the choice for the next start. */
export async function setLanguage(choice: LanguageChoice): Promise<void> {
  remember(choice);
  const language = pickLanguage(choice, browserLanguages());
  if (i18next.isInitialized && i18next.language !== language) await i18next.changeLanguage(language);
}

let started: Promise<I18n> | null = null;

/** Starts i18next once; resolves when the chat view's texts are there. */
export function initI18n(): Promise<I18n> {
  started ??= start();
  return started;
}

async function start(): Promise<I18n> {
  i18next.on("languageChanged", apply);
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: pickLanguage(remembered(), browserLanguages()),
      supportedLngs: [...LANGUAGES],
      // Both languages are complete (a test sees to it), so the other one is never loaded for a missing key.
      fallbackLng: false,
      ns: [...CORE],
      defaultNS: "common",
      interpolation: { escapeValue: false },
      returnNull: false,
      react: { useSuspense: true },
    });
  return i18next;
}

const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, namespace, done) => {
    load(language, namespace).then(
      (texts) => done(null, texts),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), true),
    );
  },
};

async function load(language: string, namespace: string): Promise<Texts> {
  const known = isLanguage(language) ? language : "en";
  const route = routes[known][namespace];
  if (route) return (await route()).default;
  return (await core[known]())[namespace] ?? {};
}

/** Seven namespaces ask for one file. What failed is asked for again. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | null = null;
  return () =>
    (loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    }));
}

function apply(language: string): void {
  const known = pickLanguage(language, []);
  setTimeLocale(regional(known, browserLanguages()));
  const root = document.documentElement;
  root.lang = known;
  root.dir = direction(known);
}

/** The browser's own variety of the language, so that en-GB keeps its 24 hours. */
export function regional(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
}

/** `?dir=rtl` mirrors the page for tests, until the tab is closed or `?dir=auto` comes. */
function direction(language: Language): string {
  const asked = new URLSearchParams(location.search).get("dir");
  try {
    if (asked === "rtl") sessionStorage.setItem(DIRECTION_KEY, asked);
    else if (asked !== null) sessionStorage.removeItem(DIRECTION_KEY);
    if (sessionStorage.getItem(DIRECTION_KEY) === "rtl") return "rtl";
  } catch {
    if (asked === "rtl") return "rtl";
  }
  return i18next.dir(language);
}

function browserLanguages(): readonly string[] {
  return navigator.languages.length > 0 ? navigator.languages : [navigator.language];
}

function remembered(): string | null {
  try {
    return localStorage.getItem(LANGUAGE_KEY);
  } catch {
    return null; // Storage is blocked: follow the browser.
  }
}

function remember(choice: LanguageChoice): void {
  try {
    if (choice === "system") localStorage.removeItem(LANGUAGE_KEY);
    else localStorage.setItem(LANGUAGE_KEY, choice);
  } catch {
    // Storage is blocked: the synced preference still tells after signing in.
  }
}
