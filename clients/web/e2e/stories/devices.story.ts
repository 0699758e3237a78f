import { expect, test } from "../fixtures";

/** How soon the other places must know, ms. */
const SOON = 2_000;

test("two tabs and two devices: reading in one clears the others within two seconds", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna"), await server.register("boris", "Boris")];
  const direct = await server.call<{ id: string }>("POST", "/api/v1/chats/direct", boris.token, { username: "anna" });
  const laptop = await open(anna);
  const second = await laptop.tab("/c/general");
  const phone = await open(anna, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await second.online();
  await phone.page.goto("/");

  await server.say(boris, direct.id, "Are you there?");
  await server.say(boris, direct.id, "It is about the release.");
  const unread = /2 unread/;
  for (const client of [laptop, second, phone]) await expect(client.chat("Boris")).toHaveAccessibleName(unread);
  await expect(second.page).toHaveTitle(/^\(2\)/);

  await laptop.page.bringToFront();
  await laptop.openChat("Boris");
  await expect(laptop.message("It is about the release.")).toBeVisible();
  const read = Date.now();
  for (const client of [second, phone, laptop]) {
    await expect(client.chat("Boris")).not.toHaveAccessibleName(/unread/, { timeout: SOON });
  }
  expect(Date.now() - read).toBeLessThan(SOON + 500);
  await expect(second.page).not.toHaveTitle(/^\(/);

  // What one tab writes, the other shows; one socket serves both.
  await second.page.goto("/c/general");
  await second.say("from the second tab");
  await laptop.page.goto("/c/general");
  await expect(laptop.message("from the second tab")).toHaveCount(1);

  // The tab that held the socket goes; the other takes over.
  await laptop.page.close();
  await second.say("the other tab is gone");
  await expect(second.message("the other tab is gone").getByRole("img", { name: /sent|delivered|read/i })).toBeVisible();
  await server.say(boris, "general", "still here?");
  await expect(second.message("still here?")).toBeVisible();
});
