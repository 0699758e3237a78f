import { Gauge, group, markRead, textOf, UNLIMITED } from "../bench/measure";
import { switchChats, walk } from "../bench/page";
import { expect, test } from "../fixtures";
import { flood } from "../flood";

// The short form of the bench: what must hold on any machine, and no times.
test.use({ settings: UNLIMITED });

const MANY = 5_000;

test("a long chat has a message everywhere one scrolls to, and memory stays where it was", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna"), await server.register("boris")];
  const long = await group(server, boris, anna, "long");
  await flood(server, boris, long, MANY, textOf("long"));
  await markRead(server, anna, long, MANY);
  const chats = [{ id: long, text: `long ${MANY}:` }];
  for (const name of ["one", "two", "three"]) {
    const id = await group(server, boris, anna, name);
    await flood(server, boris, id, 120, textOf(name));
    await markRead(server, anna, id, 120);
    chats.push({ id, text: `${name} 120:` });
  }
  const client = await open(anna);
  await client.openChat("long");
  await expect(client.message(new RegExp(`long ${MANY}:`))).toBeVisible();
  await client.online();

  const up = await client.page.evaluate(walk, { to: 1, step: -400, patience: 30_000 });
  expect(up).toMatchObject({ reached: true, blank: 0 });
  const down = await client.page.evaluate(walk, { to: MANY, step: 400, patience: 30_000 });
  expect(down).toMatchObject({ reached: true, blank: 0 });
  // Of five thousand messages those near to the window alone are in the page.
  expect(Math.max(up.rows, down.rows)).toBeLessThan(150);

  const gauge = await Gauge.on(client.page);
  const visits = Array.from({ length: 20 }, (_, at) => chats[at % chats.length]!);
  await client.page.evaluate(switchChats, visits);
  const before = await gauge.heap();
  await client.page.evaluate(switchChats, [...visits, ...visits]);
  expect((await gauge.heap()) - before).toBeLessThan(10);
  expect(client.faults).toEqual([]);
});
