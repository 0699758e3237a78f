import type { Locator } from "@playwright/test";
import { type Client, expect, test } from "../fixtures";

/** Pastes as a browser does after another program has copied. */
async function paste(field: Locator, data: Record<string, string>): Promise<void> {
  await field.evaluate((element, given) => {
    const clipboardData = new DataTransfer();
    for (const [type, text] of Object.entries(given)) clipboardData.setData(type, text);
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, data);
}

const popup = (client: Client): Locator => client.page.getByRole("listbox", { name: "Suggestions" });

test("drafts stay: per chat, over a reload, on the other device, and in the list", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  await server.call("POST", "/api/v1/chats", anna.token, { type: "group", name: "Editors" });
  const [client, other] = [await open(anna), await open(anna)];
  await client.openChat("General");
  await client.composer.fill("to be continued");
  await client.openChat("Editors");
  await expect(client.composer).toHaveValue("");
  await client.composer.fill("another one");
  await expect(client.chat("General")).toContainText("Draft: to be continued");
  await client.page.reload();
  await expect(client.composer).toHaveValue("another one");
  await client.openChat("General");
  await expect(client.composer).toHaveValue("to be continued");
  await expect(client.chat("Editors")).toContainText("Draft: another one");
  await expect(other.chat("General")).toContainText("Draft: to be continued");
  await other.openChat("General");
  await expect(other.composer).toHaveValue("to be continued");
  await client.composer.press("Enter");
  await expect(other.composer).toHaveValue("");
  expect([...client.faults, ...other.faults]).toEqual([]);
});

test("popups for people, rooms, emoji and commands never send", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  await server.register("boris", "Boris");
  await server.register("bella", "Bella");
  await server.call("POST", "/api/v1/chats", anna.token, { type: "room", name: "Coffee", slug: "coffee" });
  const client = await open(anna);
  const { composer } = client;
  await client.openChat("General");
  await composer.pressSequentially("ask @b");
  await expect(popup(client).getByRole("option")).toHaveCount(2);
  const first = await popup(client).getByRole("option").first().innerText();
  await composer.press("ArrowDown");
  await expect(popup(client).getByRole("option").nth(1)).toHaveAttribute("aria-selected", "true");
  await composer.press("Enter");
  await expect(composer).toHaveValue(/^ask @(boris|bella) $/);
  expect(first.toLowerCase()).not.toContain((await composer.inputValue()).slice(5).trim());
  await composer.pressSequentially("in #cof");
  await expect(popup(client).getByRole("option")).toContainText("Coffee");
  await composer.press("Tab");
  await expect(composer).toHaveValue(/in #coffee $/);
  await composer.pressSequentially(":rock");
  await expect(popup(client).getByRole("option").first()).toBeVisible();
  await composer.press("Escape");
  await expect(popup(client)).toBeHidden();
  await composer.pressSequentially("s :rocke");
  await popup(client).getByRole("option", { name: /rocket/ }).click();
  await expect(composer).toHaveValue(/🚀/);
  await expect(composer).toBeFocused();
  await composer.fill("");
  await composer.pressSequentially("/shr");
  await expect(popup(client).getByRole("option")).toContainText("/shrug");
  await composer.press("Enter");
  await expect(composer).toHaveValue("/shrug ");
  await expect(client.timeline.getByRole("article")).toHaveCount(0);
  await composer.fill("");
  // The picker.
  await client.page.getByRole("button", { name: "Emoji", exact: true }).click();
  await client.page.getByRole("combobox", { name: "Search emoji" }).fill("rocket");
  await client.page.getByRole("gridcell", { name: "rocket" }).first().click();
  await expect(composer).toHaveValue("🚀");
  expect(client.faults).toEqual([]);
});

test("what is pasted: addresses, pages, plain text", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const client = await open(anna);
  const { composer } = client;
  await client.openChat("General");
  await composer.fill("read the page please");
  await composer.evaluate((element: HTMLTextAreaElement) => element.setSelectionRange(9, 13));
  await paste(composer, { "text/plain": "https://example.org/a" });
  await expect(composer).toHaveValue("read the [page](https://example.org/a) please");
  await client.say("read the [page](https://example.org/a) please");
  await expect(client.message("read the page please").getByRole("link", { name: "page" })).toHaveAttribute("href", "https://example.org/a");

  const html = "<p>A <b>bold</b> <a href='https://example.org/'>link</a><script>alert(1)</script></p><ul><li>one</li><li>two</li></ul>";
  await paste(composer, { "text/html": html, "text/plain": "A bold link one two" });
  await expect(composer).toHaveValue(/A \*\*bold\*\* \[link\]\(https:\/\/example\.org\/\)\s+- one\n- two/);
  await composer.fill("");
  await client.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await client.page.evaluate(() => navigator.clipboard.write([new ClipboardItem({ "text/html": new Blob(["<b>bold</b>"], { type: "text/html" }), "text/plain": new Blob(["bold"], { type: "text/plain" }) })]));
  await composer.press("Control+KeyV");
  await expect(composer).toHaveValue("**bold**");
  await composer.fill("");
  await composer.press("Control+Shift+KeyV");
  await expect(composer).toHaveValue("bold");

  // The buttons that format can be hidden, and stay so.
  const buttons = client.page.getByRole("toolbar", { name: "Formatting" });
  const toggle = client.page.getByRole("button", { name: "Formatting" });
  await expect(buttons).toBeHidden();
  await toggle.click();
  await composer.selectText();
  await buttons.getByRole("button", { name: "Italic" }).click();
  await expect(composer).toHaveValue("*bold*");
  await client.page.reload();
  await expect(buttons).toBeVisible();
  await toggle.click();
  await expect(buttons).toBeHidden();
  expect(client.faults).toEqual([]);
});

