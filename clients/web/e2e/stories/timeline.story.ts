import type { Locator } from "@playwright/test";
import { type Account, expect, type Server, test } from "../fixtures";

async function log(server: Server, by: Account, name: string, lines: number, ...members: string[]): Promise<string> {
  const { id } = await server.call<{ id: string }>("POST", "/api/v1/chats", by.token, { type: "group", name, members });
  for (let n = 1; n <= lines; n++) await server.say(by, id, `line ${n}.`);
  return id;
}

const top = async (element: Locator): Promise<number> => Math.round((await element.boundingBox())!.y);

test("opens at the first unread, and never jumps while one reads", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const boris = await server.register("boris", "Boris");
  const id = await log(server, boris, "Log", 120, "anna");
  await server.call("POST", `/api/v1/chats/${id}/read`, anna.token, { seq: 40 });
  const client = await open(anna);
  const { page } = client;
  await client.openChat("Log");
  const line = page.getByRole("separator", { name: "New messages" });
  const newest = page.getByRole("button", { name: /^\d+ new$/ });
  await expect(line).toBeInViewport();
  await expect(client.message(/line 41\./)).toBeInViewport();
  await expect(client.message(/line 120\./)).not.toBeInViewport();
  await expect(newest).toBeVisible();

  // What comes below moves nothing; the button counts it.
  const before = await top(client.message(/line 42\./));
  const counted = Number.parseInt(await newest.innerText());
  await server.say(boris, id, "line 121.");
  await expect(newest).toHaveText(`${counted + 1} new`);
  expect(await top(client.message(/line 42\./))).toBe(before);

  // The day stays in sight while one scrolls.
  await client.timeline.hover();
  await page.mouse.wheel(0, -600);
  await expect(client.message(/line 30\./)).toBeInViewport();
  await expect(page.getByText("Today", { exact: true }).first()).toBeInViewport();

  // Another chat and back: where one was.
  const seen = client.message(/line 30\./);
  const place = await top(seen);
  await client.openChat("General");
  await client.openChat("Log");
  await expect(seen).toBeInViewport();
  expect(Math.abs((await top(seen)) - place)).toBeLessThanOrEqual(2);

  await page.getByRole("button", { name: /new$|newest/ }).click();
  await expect(client.message(/line 121\./)).toBeInViewport();
  await expect(newest).toHaveCount(0);
  await expect(client.chat("Log.*unread")).toHaveCount(0);
  await client.openChat("General");
  await client.openChat("Log");
  await expect(client.message(/line 121\./)).toBeInViewport();
  await expect(line).toHaveCount(0);
  expect(client.faults).toEqual([]);
});

test("days, groups and times", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  await server.say(boris, "general", "first of Boris");
  await server.say(boris, "general", "second of Boris");
  await server.say(anna, "general", "between");
  await server.say(boris, "general", "third of Boris");
  const client = await open(anna);
  const { page } = client;
  await client.openChat("General");
  await expect(client.timeline.getByText("Today")).toBeVisible();
  const by = (text: string) => client.message(text).getByRole("button", { name: "Boris", exact: true });
  await expect(by("first of Boris")).toBeVisible();
  await expect(by("second of Boris")).toHaveCount(0);
  await expect(by("third of Boris")).toBeVisible();
  await expect(client.message("second of Boris").locator("time")).toBeHidden();
  await client.message("second of Boris").hover();
  await expect(client.message("second of Boris").locator("time")).toBeVisible();
  await client.message("first of Boris").locator("time").hover();
  await expect(page.getByText(/\d{4}\D.*\d\d:\d\d:\d\d/)).toBeVisible();
  expect(client.faults).toEqual([]);
});

test("a link to a message opens it lit in its context, for guests too", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const first = await server.say(anna, "general", "line 1.");
  for (let n = 2; n <= 90; n++) await server.say(anna, "general", `line ${n}.`);
  await server.say(anna, "general", "as I said", first.id);
  const client = await open(anna, { permissions: ["clipboard-read", "clipboard-write"] });
  await client.openChat("General");
  // A quote leads to what it quotes.
  await client.message("as I said").getByRole("button", { name: "Go to the message by Anna" }).click();
  await expect(client.message(/line 1\./)).toBeInViewport();
  await expect(client.message(/line 1\./)).not.toHaveCSS("background-color", "rgba(0, 0, 0, 0)");
  await client.page.getByRole("button", { name: "To the newest message" }).click();
  await client.act(/line 85\./, "Copy link");
  await expect.poll(() => client.copied()).toBe(`${server.url}/c/general/85`);
  for (const reader of [client, await open()]) {
    await reader.page.goto("/c/general/12");
    await expect(reader.message(/line 12\./)).toBeInViewport();
    await expect(reader.message(/line 12\./)).not.toHaveCSS("background-color", "rgba(0, 0, 0, 0)");
    await expect(reader.message(/line 11\./)).toBeInViewport();
    await expect(reader.message(/line 12\./)).toHaveCSS("background-color", "rgba(0, 0, 0, 0)");
    expect(reader.faults).toEqual([]);
  }
});

