import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures";

/** What the chat view may cost before anything is asked of it, bytes of gzipped script. */
const BUDGET = 250_000;

/** A script that the page has fetched. */
interface Script {
  readonly path: string;
  readonly size: number;
  readonly text: string;
}

/** Notes every script that a page fetches from now on, with its size as gzip at its best makes it. */
function scriptsOf(page: Page): () => Promise<readonly Script[]> {
  const found: Promise<Script>[] = [];
  page.on("response", (response) => {
    const type = response.headers()["content-type"] ?? "";
    if (response.request().resourceType() !== "script" && !/javascript|wasm/.test(type)) return;
    const { pathname } = new URL(response.url());
    // The worker keeps the client for the next start; it is no part of this one.
    if (pathname === "/sw.js") return;
    found.push(response.body().then((body) => ({ path: pathname, size: gzipSync(body, { level: 9 }).length, text: body.toString() })));
  });
  return () => Promise.all(found);
}

test("the chat view opens with less than 250 KB of script", async ({ server, open }) => {
  const anna = await server.register("anna");
  await server.say(anna, "general", "a **first** word with `code`, :smile: and https://example.org");
  const client = await open(anna);
  // A browser that has kept its session, and nothing of the client.
  const state = await client.context.storageState();
  const cold = await open(undefined, { storageState: state, serviceWorkers: "block" });
  const scripts = scriptsOf(cold.page);
  await cold.page.goto("/c/general");
  await expect(cold.message(/first/)).toBeVisible();
  await cold.online();
  await cold.page.waitForLoadState("networkidle");
  const found = await scripts();

  const total = found.reduce((sum, { size }) => sum + size, 0);
  const table = found.map(({ path, size }) => `${String(size).padStart(8)}  ${path}`).join("\n");
  console.log(`${table}\n${String(total).padStart(8)}  of ${BUDGET} bytes, gzipped`);
  expect(total, table).toBeLessThanOrEqual(BUDGET);

  // What is heavy waits until it is asked for. Each of these words stands in one of the heavy parts alone.
  const all = found.map(({ text }) => text).join("\n");
  for (const heavy of [/endsWithParent/, /grinning/, /SettingsPage/, /data-radix-menu/i]) expect(all).not.toMatch(heavy);
  expect(found.map(({ path }) => path).join()).not.toMatch(/highlight|emoji|Emoji|Settings|Dialog|Floating|QrCode|Overlays/);
  expect(cold.faults).toEqual([]);
});
