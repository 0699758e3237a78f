import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** What the chat view says; `auth` and `settings` come with their routes. */
const CORE = ["chats", "common", "composer", "details", "errors", "notifications", "timeline"] as const;

const file = (language: string, namespace: string) => fileURLToPath(new URL(`src/locales/${language}/${namespace}.json`, import.meta.url));

/**
 * `texts:<language>` gives a function that loads the chat view's texts of a language: in a build they are one JSON file,
 * which costs the browser no parsing as script; elsewhere they are part of the module.
 */
export function texts(): Plugin {
  const PREFIX = "\0texts:";
  let built = false;
  return {
    name: "vestnik-texts",
    configResolved: (config) => void (built = config.command === "build"),
    resolveId: (id) => (id.startsWith("texts:") ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const language = id.slice(PREFIX.length);
      const read = (namespace: string) => {
        this.addWatchFile(file(language, namespace));
        return JSON.parse(readFileSync(file(language, namespace), "utf8")) as unknown;
      };
      const source = JSON.stringify(Object.fromEntries(CORE.map((namespace) => [namespace, read(namespace)])));
      if (!built) return `const all = ${source};\nexport default async () => all;`;
      const asset = this.emitFile({ type: "asset", name: `texts-${language}.json`, source });
      return `import { readAsset } from "@/lib/asset";\nexport default () => readAsset("__VITE_ASSET__${asset}__");`;
    },
  };
}
