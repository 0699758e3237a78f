import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

/** What each layer may import: with `type`, its types alone. The layers are those of the README. */
const MAY: Readonly<Record<string, readonly string[]>> = {
  app: ["features", "pwa", "hooks", "sync", "api", "ui", "lib", "styles"],
  features: ["hooks", "ui", "lib", "type sync", "type api"],
  pwa: ["hooks", "ui", "lib"],
  hooks: ["sync", "api", "lib"],
  sync: ["lib"],
  api: ["lib"],
  ui: ["lib"],
  lib: ["locales"],
  locales: [],
};
/** Layers that know nothing of React. */
const WITHOUT_REACT = new Set(["sync", "api"]);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly types: boolean;
}

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^;"']*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/gm;

/** The imports of a file, those of this client as paths below `src`. */
function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map(([, type, plain, lazy]) => ({ from: file, to: resolve(file, plain ?? lazy ?? ""), types: type !== undefined }));
}

function resolve(file: string, name: string): string {
  if (name.startsWith("@/")) return `/${name.slice(2)}`;
  return name.startsWith(".") ? `/${posix.join(posix.dirname(file), name)}` : name;
}

const layerOf = (path: string): string => path.split("/")[0] ?? "";
/** The feature a path belongs to, or the layer. */
const unitOf = (path: string): string => path.split("/").slice(0, layerOf(path) === "features" ? 2 : 1).join("/");

/** Why an import may not be; null when it may. */
function fault({ from, to, types }: Import): string | null {
  const layer = layerOf(from);
  if (!to.startsWith("/")) return WITHOUT_REACT.has(layer) && /^react\b/.test(to) ? `${from} knows React` : null;
  const target = to.slice(1);
  if (unitOf(target) === unitOf(from)) return null;
  const may = MAY[layer] ?? [];
  if (may.includes(layerOf(target)) || (types && may.includes(`type ${layerOf(target)}`))) return null;
  return `${from} imports ${target}`;
}

const isTest = (path: string): boolean => /(?:\.test\.tsx?|\/testing\.tsx|\/testing\/[^/]+|^test-setup\.ts)$/.test(path);
const SRC = join(process.cwd(), "src");
const sources = new Map(
  readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts"))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(SRC, path).split(sep).join("/"), readFileSync(path, "utf8")] as const;
    }),
);

describe("imports", () => {
  it("point from app to features to hooks to sync and api to lib, and from ui to lib", () => {
    const faults = [...sources].filter(([path]) => !isTest(path)).flatMap(([path, text]) => importsOf(path, text).map(fault));
    expect(faults.filter((one) => one !== null)).toEqual([]);
  });

  it.each([
    ["features/chats/A.tsx", 'import { B } from "@/features/people";'],
    ["features/chats/A.tsx", 'const B = lazyPart(async () => (await import("../people/B")).default);'],
    ["features/chats/A.tsx", 'import {\n  createEngine,\n} from "@/sync";'],
    ["hooks/a.ts", 'import { Button, lazyPart } from "@/ui";'],
    ["ui/A.tsx", 'export { useMe } from "@/hooks";'],
    ["sync/a.ts", 'import { useState } from "react";'],
    ["lib/a.ts", 'import "@/app/main";'],
  ])("in %s: %s is a fault", (file, text) => expect(importsOf(file, text).map(fault)).toEqual([expect.any(String)]));

  it.each([
    ["features/chats/A.tsx", 'import type { Engine } from "@/sync/types";'],
    ["features/timeline/dialogs/A.tsx", 'import { useView } from "../view";'],
    ["app/A.tsx", 'import { B } from "@/features/people";'],
    ["hooks/a.ts", 'import { useState } from "react";'],
  ])("in %s: %s is none", (file, text) => expect(importsOf(file, text).map(fault)).toEqual([null]));
});

/** What is imported by name where no source says so: by the build, and by libraries. */
const BY_OTHERS = new Set(["lib/asset.ts: readAsset", "ui/RemoveScroll.tsx: RemoveScroll"]);

describe("exports", () => {
  const words = new Map([...sources].map(([path, text]) => [path, new Set(text.match(/[A-Za-z_$][\w$]*/g))]));

  it("are imported by somebody", () => {
    const idle = [...sources].flatMap(([path, text]) =>
      [...text.matchAll(/^export (?:async )?(?:const|let|function\*?|class) ([A-Za-z_$][\w$]*)/gm)]
        .map(([, name = ""]) => name)
        .filter((name) => ![...words].some(([other, all]) => other !== path && all.has(name)))
        .map((name) => `${path}: ${name}`)
        .filter((name) => !BY_OTHERS.has(name)),
    );
    expect(idle).toEqual([]);
  });
});
