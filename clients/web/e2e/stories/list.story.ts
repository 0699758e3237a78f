import { type Client, expect, test } from "../fixtures";

async function menu(client: Client, chat: string, ...path: (string | RegExp)[]): Promise<void> {
  await client.chat(chat).click({ button: "right" });
  for (const [at, entry] of path.entries()) {
    const item = client.page.getByRole("menuitem", { name: entry }).or(client.page.getByRole("menuitemcheckbox", { name: entry }));
    if (at < path.length - 1) await item.hover();
    else await item.click();
  }
}

const firstTitles = async (client: Client): Promise<string[]> => (await client.list.getByRole("list", { name: "Chats" }).getByRole("link").allInnerTexts()).map((text) => text.split("\n").find((line) => /^[A-Z][a-z]+$/.test(line)) ?? text);

test("badges, title and icon agree, and muted chats never count", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  const { id: direct } = await server.call<{ id: string }>("POST", "/api/v1/chats/direct", boris.token, { username: "anna" });
  const { id: crew } = await server.call<{ id: string }>("POST", "/api/v1/chats", boris.token, { type: "group", name: "Crew", members: ["anna"] });
  const client = await open(anna);
  const { page } = client;
  await client.page.goto("/settings/language");
  await expect(page).toHaveTitle("Vestnik");
  const icon = page.locator("link[rel=icon]");
  await expect(icon).toHaveAttribute("href", "/favicon.svg");
  await server.say(boris, direct, "psst");
  await server.say(boris, direct, "are you there?");
  await server.say(boris, crew, "just talk");
  await server.say(boris, crew, "@anna look at this");
  await expect(client.chat("^Boris.*2 unread messages")).toBeVisible();
  await expect(client.chat("Crew.*1 mention of you")).toBeVisible();
  await expect(page).toHaveTitle("(3) Vestnik");
  await expect(icon).toHaveAttribute("href", /^blob:/);
  const weight = (name: string) => client.chat(name).locator("bdi").first().evaluate((element) => Number(getComputedStyle(element).fontWeight));
  expect(await weight("^Boris")).toBeGreaterThan(await weight("General"));
  await menu(client, "^Boris", "Mute", "For 1 hour");
  await expect(page).toHaveTitle("(1) Vestnik");
  await expect(client.chat("^Boris.*muted")).toBeVisible();
  await menu(client, "^Boris", "Unmute");
  await expect(page).toHaveTitle("(3) Vestnik");
  await menu(client, "Crew", "Notify about", "Mentions");
  await menu(client, "Crew", "Mark read");
  await expect(page).toHaveTitle("(2) Vestnik");
  await server.say(boris, crew, "more talk");
  await expect(client.chat("Crew.*unread")).toBeVisible();
  await expect(client.chat("Crew").getByText(/^\d+$/)).toHaveCount(0);
  await menu(client, "Crew", "Mark read");
  await menu(client, "Crew", "Mark unread");
  await expect(client.chat("Crew.*unread")).toBeVisible();
  await client.openChat("^Boris");
  await expect(page).toHaveTitle("Boris — Vestnik");
  expect(client.faults).toEqual([]);
});

test("folders, favourites, order, views: the same on every device", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  for (const name of ["Zebra", "Apple", "Mango"]) {
    const { id } = await server.call<{ id: string }>("POST", "/api/v1/chats", anna.token, { type: "group", name, members: ["boris"] });
    await server.say(anna, id, "hello");
  }
  const [client, other] = [await open(anna), await open(anna)];
  const { page } = client;
  await expect.poll(() => firstTitles(client)).toEqual(["Mango", "Apple", "Zebra", "General"]);
  await page.getByRole("button", { name: "List options" }).click();
  await page.getByRole("menuitemcheckbox", { name: "By name" }).or(page.getByRole("menuitem", { name: "By name" })).click();
  await expect.poll(() => firstTitles(client)).toEqual(["Apple", "General", "Mango", "Zebra"]);
  await expect.poll(() => firstTitles(other)).toEqual(["Apple", "General", "Mango", "Zebra"]);

  await menu(client, "Zebra", "Add to favourites");
  const favourites = (at: Client) => at.list.getByRole("button", { name: /Favourites/ });
  await expect(favourites(client)).toHaveAttribute("aria-expanded", "true");
  await expect.poll(() => firstTitles(other)).toEqual(["Zebra", "Apple", "General", "Mango"]);
  await favourites(client).click();
  await expect(client.chat("Zebra")).toHaveCount(0);
  await expect(favourites(other)).toHaveAttribute("aria-expanded", "false");
  await favourites(other).click();
  await expect(client.chat("Zebra")).toBeVisible();

  await menu(client, "Mango", "Archive");
  await expect(client.list.getByRole("button", { name: /Archive/ })).toBeVisible();
  await menu(client, "Apple", "Folders", "New folder…");
  const dialog = page.getByRole("dialog", { name: "New folder" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Fruit");
  await dialog.getByRole("checkbox", { name: "Mango" }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await other.list.getByRole("tab", { name: "Fruit" }).click();
  await expect.poll(() => firstTitles(other)).toEqual(["Apple", "Mango"]);
  const folder = async (name: string, entry: string): Promise<void> => {
    await client.list.getByRole("tab", { name }).click({ button: "right" });
    await page.getByRole("menuitem", { name: entry }).click();
  };
  await menu(client, "Zebra", "Folders", "New folder…");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Beasts");
  await dialog.getByRole("button", { name: "Save" }).click();
  await folder("Beasts", "Move earlier");
  await expect(other.list.getByRole("tab")).toHaveText(["All", /Unread/, "Direct", "Beasts", "Fruit"]);
  await folder("Fruit", "Delete folder");
  await expect(other.list.getByRole("tab", { name: "Fruit" })).toHaveCount(0);

  const { id } = await server.call<{ id: string }>("POST", "/api/v1/chats/direct", boris.token, { username: "anna" });
  await server.say(boris, id, "only you");
  await client.list.getByRole("tab", { name: "Direct" }).click();
  await expect.poll(() => firstTitles(client)).toEqual(["Boris"]);
  await client.list.getByRole("tab", { name: /Unread/ }).click();
  await expect.poll(() => firstTitles(client)).toEqual(["Boris"]);
  await client.openChat("Boris");
  await client.list.getByRole("tab", { name: "All" }).click();
  await client.list.getByRole("tab", { name: /Unread/ }).click();
  await client.page.goto("/rooms");
  await expect(client.list.getByText("Everything is read").or(client.list.getByRole("link")).first()).toBeVisible();
  expect([...client.faults, ...other.faults]).toEqual([]);
});
