import { type Client, expect, test } from "../fixtures";

test("profile: changed here, seen there; the card and the page of a person", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  await server.say(anna, "general", "hello");
  const [client, other] = [await open(anna), await open(boris)];
  await other.openChat("General");
  const { page } = client;
  await page.goto("/settings/profile");
  await page.getByRole("textbox", { name: "Name shown" }).fill("Anna Maria");
  await page.getByRole("textbox", { name: "About me" }).fill("Reads maps.");
  await page.getByRole("button", { name: "On vacation" }).click();
  // Nothing is lost by going away without saving.
  await client.list.getByRole("link").first().click();
  await expect(page.getByRole("alertdialog")).toContainText("not saved yet");
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved")).toBeVisible();
  await expect(other.message("hello")).toContainText("Anna Maria");
  await other.message("hello").getByRole("button", { name: "Anna Maria", exact: true }).click();
  const card = other.page.getByRole("dialog");
  await expect(card).toContainText("Reads maps.");
  await expect(card).toContainText("On vacation");
  await card.getByRole("button", { name: "Message", exact: true }).click();
  await expect(other.page).toHaveURL(/\/c\//);
  await expect(other.page.getByRole("heading", { name: "Anna Maria", level: 1 })).toBeVisible();
  await other.page.goto("/u/anna");
  await expect(other.page.getByRole("main")).toContainText("Reads maps.");
  await other.page.goto("/direct/anna");
  await expect(other.page.getByRole("heading", { name: "Anna Maria", level: 1 })).toBeVisible();
  expect([...client.faults, ...other.faults]).toEqual([]);
});

test("password and devices", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const [client, second, third] = [await open(anna), await open(anna), await open(anna)];
  const { page } = client;
  await page.goto("/settings/sessions");
  const devices = page.getByRole("main").getByRole("listitem").filter({ hasText: "last used" });
  await expect(devices.filter({ hasText: "this device" })).toHaveCount(1);
  const before = await devices.count();
  await devices.filter({ hasNotText: "this device" }).first().getByRole("button", { name: /End the session/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "End" }).click();
  await expect(devices).toHaveCount(before - 1);
  await page.goto("/settings/account");
  const change = async (old: string, fresh: string): Promise<void> => {
    await client.field("Present password").fill(old);
    await client.field("New password").fill(fresh);
    await page.getByRole("button", { name: "Change password" }).click();
  };
  await change("not my password", "a much longer secret");
  await expect(page.getByText("The present password is wrong.")).toBeVisible();
  await change(anna.password, "a much longer secret");
  await expect(page.getByText("The password is changed")).toBeVisible();
  for (const each of [second, third]) await expect(each.page).toHaveURL(/\/login/);
  await client.openChat("General");
  await client.say("still here");
  await second.signIn({ ...anna, password: "a much longer secret" });
  await second.openChat("General");
  await expect(second.message("still here")).toBeVisible();
  expect(client.faults).toEqual([]);
});

test("themes: chosen, made, exported, imported; a hostile file does nothing", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const [client, other] = [await open(anna), await open(anna)];
  const { page } = client;
  await page.goto("/settings/appearance");
  const ground = (at: Client) => at.page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--surface").trim());
  const light = await ground(client);
  await page.getByText("Dark", { exact: true }).first().click();
  await expect.poll(() => ground(client)).not.toBe(light);
  const dark = await ground(client);
  await expect.poll(() => ground(other)).toBe(dark);
  await page.reload();
  expect(await ground(client)).toBe(dark);
  await page.getByText("Compact", { exact: true }).click();
  await expect(page.locator("html[data-density=compact]")).toBeAttached();

  await page.getByRole("button", { name: "New theme" }).click();
  const editor = page.getByRole("dialog", { name: "Theme editor" });
  await editor.getByRole("textbox", { name: "Name" }).fill("Night sea");
  await editor.getByRole("textbox", { name: "Panels, as text" }).fill("#102030");
  await editor.getByRole("textbox", { name: "Text, as text", exact: true }).fill("#203040");
  await expect(editor).toContainText(/pairs? (is|are) hard to read/);
  await editor.getByRole("textbox", { name: "Text, as text", exact: true }).fill("#f0f4f8");
  await editor.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => ground(client)).toBe("#102030");
  await expect.poll(() => ground(other)).toBe("#102030");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export theme", exact: true }).click();
  const chunks: Buffer[] = [];
  for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer);
  const file = Buffer.concat(chunks).toString();
  expect(JSON.parse(file)).toMatchObject({ format: "vestnik-theme-1", themes: [{ name: "Night sea", tokens: { surface: "#102030" } }] });

  const choose = (content: string) => page.getByLabel("Import").setInputFiles({ name: "theme.json", mimeType: "application/json", buffer: Buffer.from(content) });
  const notices = page.getByRole("region", { name: "Notices" });
  await choose("{not json");
  await expect(notices).toContainText("This is not a theme file.");
  await choose('{"__proto__": {"polluted": true}, "themes": []}');
  await expect(notices).toContainText("This is not a theme file of Vestnik.");
  const hostile = (tokens: object, name = "x") => JSON.stringify({ format: "vestnik-theme-1", themes: [{ name, base: "dark", tokens }] });
  await choose(hostile({ surface: "red;} body{display:none" }));
  await expect(notices).toContainText("A colour in the file is not a colour: surface");
  await choose(hostile({ surface: "url(https://evil.example/x.png)" }));
  await choose(hostile({ "background-image": "#000000" }));
  await expect(notices).toContainText("The file sets something that themes may not set: background-image");
  await choose(hostile({}, "<img src=x onerror=alert(1)>"));
  await expect(page.getByText("<img src=x onerror=alert(1)>").first()).toBeVisible();
  expect(await page.evaluate(() => "polluted" in {})).toBe(false);
  await choose(file);
  await expect(notices).toContainText("1 theme imported");
  await expect.poll(() => ground(client)).toBe("#102030");
  expect([...client.faults, ...other.faults]).toEqual([]);
});

