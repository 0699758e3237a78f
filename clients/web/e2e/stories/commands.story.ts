import { type Client, expect, test } from "../fixtures";

const said = (client: Client, text: string | RegExp) => expect(client.page.getByRole("region", { name: "Notices" })).toContainText(text);

/** Types a command and sends it; it must not stand in the field any more, nor in the chat. */
async function run(client: Client, line: string): Promise<void> {
  await client.composer.fill(line);
  await client.composer.press("Escape");
  await client.composer.press("Enter");
}

test("commands that write, and those that are none", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const client = await open(anna);
  const { page, composer } = client;
  await client.openChat("General");
  await run(client, "/me waves");
  await expect(client.message("waves")).toContainText("Anna");
  await run(client, "/shrug who knows");
  await expect(client.message(/who knows ¯/)).toBeVisible();
  await run(client, "/spoiler the butler");
  await expect(client.timeline.getByRole("button", { name: "Hidden text: show" })).toBeVisible();
  await run(client, "/code let a = 1;");
  await expect(client.timeline.locator("pre")).toHaveText("let a = 1;");
  await run(client, "//etc/hosts is a path");
  await expect(client.message("/etc/hosts is a path")).toBeVisible();
  await run(client, "/ alone");
  await expect(client.message("/ alone")).toBeVisible();

  await run(client, "/frobnicate now");
  await expect(page.getByRole("alert")).toContainText("There is no command “/frobnicate”");
  await expect(composer).toHaveValue("/frobnicate now");
  await expect(client.message("/frobnicate now")).toHaveCount(0);
  await page.getByRole("button", { name: "Send as text" }).click();
  await expect(client.message("/frobnicate now")).toBeVisible();

  await run(client, "/later");
  await expect(page.getByRole("alert")).toContainText("Something is missing");
  await run(client, "/later whenever hello");
  await expect(page.getByRole("alert")).toContainText("The time was not understood");
  await run(client, "/later 2h good evening");
  await expect(page.getByText("1 scheduled")).toBeVisible();
  await run(client, "/remind 30m the oven");
  const scheduled = async () => {
    type Scheduled = { scheduled: { content: string }[] };
    return (await server.call<Scheduled>("GET", "/api/v1/scheduled", anna.token)).scheduled.map(({ content }) => content).sort();
  };
  await expect.poll(scheduled).toEqual(["good evening", "the oven"]);
  await said(client, "Will be sent");
  expect(client.faults).toEqual([]);
});

test("commands about oneself", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  await server.register("boris", "Boris");
  await server.call("POST", "/api/v1/chats", anna.token, { type: "room", name: "Coffee", slug: "coffee" });
  const client = await open(anna);
  const { page } = client;
  await client.openChat("General");
  await run(client, "/help");
  const help = page.getByRole("dialog", { name: "Commands" });
  await expect(help).toContainText("/remind");
  await page.keyboard.press("Escape");
  await expect(client.composer).toBeFocused();
  await run(client, "/shortcuts");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await run(client, "/status 🌴 on leave");
  await said(client, "Your status was changed");
  type Account = { user: { status_text: string; status_emoji: string } };
  const { user } = await server.call<Account>("GET", "/api/v1/account", anna.token);
  expect([user.status_emoji, user.status_text]).toEqual(["🌴", "on leave"]);
  await run(client, "/away");
  await said(client, "You are shown as away");
  await run(client, "/dnd 1h");
  await said(client, "Do not disturb is on until");
  await expect(page.getByRole("button", { name: /Do not disturb until/ })).toBeVisible();
  await run(client, "/online");
  await said(client, "You are shown as online");
  await expect(page.getByRole("button", { name: /Do not disturb until/ })).toHaveCount(0);
  await run(client, "/mute 2h");
  await said(client, "Notifications are off here until");
  await expect(client.chat("General.*muted")).toBeVisible();
  await run(client, "/unmute");
  await expect(client.chat("General.*muted")).toHaveCount(0);
  await run(client, "/msg @boris hello there");
  await expect(page.getByRole("heading", { name: "Boris", level: 1 })).toBeVisible();
  await expect(client.message("hello there")).toBeVisible();
  await run(client, "/join #coffee");
  await expect(page.getByRole("heading", { name: "Coffee", level: 1 })).toBeVisible();
  await run(client, "/settings appearance");
  await expect(page).toHaveURL(/\/settings\/appearance/);
  await client.chat("General").click();
  await run(client, "/logout");
  await expect(page).toHaveURL(/\/login/);
  expect(client.faults).toEqual([]);
});

test("commands of those who run a chat, and refusals for the others", async ({ server, open }) => {
  const owner = await server.setUp("olga");
  const boris = await server.register("boris", "Boris");
  await server.register("mira", "Mira");
  await server.call("POST", "/api/v1/chats", owner.token, { type: "group", name: "Editors", members: ["boris"] });
  const client = await open(owner);
  const { page } = client;
  await client.openChat("Editors");
  const details = page.getByRole("complementary", { name: "Details" });
  const member = (name: string) => details.getByRole("listitem").filter({ hasText: name });
  await run(client, "/topic What we print");
  await expect(details).toContainText("What we print");
  await run(client, "/rename Publishers");
  await expect(client.chat("Publishers")).toBeVisible();
  await run(client, "/invite @mira");
  await expect(member("Mira")).toBeVisible();
  await run(client, "/kick @mira");
  await expect(member("Mira")).toHaveCount(0);
  await run(client, "/kick @nobody");
  await expect(page.getByRole("alert")).toContainText("There is no such member here");
  await run(client, "/invite");
  await said(client, /Invite link: http/);
  const other = await open(boris);
  await other.openChat("Publishers");
  await run(other, "/rename Mine");
  await expect(other.page.getByRole("alert")).toContainText("You may not do this here");
  await run(client, "/ban @boris");
  await expect(other.chat("Publishers")).toHaveCount(0);
  await run(client, "/unban @boris");
  await said(client, "boris is no longer blocked");
  await other.openChat("General");
  await run(other, "/leave");
  await other.page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
  await expect(other.chat("General")).toHaveCount(0);
  expect([...client.faults, ...other.faults]).toEqual([]);
});
