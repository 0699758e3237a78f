import { expect, test } from "../fixtures";

test("composed, edited, reacted and deleted offline: sent once when back", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna"), await server.register("boris")];
  await server.say(boris, "general", "before the tunnel");
  await server.say(anna, "general", "a typo hree");
  await server.say(anna, "general", "to be deleted");
  const client = await open(anna);
  await client.openChat("General");
  await expect(client.message("before the tunnel")).toBeVisible();
  await client.installed();

  await client.context.setOffline(true);
  await expect(client.page.getByRole("status").filter({ hasText: /offline/i })).toBeVisible();
  await client.say("written in the tunnel");
  await expect(client.message("written in the tunnel").getByRole("img", { name: /waiting/i })).toBeVisible();
  await client.act("a typo hree", "Edit");
  await client.composer.fill("a typo here");
  await client.composer.press("Enter");
  await expect(client.message("a typo here")).toBeVisible();
  await client.act("to be deleted", "Delete");
  await client.page.getByRole("button", { name: "Delete", exact: true }).click();
  await client.message("before the tunnel").hover();
  await client.page.getByRole("button", { name: /👍/ }).first().click();

  // Nothing of it is lost when the page is closed and opened again, still offline.
  // (The server goes first: what it took at the last moment would be in neither the queue nor the cache yet.)
  await server.stop("SIGKILL");
  await client.context.setOffline(false);
  await client.page.reload();
  await expect(client.message("written in the tunnel")).toBeVisible();
  await server.launch();
  await client.online();

  const messages = async () => {
    type Page = { messages: { content: string; deleted: boolean; reactions: Record<string, number[]> }[] };
    const page = await server.call<Page>("GET", "/api/v1/chats/general/messages?limit=50", boris.token);
    return page.messages;
  };
  await expect.poll(async () => (await messages()).map((m) => (m.deleted ? "(deleted)" : m.content))).toEqual([
    "before the tunnel",
    "a typo here",
    "(deleted)",
    "written in the tunnel",
  ]);
  await expect.poll(async () => (await messages())[0]?.reactions["👍"]).toEqual([anna.id]);
  await expect(client.message("written in the tunnel").getByRole("img", { name: /sent|delivered|read/i })).toBeVisible();
  await expect(client.message("written in the tunnel")).toHaveCount(1);
  expect(client.faults).toEqual([]);
});

test("the client starts from its cache when there is no server at all", async ({ server, open }) => {
  const anna = await server.register("anna");
  await server.say(anna, "general", "kept for later");
  const client = await open(anna);
  await client.openChat("General");
  await expect(client.message("kept for later")).toBeVisible();
  await client.installed();
  await server.stop("SIGKILL");
  await client.page.reload();
  await expect(client.message("kept for later")).toBeVisible();
  await expect(client.chat("General")).toBeVisible();
});