test.describe("with short messages", () => {
  test.use({ settings: { VESTNIK_MESSAGES__MAX_CHARS: "100" } });
  test("a counter near the limit, and a way to split what is longer", async ({ server, open }) => {
    const anna = await server.register("anna", "Anna");
    const client = await open(anna);
    const { composer, page } = client;
    await client.openChat("General");
    await composer.fill("word ".repeat(18).trim());
    await expect(page.getByRole("main").getByRole("status").filter({ hasText: /^11$/ })).toBeVisible();
    await composer.fill("word ".repeat(30).trim());
    await expect(page.getByRole("alert")).toContainText("Too long by 49 characters");
    await expect(page.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
    await composer.press("Enter");
    await expect(composer).toHaveValue(/^word/);
    await page.getByRole("button", { name: "Split into several messages" }).click();
    await expect(composer).toHaveValue("");
    await expect(client.timeline.getByRole("article")).toHaveCount(2);
    expect(client.faults).toEqual([]);
  });
});

test("send later: by presets and exactly; seen, moved, sent now, taken back", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const client = await open(anna);
  const { composer, page } = client;
  await client.openChat("General");
  const options = page.getByRole("button", { name: "Send options" });
  await composer.fill("on monday");
  await options.click();
  for (const preset of [/In an hour/, /Tomorrow morning/, /On Monday/]) await expect(page.getByRole("menuitem", { name: preset })).toBeVisible();
  await page.getByRole("menuitem", { name: /On Monday/ }).click();
  await expect(page.getByText("1 scheduled")).toBeVisible();
  await composer.fill("at its hour");
  await options.click();
  await page.getByRole("menuitem", { name: /Exact date/ }).click();
  const dialog = page.getByRole("dialog", { name: "Send later" });
  await dialog.getByLabel("Date and time").fill("2020-01-01T10:00");
  await expect(dialog).toContainText("This moment has passed");
  await expect(dialog.getByRole("button", { name: "Schedule" })).toBeDisabled();
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  await dialog.getByLabel("Date and time").fill(`${soon}T10:00`);
  await dialog.getByRole("button", { name: "Schedule" }).click();
  await page.getByText("2 scheduled").click();
  const list = page.getByRole("dialog", { name: "Scheduled messages" });
  const row = (text: string) => list.getByRole("listitem").filter({ hasText: text });
  await row("on monday").getByRole("button", { name: "Cancel" }).click();
  await expect(row("on monday")).toHaveCount(0);
  await row("at its hour").getByRole("button", { name: "Send now" }).click();
  await page.keyboard.press("Escape");
  await expect(client.message("at its hour")).toBeVisible();
  await expect(page.getByText(/\d scheduled/)).toHaveCount(0);
  expect(client.faults).toEqual([]);
});

test("calling more than twenty people is asked about first", async ({ server, open }) => {
  const owner = await server.setUp("olga");
  const names = Array.from({ length: 21 }, (_, n) => `guest${n}`);
  await Promise.all(names.map((name) => server.register(name)));
  await server.call("POST", "/api/v1/chats", owner.token, { type: "group", name: "Everybody", members: names });
  await server.call("POST", "/api/v1/chats", owner.token, { type: "group", name: "Few", members: names.slice(0, 2) });
  const client = await open(owner);
  await client.openChat("Everybody");
  await client.composer.fill("@room the cake is here");
  await client.composer.press("Enter");
  const question = client.page.getByRole("alertdialog");
  await expect(question).toContainText("22 members will be notified");
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(client.composer).toHaveValue("@room the cake is here");
  await expect(client.message("the cake is here")).toHaveCount(0);
  await client.composer.press("Enter");
  await question.getByRole("button", { name: "Send" }).click();
  await expect(client.message("the cake is here")).toBeVisible();
  await client.openChat("Few");
  await client.say("@room hello");
  await expect(client.message("hello")).toBeVisible();
  expect(client.faults).toEqual([]);
});
