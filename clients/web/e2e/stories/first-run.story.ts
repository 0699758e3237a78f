import { expect, test } from "../fixtures";

test("from the setup link to two people talking, in under two minutes", async ({ server, open }) => {
  const begun = Date.now();
  const anna = await open();
  await anna.page.goto(server.setupLink);
  await expect(anna.page).toHaveURL(/\/setup$/); // the token has left the address
  await anna.field("Username").fill("anna");
  await anna.field("Password").fill("long winter evening");
  await anna.page.getByRole("button", { name: /Create/ }).click();
  await expect(anna.page).toHaveURL(/\/c\/general/);
  await anna.say("Добро пожаловать!");

  await anna.page.getByRole("button", { name: /Invite someone/ }).click();
  const link = await anna.page.getByRole("textbox", { name: "Invite link" }).inputValue();
  expect(link).toContain(`${server.url}/invite/`);

  const boris = await open();
  await boris.page.goto(link);
  await expect(boris.page.getByText("General", { exact: false }).first()).toBeVisible();
  await boris.field("Username").fill("boris");
  await boris.field("Password").fill("green tea at noon");
  await boris.page.getByRole("button", { name: /join/i }).click();
  await expect(boris.page).toHaveURL(/\/c\/general/);
  await expect(boris.message("Добро пожаловать!")).toBeVisible();
  await boris.say("Hello, Anna!");
  await expect(anna.message("Hello, Anna!")).toBeVisible();
  await anna.page.keyboard.press("Escape");
  await anna.say("Hello, Boris!");
  await expect(boris.message("Hello, Boris!")).toBeVisible();
  expect(Date.now() - begun).toBeLessThan(120_000);
  expect([...anna.faults, ...boris.faults]).toEqual([]);
});
