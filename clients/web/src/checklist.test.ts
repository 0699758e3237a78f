import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../..");
const PAGE = readFileSync(join(ROOT, "docs/ui-checklist.md"), "utf8");
const FILES = ["clients/web/e2e/stories", "clients/web/src"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(ROOT, folder, name)),
);
const LINES = PAGE.split("\n").filter((line) => line.startsWith("- "));

/** Whether one of the files of that name has a test of that name; names that are made up of parts count by their beginning. */
function hasTest(file: string, name: string): boolean {
  const named = ['"', "`", "'"].flatMap((quote) => [`test(${quote}${name}`, `it(${quote}${name}`]);
  return FILES.filter((path) => path.endsWith(`/${file}`)).some((path) => named.some((start) => readFileSync(path, "utf8").includes(start)));
}

describe("the checklist", () => {
  it("names for each function a test that is there, or says what is missing", () => {
    expect(LINES.length).toBeGreaterThan(150);
    const wrong = LINES.filter((line) => {
      if (line.startsWith("- [ ] ")) return !line.includes(" — not yet");
      const shown = [...line.matchAll(/`([\w.-]+\.(?:story|test)\.tsx?)` “([^”]+)”/g)];
      return !line.startsWith("- [x] ") || shown.length === 0 || !shown.every(([, file, name]) => hasTest(file!, name!));
    });
    expect(wrong).toEqual([]);
  });
});