test("a chat of each kind, the directory, and an invite with its picture", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  const [client, other] = [await open(anna), await open(boris)];
  const { page } = client;
  const dialog = page.getByRole("dialog", { name: "New chat" });
  const heading = (name: string) => page.getByRole("heading", { name, level: 1 });
  for (const kind of ["Group", "Channel", "Room"] as const) {
    await page.getByRole("button", { name: "New chat" }).first().click();
    await dialog.getByText(kind, { exact: true }).click();
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill(`My ${kind}`);
    if (kind === "Room") await expect(dialog.getByRole("textbox", { name: "Address" })).toHaveValue("my-room");
    if (kind === "Group") {
      await dialog.getByRole("combobox", { name: "Members" }).fill("bor");
      await dialog.getByRole("option", { name: /Boris/ }).click();
      await expect(dialog.getByRole("list", { name: "Chosen" })).toContainText("Boris");
    }
    await dialog.getByRole("button", { name: `Create ${kind.toLowerCase()}` }).click();
    await expect(heading(`My ${kind}`)).toBeVisible();
  }
  await page.getByRole("button", { name: "New chat" }).first().click();
  await dialog.getByText("Direct", { exact: true }).click();
  await dialog.getByRole("combobox", { name: "To whom?" }).fill("boris");
  await dialog.getByRole("option", { name: /Boris/ }).click();
  await expect(heading("Boris")).toBeVisible();
  await client.say("hello");
  await expect(other.chat("Anna.*hello")).toBeVisible();

  // Found in the directory, looked into, joined, left.
  await other.page.goto("/rooms");
  await other.page.getByRole("searchbox", { name: "Find rooms" }).fill("my room");
  await other.page.getByRole("link", { name: "My Room", exact: true }).click();
  await expect(other.page).toHaveURL(/\/c\/my-room/);
  await other.page.getByRole("button", { name: "Join", exact: true }).click();
  await expect(other.composer).toBeVisible();
  await other.page.getByRole("complementary", { name: "Details" }).getByRole("button", { name: "Leave" }).click();
  await other.page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
  await expect(other.chat("My Room")).toHaveCount(0);

  // An invite: its address, its picture, used by the other, withdrawn.
  await client.chat("My Channel").click();
  await page.getByRole("complementary", { name: "Details" }).getByRole("button", { name: "New invite link" }).click();
  const form = page.getByRole("dialog", { name: "New invite link" });
  await form.getByLabel("May be used").selectOption({ label: "once" });
  await form.getByRole("button", { name: "Create link" }).click();
  const made = page.getByRole("dialog", { name: "Invite link" });
  await expect(made.getByRole("img", { name: "QR code of the link" })).toBeVisible();
  const link = await made.getByRole("textbox", { name: "Link" }).inputValue();
  await page.keyboard.press("Escape");
  await other.page.goto("/rooms");
  await other.page.getByRole("textbox", { name: "Have an invite link?" }).fill(link);
  await other.page.getByRole("button", { name: "Open invite" }).click();
  await expect(other.page.getByRole("main")).toContainText("My Channel");
  await other.page.getByRole("button", { name: "Join" }).click();
  await expect(other.page.getByText("Only owners and admins write in this channel.")).toBeVisible();
  const third = await open();
  await third.page.goto(link);
  await expect(third.page.getByText("This invite has ended")).toBeVisible();
  expect([...client.faults, ...other.faults]).toEqual([]);
});
