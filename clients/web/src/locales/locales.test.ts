import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

/** Texts as flat keys: `role.owner` → "owner". */
type Flat = ReadonlyMap<string, string>;

const SRC = join(process.cwd(), "src");
const LOCALES = join(SRC, "locales");
const PLURAL = /_(zero|one|two|few|many|other)$/;
/** What may stand in the code as it is: names, not words. */
const NAMES = /^(Vestnik|VESTNIK|Markdown|JSON|Ctrl|Shift|Esc)$/;
const FORMS = { en: ["one", "other"], ru: ["one", "few", "many", "other"] } as const;

const namespaces = readdirSync(join(LOCALES, "en")).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
const texts = {
  en: new Map(namespaces.map((ns) => [ns, read("en", ns)])),
  ru: new Map(namespaces.map((ns) => [ns, read("ru", ns)])),
};
const sources = walk(SRC).filter((path) => /\.tsx?$/.test(path) && !/(\.test|\/testing)\.tsx?$/.test(path) && !path.startsWith(LOCALES));
const code = sources.map((path) => ({ path: relative(SRC, path).split(sep).join("/"), text: withoutComments(readFileSync(path, "utf8")) }));
const everything = code.map((file) => file.text).join("\n");

function read(language: string, namespace: string): Flat {
  const flat = new Map<string, string>();
  const visit = (value: unknown, path: string) => {
    if (typeof value === "string") flat.set(path, value);
    else for (const [key, inner] of Object.entries(value as object)) visit(inner, path ? `${path}.${key}` : key);
  };
  visit(JSON.parse(readFileSync(join(LOCALES, language, `${namespace}.json`), "utf8")), "");
  return flat;
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`\\])\/\/.*$/gm, "$1");
}

/** The keys as the code names them: plural forms are one key. */
function bases(flat: Flat): Set<string> {
  return new Set([...flat.keys()].map((key) => key.replace(PLURAL, "")));
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{\s*([\w.]+)/g)].map((match) => match[1] ?? "").concat([...text.matchAll(/<(\w+)>/g)].map((match) => `<${match[1]}>`));
}

function union(flat: Flat, base: string): string[] {
  const forms = [...flat].filter(([key]) => key.replace(PLURAL, "") === base).map(([, text]) => text);
  return [...new Set(forms.flatMap(placeholders))].sort();
}

/** Every literal key of a file with the namespaces it may be in. */
function uses(file: { path: string; text: string }): { key: string; namespaces: string[] }[] {
  const own = [...file.text.matchAll(/useTranslation\(\s*\[?\s*"(\w+)"/g)].map((match) => match[1] ?? "");
  const folder = file.path.split("/")[1] ?? "";
  const fallback = own.length > 0 ? own : [folder, "common"];
  const names = ["t", ...[...file.text.matchAll(/\{[^}]*\bt: (\w+)[^}]*\} = useTranslation/g)].map((match) => match[1] ?? "")];
  return [...file.text.matchAll(new RegExp(`(?<![\\w.])(?:${names.join("|")})\\(\\s*"([\\w:.]+)"`, "g"))]
    .map((match) => match[1] ?? "")
    .map((name) => {
      const colon = name.indexOf(":");
      return colon < 0 ? { key: name, namespaces: fallback } : { key: name.slice(colon + 1), namespaces: [name.slice(0, colon)] };
    })
    .filter(({ key }) => /^[a-z]/.test(key));
}

describe("texts", () => {
  it.each(namespaces)("%s says the same things in both languages", (ns) => {
    expect([...bases(texts.ru.get(ns)!)].sort()).toEqual([...bases(texts.en.get(ns)!)].sort());
  });

  it.each(namespaces)("%s has all plural forms", (ns) => {
    for (const language of ["en", "ru"] as const) {
      const flat = texts[language].get(ns)!;
      const counted = new Set([...flat.keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, "")));
      const missing = [...counted].flatMap((key) => FORMS[language].filter((form) => !flat.has(`${key}_${form}`)).map((form) => `${language} ${key}_${form}`));
      expect(missing).toEqual([]);
    }
  });

  it.each(namespaces)("%s has the same placeholders in both languages", (ns) => {
    const en = texts.en.get(ns)!;
    const ru = texts.ru.get(ns)!;
    const wrong = [...bases(en)].filter((key) => union(en, key).join() !== union(ru, key).join());
    expect(wrong).toEqual([]);
  });

  it.each(namespaces)("%s has no empty text, and Russian is in Russian", (ns) => {
    expect([...texts.en.get(ns)!].filter(([, text]) => text.trim() === "" || /[а-яё]{3}/i.test(text.replace(/Русский/, ""))).map(([key]) => key)).toEqual([]);
    const latinOnly = [...texts.ru.get(ns)!].filter(([, text]) => /[a-z]{4}/i.test(text.replace(/\{\{.*?\}\}|<.*?>|[\w@/.-]*[@/.][\w@/.-]*/g, "")) && !/[а-яё]/i.test(text));
    expect(latinOnly.filter(([, text]) => !/^(English|Vestnik|Markdown|JSON|Ctrl|Shift|Enter|Esc)\b/.test(text)).map(([key]) => key)).toEqual([]);
  });

  it("has every key the code asks for", () => {
    const missing = code.flatMap((file) =>
      uses(file)
        .filter(({ key, namespaces: where }) => !where.some((ns) => texts.en.has(ns) && bases(texts.en.get(ns)!).has(key)))
        .map(({ key, namespaces: where }) => `${file.path}: ${where[0]}:${key}`),
    );
    expect(missing).toEqual([]);
  });

  it.each(namespaces)("%s has no key that nobody asks for", (ns) => {
    const built = [...everything.matchAll(/`((?:\w+:)?[\w.]*)\$\{/g)].map((match) => (match[1] ?? "").replace(/^\w+:/, "")).filter((prefix) => prefix.length > 1);
    const unused = [...bases(texts.en.get(ns)!)].filter(
      (key) => !everything.includes(`"${key}"`) && !everything.includes(`"${ns}:${key}"`) && !built.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });
});

describe("components", () => {
  it("contain no text of their own", () => {
    const found = code
      .filter((file) => file.path.endsWith(".tsx"))
      .flatMap(({ path, text }) => [
        ...[...text.matchAll(/>\s*([A-ZА-ЯЁа-яё][^<>{}=;()[\]]*?)\s*<\//g)].map((match) => ({ path, words: match[1] ?? "" })),
        ...[...text.matchAll(/\s(?:aria-label|title|placeholder|alt|label|text|description|hint)="([A-Za-zА-ЯЁа-яё][^"]*)"/g)].map((match) => ({ path, words: match[1] ?? "" })),
      ])
      .filter(({ words }) => /\p{L}{2}/u.test(words) && !NAMES.test(words))
      .map(({ path, words }) => `${path}: ${words}`);
    expect(found).toEqual([]);
  });

  it("contain no Cyrillic outside the locales", () => {
    // Search needs the Russian layout, and the language's own name is written in it.
    const allowed = /^(lib\/|features\/switcher\/|features\/composer\/.*(emoji|layout))/;
    const found = code.filter((file) => !allowed.test(file.path) && /[а-яё]{2}/i.test(file.text.replace(/"Русский"/g, ""))).map((file) => file.path);
    expect(found).toEqual([]);
  });
});
