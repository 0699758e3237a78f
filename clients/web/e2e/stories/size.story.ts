import { scriptsOf } from "../bench/measure";
import { expect, test } from "../fixtures";

/** What the chat view may cost before anything is asked of it, bytes of gzipped script. */
const BUDGET = 250_000;

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
