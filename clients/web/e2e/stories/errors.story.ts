import { expect, test } from "../fixtures";

test("too many connections: a sentence that counts down, and the way back", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  await server.say(anna, "general", "kept");
  const client = await open();
  const { page } = client;
  let refuse = true;
  await page.routeWebSocket(/\/ws/, (socket) => {
    if (refuse) return void socket.close({ code: 4429, reason: "too_many_requests" });
    socket.connectToServer();
  });
  await client.signIn(anna);
  const banner = page.getByRole("status").filter({ hasText: "Too many connections" });
  await expect(banner).toContainText(/Too many connections at once\. Next attempt in \d+ seconds?\./);
  const seconds = async () => Number(/in (\d+) second/.exec(await banner.innerText())?.[1]);
  const first = await seconds();
  await expect.poll(seconds).toBeLessThan(first);
  refuse = false;
  await page.getByRole("button", { name: "Retry now" }).click();
  await client.online();
  await expect(banner).toHaveCount(0);
  await client.openChat("General");
  await expect(client.message("kept")).toBeVisible();
  expect(client.faults).toEqual([]);
});

test("offline: the banner counts what waits, and goes away by itself", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const client = await open(anna);
  const { page } = client;
  await client.openChat("General");
  await client.online();
  await server.stop("SIGKILL");
  const banner = page.getByRole("status").filter({ hasText: /server|connection/i });
  await expect(banner).toContainText(/Next attempt in \d+ second/);
  await client.say("one");
  await expect(banner).toContainText("1 message waits to be sent");
  await client.say("two");
  await expect(banner).toContainText("2 messages wait to be sent");
  await server.launch();
  await client.online();
  await expect(banner).toHaveCount(0);
  await expect(client.message("two").getByRole("img", { name: /sent|delivered|read/i })).toBeVisible();
  expect(client.faults).toEqual([]);
});

test("what fails says what to do, in one sentence without code", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  const { id } = await server.call<{ id: string }>("POST", "/api/v1/chats", boris.token, { type: "group", name: "Crew", members: ["anna"] });
  const client = await open(anna);
  const { page } = client;
  const bare = async () => expect(await page.locator("body").innerText()).not.toMatch(/[{}]|undefined|\[object|Error:|\b(400|403|404|409|429|500)\b/);

  // A message that is refused stays where it was written, with a way out.
  await client.openChat("Crew");
  await client.context.setOffline(true);
  await expect(page.getByRole("status").filter({ hasText: /offline/i })).toBeVisible();
  await client.say("too late");
  await server.call("PUT", `/api/v1/chats/${id}/members/${anna.id}`, boris.token, { role: "viewer" });
  await client.context.setOffline(false);
  const failed = client.message("too late");
  await expect(failed.getByRole("alert")).toContainText("You may not do this here");
  await expect(failed.getByRole("button", { name: "Try again" })).toBeVisible();
  await bare();
  await server.call("PUT", `/api/v1/chats/${id}/members/${anna.id}`, boris.token, { role: "member" });
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed.getByRole("img", { name: /sent|delivered|read/i })).toBeVisible();

  await page.goto("/c/nowhere");
  await expect(page.getByRole("main")).toContainText("This chat is not here");
  await bare();
  await page.goto("/no/such/page");
  await expect(page.getByText("There is no such page")).toBeVisible();
  await page.goto("/u/nobody");
  await expect(page.getByText("There is nobody by this name")).toBeVisible();
  await page.goto("/invite/wrongcode");
  await expect(page.getByText("This invite has ended")).toBeVisible();
  await bare();
  // The server does not answer a form.
  await page.goto("/settings/profile");
  await page.getByRole("textbox", { name: "Name shown" }).fill("Annushka");
  await server.stop("SIGKILL");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("alert").filter({ hasText: /cannot be reached|offline/ })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Name shown" })).toHaveValue("Annushka");
  await bare();
  expect(client.faults).toEqual([]);
});

test("Russian forms of number, dates and errors", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Анна"), await server.register("boris", "Борис")];
  const make = async (name: string, lines: number): Promise<void> => {
    const { id } = await server.call<{ id: string }>("POST", "/api/v1/chats", boris.token, { type: "group", name, members: ["anna"] });
    for (let n = 0; n < lines; n++) await server.say(boris, id, "слово");
  };
  for (const [name, lines] of [["Один", 1], ["Два", 2], ["Пять", 5], ["Двадцать один", 21]] as const) await make(name, lines);
  const client = await open(undefined, { locale: "ru-RU" });
  await client.signIn(anna, "ru");
  await expect(client.chat("Один.* 1 непрочитанное сообщение")).toBeVisible();
  await expect(client.chat("Два .* 2 непрочитанных сообщения")).toBeVisible();
  await expect(client.chat("Пять.* 5 непрочитанных сообщений")).toBeVisible();
  await expect(client.chat("Двадцать один.* 21 непрочитанное сообщение")).toBeVisible();
  await client.chat("Два ").click();
  await expect(client.page.getByText("2 участника")).toBeVisible();
  await expect(client.timeline.getByText("Сегодня")).toBeVisible();
  await client.composer.fill("/frobnicate");
  await client.composer.press("Escape");
  await client.composer.press("Enter");
  await expect(client.page.getByRole("alert")).toContainText(/Команды .*frobnicate.* нет|нет команды/i);
  await client.page.goto("/c/nowhere");
  await expect(client.page.getByRole("main")).toContainText(/[а-я]{4}/i);
  await expect(client.page.getByRole("main")).not.toContainText(/[a-z]{4}/i);
  expect(client.faults).toEqual([]);
});
