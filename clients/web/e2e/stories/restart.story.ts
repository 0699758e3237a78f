import { expect, test } from "../fixtures";

test("the server is killed and started again in the middle of a conversation", async ({ server, open }) => {
  const [annaAccount, borisAccount] = [await server.register("anna"), await server.register("boris")];
  const [anna, boris] = [await open(annaAccount), await open(borisAccount)];
  await anna.openChat("General");
  await boris.openChat("General");
  await anna.say("one");
  await expect(boris.message("one")).toBeVisible();

  await server.stop("SIGKILL");
  await anna.say("two, into the dark");
  await boris.say("three, into the dark");
  await server.launch();
  await anna.say("four");

  for (const client of [anna, boris]) {
    for (const text of ["one", "two, into the dark", "three, into the dark", "four"]) {
      await expect(client.message(text)).toHaveCount(1);
    }
    await client.online();
  }
  const order = (client: typeof anna) => client.timeline.getByRole("article").allTextContents();
  const plain = (texts: string[]) => texts.map((text) => /one|two|three|four/.exec(text)?.[0]);
  expect(plain(await order(anna))).toEqual(plain(await order(boris)));

  // A polite stop says when to come back, and is as harmless.
  await server.stop("SIGTERM");
  await server.launch();
  await boris.say("five");
  await expect(anna.message("five")).toHaveCount(1);
  expect([...anna.faults, ...boris.faults]).toEqual([]);
});
