/**
 * What the web client costs: `make bench-web`. Needs the machine for itself; `BENCH_MESSAGES` and `BENCH_ROUNDS` make it
 * shorter. What may be asserted on any machine is in `stories/size` and `stories/scroll`.
 */
import { loadavg } from "node:os";
import { expect, type Client, test } from "../fixtures";
import { flood } from "../flood";
import { type Filled, Gauge, group, markRead, quantile, scriptsOf, textOf, UNLIMITED } from "./measure";
import { noteFirstMessage, switchChats, walk } from "./page";
import { type Figure, table, write } from "./report";

const MESSAGES = Number(process.env["BENCH_MESSAGES"] ?? 100_000);
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);
const CHATS = 20;
const SWITCHES = 200;
const IN_CHAT = 150;
/** Pixels a frame: half a window, 24,000 px/s, beyond what a hand does. */
const STEP = 400;

test.use({ settings: UNLIMITED });

test("web client", async ({ server, open }) => {
  test.setTimeout(3_600_000);
  const load = loadavg();
  const figures = new Map<string, Figure>();
  const note = (what: string, unit: string, value: number, most?: number) => {
    const figure = figures.get(what) ?? { what, unit, values: [], ...(most !== undefined && { most }) };
    figure.values.push(value);
    figures.set(what, figure);
  };

  const [anna, boris] = [await server.register("anna"), await server.register("boris")];
  const fill = async (name: string, count: number): Promise<Filled> => {
    const id = await group(server, boris, anna, name);
    await flood(server, boris, id, count, textOf(name));
    await markRead(server, anna, id, count);
    return { id, text: `${name} ${count}:` };
  };
  const long = await fill("long", MESSAGES);
  const chats: Filled[] = [];
  for (let at = 0; at < CHATS; at++) chats.push(await fill(`chat${at}`, IN_CHAT));

  const first = await open(anna);
  const kept = await first.context.storageState();
  await first.context.close();

  for (let round = 0; round < ROUNDS; round++) {
    // Opening: without anything of the client, with everything, and without a server.
    const client = await open(undefined, { storageState: kept });
    await client.page.addInitScript(noteFirstMessage);
    const scripts = scriptsOf(client.page);
    await client.page.goto(`/c/${chats[0]!.id}`);
    note("cold open until the first message is painted", "ms", await opened(client));
    await client.online();
    await client.page.waitForLoadState("networkidle");
    note("first load, gzipped script", "bytes", (await scripts()).reduce((sum, { size }) => sum + size, 0), 250_000);
    await client.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await expect.poll(() => client.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
    await client.page.reload();
    note("warm open", "ms", await opened(client));
    await client.online();

    // Switching between chats that were seen before.
    const order = (count: number) => Array.from({ length: count }, (_, at) => chats[(at * 7 + (at % CHATS === 0 ? 1 : 0)) % CHATS]!).filter((chat, at, all) => chat !== all[at - 1]);
    await client.page.evaluate(switchChats, [...chats, ...chats]);
    const gauge = await Gauge.on(client.page);
    const [heap, cpu] = [await gauge.heap(), await gauge.cpu()];
    const times = await client.page.evaluate(switchChats, order(SWITCHES));
    note("switch between cached chats, p50", "ms", quantile(times, 0.5));
    note("switch between cached chats, p95", "ms", quantile(times, 0.95), 150);
    note("main thread per switch", "ms", (((await gauge.cpu()) - cpu) / times.length) * 1000);
    note(`heap growth over ${SWITCHES} switches`, "MB", (await gauge.heap()) - heap, 50);

    // The long chat, from its end to its beginning and back.
    await client.page.locator(`a[href="/c/${long.id}"]`).click();
    await expect(client.message(new RegExp(long.text))).toBeVisible();
    const start = await gauge.heap();
    const up = await client.page.evaluate(walk, { to: 1, step: -STEP, patience: 60_000 });
    const down = await client.page.evaluate(walk, { to: MESSAGES, step: STEP, patience: 60_000 });
    expect(up.reached && down.reached, "both ends were reached").toBe(true);
    note("frames with a gap, up and down", "", up.blank + down.blank, 0);
    note("frames looked at", "", up.frames + down.frames);
    note("frames at the end of what was loaded", "", up.waits + down.waits);
    note("frames in which a message shifted", "", up.jumps + down.jumps);
    note("largest shift", "px", Math.max(up.jump, down.jump));
    note("most rows in the page", "", Math.max(up.rows, down.rows));
    note("end to end, one way", "s", (up.ms + down.ms) / 2000);
    note("heap growth over the walk", "MB", (await gauge.heap()) - start, 50);

    // Without a server at all: the page comes from its worker, the messages from the cache.
    await client.page.goto(`/c/${chats[0]!.id}`);
    await client.online();
    await server.stop("SIGKILL");
    await client.page.reload();
    note("open without a server", "ms", await opened(client));
    await server.launch();
    await client.context.close();
  }

  const all = [...figures.values()];
  console.log(table(all));
  write(all, { rounds: ROUNDS, "messages in the long chat": MESSAGES, chats: CHATS, "messages in each": IN_CHAT }, load);
  for (const { what, values, most } of all) if (most !== undefined) expect.soft(quantile(values, 0.5), what).toBeLessThanOrEqual(most);
});

/** When the first message was painted, ms after the page was asked for. */
async function opened(client: Client): Promise<number> {
  const moment = await client.page.waitForFunction(() => (window as unknown as { firstMessage?: number }).firstMessage);
  return (await moment.jsonValue()) ?? Number.NaN;
}