test("the menu, several at once, forwarding, and stubs of what was deleted", async ({ server, open }) => {
  const owner = await server.setUp("olga");
  const boris = await server.register("boris", "Boris");
  for (const text of ["one", "two", "three", "rude words"]) await server.say(boris, "general", text);
  await server.say(owner, "general", "mine");
  await server.call("POST", "/api/v1/chats", owner.token, { type: "group", name: "Archive" });
  const client = await open(owner, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = client;
  await client.openChat("General");
  await client.message("mine").click({ button: "right" });
  for (const entry of ["React", "Reply", "Edit", "Copy text", "Copy link", "Forward", "Select", "Pin", /Mark unread/, "Read by", "Delete"]) {
    await expect(page.getByRole("menuitem", { name: entry }).or(page.getByRole("menuitemcheckbox", { name: entry })).first()).toBeVisible();
  }
  await page.keyboard.press("Escape");
  await client.message("mine").hover();
  await expect(page.getByRole("toolbar", { name: "Message actions" }).getByRole("button", { name: /^React with/ })).toHaveCount(6);

  await client.act("one", "Select");
  await client.message("three").click();
  const bar = page.getByRole("toolbar", { name: "Selected messages" });
  await expect(bar).toContainText("2 selected");
  await bar.getByRole("button", { name: "Copy text" }).click();
  await expect.poll(() => client.copied()).toMatch(/Boris.*\n?.*one[\s\S]*three/);
  await expect(bar).toBeHidden();
  await client.act("one", "Select");
  await client.message("two").click();
  await bar.getByRole("button", { name: "Forward" }).click();
  await page.getByRole("dialog").getByText("Archive").click();
  await client.openChat("Archive");
  await expect(client.message(/one/)).toContainText("Forwarded from Boris");
  await expect(client.message(/two/)).toBeVisible();
  await client.openChat("General");
  await client.act("rude words", "Delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await client.act("mine", "Delete");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(client.timeline.getByText("Message deleted by a moderator")).toHaveCount(1);
  await expect(client.timeline.getByText("Message deleted", { exact: true })).toHaveCount(1);
  expect(client.faults).toEqual([]);
});

test("what is written looks as it was meant", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  await server.say(anna, "general", "**bold** *slanted* _too_ ~~gone~~ `code` [named](https://example.org/) https://example.com/x <b>raw</b> # no heading");
  await server.say(anna, "general", "> a quote\n\n- [x] done\n- [ ] open\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n1. first\n2. second");
  await server.say(anna, "general", "the murderer is ||the gardener||");
  await server.say(anna, "general", "```js\nconst answer = 42;\n```");
  await server.say(anna, "general", "🎉");
  const client = await open(anna, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = client;
  await client.openChat("General");
  const first = client.message(/slanted/);
  await expect(first.locator("strong")).toHaveText("bold");
  await expect(first.locator("em")).toHaveText(["slanted", "too"]);
  await expect(first.locator("s, del")).toHaveText("gone");
  await expect(first.locator("code")).toHaveText("code");
  await expect(first.getByRole("link", { name: "named" })).toHaveAttribute("href", "https://example.org/");
  await expect(first.getByRole("link", { name: "https://example.com/x" })).toBeVisible();
  await expect(first).toContainText("<b>raw</b> # no heading");
  await expect(first.getByRole("heading")).toHaveCount(0);
  const second = client.message(/a quote/);
  await expect(second.locator("blockquote")).toContainText("a quote");
  await expect(second.locator("ol li")).toHaveText([/first$/, /second$/]);
  await expect(second.getByRole("cell", { name: "2" }).or(second.locator("td", { hasText: "2" })).first()).toBeVisible();
  await expect(second.getByRole("img", { name: "done", exact: true }).or(second.getByRole("checkbox")).first()).toBeVisible();
  const spoiler = client.message(/murderer/).getByRole("button", { name: "Hidden text: show" });
  await spoiler.focus();
  await page.keyboard.press("Enter");
  await expect(client.message(/murderer/).getByText("the gardener")).toBeVisible();
  await expect(spoiler).toHaveCount(0);
  const block = client.timeline.locator("figure");
  await expect(block.locator("pre span").first()).toHaveText("const");
  await block.getByRole("button", { name: "Copy code" }).click();
  await expect(block.getByRole("button", { name: "Copied" })).toBeVisible();
  await expect.poll(() => client.copied()).toBe("const answer = 42;");
  const alone = client.message(/🎉$/).getByText("🎉").first();
  expect(await alone.evaluate((element) => parseFloat(getComputedStyle(element).fontSize))).toBeGreaterThan(24);
  expect(client.faults).toEqual([]);
});
