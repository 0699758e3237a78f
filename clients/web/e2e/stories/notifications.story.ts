import { type Client, expect, test } from "../fixtures";

const cards = (client: Client) => client.page.getByRole("log", { name: "New messages" }).getByRole("listitem");

test("a card says who, where and what, and opens that message; none for the chat in view", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  const { id } = await server.call<{ id: string }>("POST", "/api/v1/chats", boris.token, { type: "group", name: "Crew", members: ["anna"] });
  const client = await open(anna);
  const { page } = client;
  await client.openChat("General");
  await client.online();
  await server.say(boris, id, "the **bell** rings");
  await expect(cards(client)).toContainText("the bell rings");
  await expect(cards(client)).toContainText("Boris");
  await expect(cards(client)).toContainText("Crew");
  await server.say(boris, id, "twice");
  await expect(cards(client)).toHaveCount(1);
  await expect(cards(client)).toContainText("twice");
  await cards(client).getByRole("button", { name: /twice/ }).click();
  await expect(page).toHaveURL(new RegExp(`/c/${id}/2$`));
  await expect(client.message("twice")).toBeInViewport();
  await expect(cards(client)).toHaveCount(0);
  await server.say(boris, id, "while you look");
  await expect(client.message("while you look")).toBeVisible();
  await expect(cards(client)).toHaveCount(0);

  // Without the text, if one likes.
  await page.goto("/settings/notifications");
  await page.getByRole("switch", { name: "Show the text" }).click();
  await server.say(boris, id, "a secret");
  await expect(cards(client)).toContainText("New message");
  await expect(cards(client)).not.toContainText("a secret");
  await cards(client).getByRole("button", { name: "Dismiss" }).click();
  await expect(cards(client)).toHaveCount(0);
  expect(client.faults).toEqual([]);
});

test("levels, keywords, quiet hours, and why there was no notification", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  const group = async (name: string) => (await server.call<{ id: string }>("POST", "/api/v1/chats", boris.token, { type: "group", name, members: ["anna"] })).id;
  const [crew, noise] = [await group("Crew"), await group("Noise")];
  const client = await open(anna);
  const { page } = client;
  await page.goto("/settings/notifications");
  await page.getByRole("group", { name: "Notify about" }).getByText("Mentions").click();
  await page.getByRole("textbox", { name: "Keywords" }).fill("deadline");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await client.chat("Noise").click();
  const details = page.getByRole("complementary", { name: "Details" });
  await details.getByLabel("Notify about").selectOption({ label: "Nothing" });
  await page.goto("/settings/notifications");
  await expect(page.getByLabel("Notifications of Noise")).toHaveValue("none");
  await client.online();

  await server.say(boris, noise, "@anna noise");
  await server.say(boris, crew, "nothing for you");
  await server.say(boris, crew, "the Deadline moves");
  await expect(cards(client)).toContainText("the Deadline moves");
  await server.say(boris, crew, "@anna look");
  await expect(cards(client)).toContainText("@anna look");
  await expect(cards(client)).toHaveCount(1);
  await cards(client).getByRole("button", { name: "Dismiss" }).click();

  const quiet = page.getByRole("main").getByRole("button", { name: /Turn on…|Change…/ });
  await quiet.click();
  await page.getByRole("menuitem", { name: "For an hour" }).click();
  await expect(page.getByRole("navigation").getByRole("button", { name: /Do not disturb until/ })).toBeVisible();
  await server.say(boris, crew, "@anna in the quiet");
  await expect(client.chat("Crew")).toContainText("in the quiet");
  await expect(cards(client)).toHaveCount(0);

  await page.getByRole("button", { name: "Explain" }).click();
  const reason = (text: string) => page.getByRole("main").getByRole("listitem").filter({ hasText: text });
  await expect(reason("in the quiet")).toContainText("do not disturb was on");
  await expect(reason("@anna noise")).toContainText("notifications are off for this chat");
  await expect(reason("nothing for you")).toContainText("you chose mentions only");

  await quiet.click();
  await page.getByRole("menuitem", { name: "Turn off" }).click();
  await page.getByRole("switch", { name: "On a schedule" }).click();
  await page.getByLabel("From").fill("00:00");
  await page.getByLabel("To", { exact: true }).fill("23:59");
  await expect(page.getByRole("navigation").getByRole("button", { name: /Do not disturb/ })).toHaveAccessibleName(/until 23:59|is on/);
  expect(client.faults).toEqual([]);
});

test("the system's notification when one looks elsewhere: sender, chat, text; a click opens the message", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  const client = await open(anna, { permissions: ["notifications"], serviceWorkers: "block" });
  const { page } = client;
  await page.addInitScript(() => {
    const shown: { title: string; body: string; tag: string }[] = [];
    class Fake extends EventTarget {
      static permission = "granted";
      constructor(title: string, options: NotificationOptions) {
        super();
        shown.push({ title, body: options.body ?? "", tag: options.tag ?? "" });
        Object.assign(globalThis, { lastNote: this });
      }
      close(): void {}
    }
    Object.assign(globalThis, { Notification: Fake, shownNotes: shown });
    document.hasFocus = () => false;
  });
  await page.reload();
  await client.openChat("General");
  await client.online();
  await server.say(boris, "general", "come back");
  const notes = () => page.evaluate(() => (globalThis as unknown as { shownNotes: object[] }).shownNotes);
  await expect.poll(notes).toEqual([{ title: "Boris in General", body: "come back", tag: "chat:general" }]);
  await page.evaluate(() => (globalThis as unknown as { lastNote: EventTarget }).lastNote.dispatchEvent(new Event("click")));
  await expect(page).toHaveURL(/\/c\/general\/1$/);
  expect(client.faults).toEqual([]);
});
