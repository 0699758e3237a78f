import { expect, test } from "../fixtures";

test("a guest reads a public room and is invited to sign in", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  await server.say(anna, "general", "open to everybody");
  const guest = await open();
  await guest.page.goto("/rooms/general");
  await expect(guest.message("open to everybody")).toBeVisible();
  await expect(guest.composer).toHaveCount(0);
  await server.say(anna, "general", "and live");
  await expect(guest.message("and live")).toBeVisible();
  await guest.page.getByRole("link", { name: /Sign in/ }).or(guest.page.getByRole("button", { name: /Sign in/ })).first().click();
  await guest.signIn(anna);
  await expect(guest.page).toHaveURL(/general/);
  await expect(guest.composer).toBeVisible();
});

test("a deep link leads through the login to the message, and history works", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  for (let n = 1; n <= 130; n++) await server.say(anna, "general", `message number ${n}`);
  const client = await open();
  const chat = await server.call<{ id: string }>("POST", "/api/v1/chats", anna.token, { type: "group", name: "Archive" });
  for (let n = 1; n <= 130; n++) await server.say(anna, chat.id, `archived number ${n}.`);

  await client.page.goto(`/c/${chat.id}/17`);
  await expect(client.page).toHaveURL(/\/login/);
  await client.signIn(anna);
  await expect(client.page).toHaveURL(new RegExp(`/c/${chat.id}/17$`));
  await expect(client.message("archived number 17.")).toBeInViewport();
  await client.page.reload();
  await expect(client.message("archived number 17.")).toBeInViewport();
  await client.openChat("General");
  await expect(client.message(/message number 130$/)).toBeInViewport();
  await client.page.goBack();
  await expect(client.message("archived number 17.")).toBeInViewport();
  await client.page.goForward();
  await expect(client.page).toHaveURL(/\/c\/general/);
});

test("an ended session leads to the login and back to the same place, the draft intact", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const client = await open(anna);
  await client.openChat("General");
  await client.composer.fill("half a thou");
  await expect.poll(async () => {
    const chat = await server.call<{ draft?: { content: string } }>("GET", "/api/v1/chats/general", anna.token);
    return chat.draft?.content;
  }).toBe("half a thou");
  await client.composer.pressSequentially("ght");

  type Sessions = { sessions: { id: string; current: boolean }[] };
  const { sessions } = await server.call<Sessions>("GET", "/api/v1/auth/sessions", anna.token);
  for (const session of sessions.filter((each) => !each.current)) {
    await server.call("DELETE", `/api/v1/auth/sessions/${session.id}`, anna.token);
  }
  await expect(client.page).toHaveURL(/\/login\?next=/);
  await client.signIn(anna);
  await expect(client.page).toHaveURL(/\/c\/general/);
  await expect(client.composer).toHaveValue("half a thought");
});

test("five wrong passwords lock the name and the page counts down", async ({ server, open }) => {
  const anna = await server.register("anna");
  const client = await open();
  await client.page.goto("/login");
  for (let n = 0; n < 6; n++) {
    await client.field("Username").fill(anna.username);
    await client.field("Password").fill(`wrong password ${n}`);
    await client.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(client.page.getByRole("alert")).toBeVisible();
    if (await client.page.getByRole("button", { name: "Sign in", exact: true }).isDisabled()) break;
  }
  await expect(client.page.getByRole("alert")).toContainText(/locked|Too many/i);
  await expect(client.page.getByRole("alert")).toContainText(/\d+:\d\d|\d+ (min|s)/);
});
