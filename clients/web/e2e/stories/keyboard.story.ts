import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures";

/** Presses a key as a layout sends it: the code says where it is, the key which letter stands there. */
async function pressOn(page: Page, code: string, key: string, modifiers: number): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  const windowsVirtualKeyCode = code.charCodeAt(3);
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", code, key, modifiers, windowsVirtualKeyCode });
  await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", code, key, modifiers, windowsVirtualKeyCode });
  await cdp.detach();
}

test("the switcher finds chats, people, rooms, commands and dates", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const boris = await server.register("boris", "Boris Orlov");
  const group = (name: string): Promise<{ id: string }> => server.call("POST", "/api/v1/chats", boris.token, { type: "group", name, members: ["anna"] });
  const design = await group("Design");
  await group("Release crew");
  await server.call("POST", "/api/v1/chats", boris.token, { type: "room", name: "Coffee corner", slug: "coffee" });
  await server.say(anna, "general", "hello");
  const client = await open(anna);
  await client.openChat("General");
  await server.say(boris, design.id, "a sketch");
  await expect(client.chat("Design")).toContainText("a sketch");

  const { page, composer } = client;
  const dialog = page.getByRole("dialog");
  const options = dialog.getByRole("option");
  const field = dialog.getByRole("combobox");
  await composer.fill("half a thought");
  await page.keyboard.press("Control+KeyK");
  await expect(field).toBeFocused();
  await expect(dialog.getByRole("group").first()).toHaveAccessibleName("Unread");
  await expect(options.first()).toContainText("Design");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(composer).toBeFocused();
  await expect(composer).toHaveValue("half a thought");

  await page.keyboard.press("Control+KeyK");
  await field.fill("rlscrw");
  await expect(options.first()).toContainText("Release crew");
  await field.fill("boris o");
  await expect(dialog.getByRole("group", { name: "People" }).getByRole("option")).toContainText("Boris Orlov");
  await field.fill("corner");
  await expect(dialog.getByRole("group", { name: "Rooms" }).getByRole("option")).toContainText("Coffee corner");
  await field.fill("shortcuts");
  await expect(dialog.getByRole("group", { name: "Commands" }).getByRole("option").first()).toContainText("Keyboard shortcuts");
  await field.fill("today");
  await expect(dialog.getByRole("group", { name: "Date" }).getByRole("option")).toContainText("Jump to");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/c\/general\/1$/);
  await expect(client.message("hello")).toBeInViewport();

  await page.keyboard.press("Control+KeyK");
  await field.fill("crew");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Release crew", level: 1 })).toBeVisible();
  await expect(composer).toBeFocused();

  // With something selected the same keys make a link of it.
  await composer.fill("see the page");
  await composer.evaluate((element: HTMLTextAreaElement) => element.setSelectionRange(8, 12));
  await page.keyboard.press("Control+KeyK");
  await expect(composer).toHaveValue(/^see the \[page\]\(.*\)$/);
  await expect(dialog).toBeHidden();
  expect(client.faults).toEqual([]);
});

test("the keys of the message field", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const boris = await server.register("boris", "Boris");
  await server.say(boris, "general", "the last word");
  const client = await open(anna);
  const { page, composer } = client;
  await client.openChat("General");
  await client.say("my first");
  await client.say("my second");

  // Up edits the last message: Esc leaves it, Enter saves it, nothing left asks to delete it.
  await composer.press("ArrowUp");
  await expect(composer).toHaveValue("my second");
  await composer.fill("not this");
  await composer.press("Escape");
  await expect(composer).toHaveValue("");
  await expect(client.message("my second")).toBeVisible();
  await composer.press("ArrowUp");
  await composer.fill("my second, better");
  await composer.press("Enter");
  await expect(client.message("my second, better")).toContainText("edited");
  await expect(composer).toHaveValue("");
  await composer.press("ArrowUp");
  await expect(composer).toHaveValue("my second, better");
  await composer.fill("");
  await composer.press("Enter");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(client.message("my second, better")).toHaveCount(0);
  await expect(composer).toBeFocused();

  // Walking through what was sent, and back to what was being typed.
  await client.say("my third");
  await composer.press("Control+ArrowUp");
  await expect(composer).toHaveValue("my third");
  await composer.press("Control+ArrowUp");
  await expect(composer).toHaveValue("my first");
  await composer.press("Control+ArrowDown");
  await composer.press("Control+ArrowDown");
  await expect(composer).toHaveValue("");

  await server.say(boris, "general", "and the question");
  await expect(client.message("and the question")).toBeVisible();
  await composer.press("Shift+ArrowUp");
  await expect(page.getByText("Reply to Boris")).toBeVisible();
  await client.say("an answer");
  await expect(client.message("an answer")).toContainText("and the question");
  await composer.press("Control+Shift+Backslash");
  await page.getByRole("combobox", { name: "Search emoji" }).fill("thumbs up");
  await page.getByRole("gridcell", { name: "thumbs up" }).click();
  await expect(client.message("an answer").getByRole("button", { name: /👍, 1/ })).toBeVisible();

  // Line breaks.
  await composer.fill("one");
  await composer.press("Shift+Enter");
  await composer.pressSequentially("two");
  await expect(composer).toHaveValue("one\ntwo");
  await composer.fill("```sh");
  await composer.press("Enter");
  await composer.pressSequentially("make");
  await expect(composer).toHaveValue("```sh\nmake");
  await composer.press("Enter");
  await composer.pressSequentially("```");
  await composer.press("Enter");
  await expect(composer).toHaveValue("");
  await expect(client.message("make").locator("pre")).toContainText("make");

  // Formatting what is selected, and again to take it off.
  for (const [keys, marked] of [["Control+KeyB", "**word**"], ["Control+KeyI", "*word*"], ["Control+Shift+KeyX", "~~word~~"], ["Control+KeyE", "`word`"]] as const) {
    await composer.fill("word");
    await composer.selectText();
    await composer.press(keys);
    await expect(composer).toHaveValue(marked);
    await composer.press(keys);
    await expect(composer).toHaveValue("word");
  }
  await composer.selectText();
  await composer.press("Control+Shift+KeyC");
  await expect(composer).toHaveValue("```\nword\n```");
  await composer.fill("");

  // Ctrl+Enter sends, when one wants that; then Enter makes a line.
  await page.goto("/settings/keyboard");
  await page.getByRole("group", { name: "A message is sent by" }).getByText("Ctrl+Enter").click();
  await page.goto("/c/general");
  await composer.fill("line one");
  await composer.press("Enter");
  await composer.pressSequentially("line two");
  await expect(composer).toHaveValue("line one\nline two");
  await composer.press("Control+Enter");
  await expect(composer).toHaveValue("");
  await expect(client.message(/line one\s+line two/)).toBeVisible();
  expect(client.faults).toEqual([]);
});

test("from chat to chat without a pointer", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const boris = await server.register("boris", "Boris");
  const make = async (name: string): Promise<string> =>
    (await server.call<{ id: string }>("POST", "/api/v1/chats", boris.token, { type: "group", name, members: ["anna"] })).id;
  const [alpha, beta, gamma] = [await make("Alpha"), await make("Beta"), await make("Gamma")];
  for (const id of ["general", alpha, beta, gamma]) await server.say(boris, id, `in ${id}`);
  for (const id of ["general", alpha, beta, gamma]) await server.call("POST", `/api/v1/chats/${id}/read`, anna.token, { seq: 1 });
  const client = await open(anna);
  const { page, composer } = client;
  const heading = page.getByRole("main").getByRole("heading", { level: 1 });
  await client.openChat("Gamma");
  await page.keyboard.press("Alt+ArrowDown");
  await expect(heading).toHaveText("Beta");
  await page.keyboard.press("Alt+ArrowDown");
  await expect(heading).toHaveText("Alpha");
  await page.keyboard.press("Alt+ArrowUp");
  await expect(heading).toHaveText("Beta");
  await page.keyboard.press("Alt+ArrowLeft");
  await expect(heading).toHaveText("Alpha");
  await page.keyboard.press("Alt+ArrowRight");
  await expect(heading).toHaveText("Beta");
  await expect(composer).toBeFocused();

  // General is passed over: it has nothing new.
  await server.say(boris, gamma, "news");
  await server.say(boris, alpha, "@anna look");
  await expect(client.chat("Gamma")).toContainText("news");
  await expect(client.chat("Alpha")).toContainText("look");
  await page.keyboard.press("Control+Shift+KeyM");
  await expect(heading).toHaveText("Alpha");
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await expect(heading).toHaveText("Gamma");
  await server.say(boris, alpha, "more");
  const unread = (name: string) => client.chat(`${name}.*(unread|mention of you)`);
  await expect(unread("Alpha")).toBeVisible();
  await page.keyboard.press("Alt+Shift+ArrowUp");
  await expect(heading).toHaveText("Alpha");

  // Esc reads the chat, Shift+Esc reads all of them.
  await client.openChat("Gamma");
  await client.message(`in ${gamma}`).click({ modifiers: ["Alt"] });
  await expect(page.getByRole("separator", { name: "New messages" })).toBeVisible();
  await expect(unread("Gamma")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(unread("Gamma")).toHaveCount(0);
  await server.say(boris, beta, "@anna one more");
  await expect(unread("Beta")).toBeVisible();
  await page.keyboard.press("Shift+Escape");
  await expect(unread("Beta")).toHaveCount(0);

  await page.keyboard.press("Control+KeyG");
  await expect(page.getByRole("dialog", { name: "Jump to a date" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.keyboard.press("Control+Slash");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toContainText("Edit my last message");
  await page.keyboard.press("Control+Slash");
  await expect(page.getByRole("dialog")).toBeHidden();
  const details = page.getByRole("complementary", { name: "Details" });
  const before = await details.isVisible();
  await page.keyboard.press("Control+Period");
  await expect(details).toBeVisible({ visible: !before });
  await page.keyboard.press("Control+Period");
  await expect(details).toBeVisible({ visible: before });
  expect(client.faults).toEqual([]);
});

test("typing anywhere, other layouts, composing, and the way of Tab", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  for (const text of ["one", "two", "three"]) await server.say(anna, "general", text);
  const client = await open(anna);
  const { page, composer } = client;
  await client.openChat("General");
  const blur = () => composer.evaluate((element: HTMLElement) => element.blur());
  await blur();
  await page.keyboard.type("hello");
  await expect(composer).toHaveValue("hello");
  await blur();
  await page.keyboard.press("Control+Shift+KeyL");
  await expect(composer).toBeFocused();

  // On a Russian layout the keys keep their places.
  const CTRL = 2;
  await pressOn(page, "KeyK", "л", CTRL);
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await composer.selectText();
  await pressOn(page, "KeyB", "и", CTRL);
  await expect(composer).toHaveValue("**hello**");

  // What an input method composes is its own until it is done: Enter takes the word and sends nothing.
  await composer.fill("");
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", code: "Enter", key: "Process", windowsVirtualKeyCode: 229 });
  await expect(composer).toHaveValue("にほん");
  await cdp.send("Input.insertText", { text: "日本" });
  await expect(composer).toHaveValue("日本");
  await composer.press("Enter");
  await expect(client.message("日本")).toBeVisible();

  // Tab goes through everything, and one sees where it is; the arrows go through the rows.
  await page.reload();
  await expect(client.message("three")).toBeVisible();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const seen: string[] = [];
  for (let step = 0; step < 60; step++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const style = getComputedStyle(element);
      // Some are framed by what is around them, some show it by their ground.
      const framed = element.closest("[class*=focus-within]") !== null || style.boxShadow !== "none" || (element.role === "separator" && style.backgroundColor !== "rgba(0, 0, 0, 0)");
      const name = element.getAttribute("aria-label") ?? element.textContent?.trim() ?? "";
      return { name, tag: element.tagName, visible: framed || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) };
    });
    if (found.tag === "BODY") break;
    expect(found.visible, `one sees the focus on "${found.name}"`).toBe(true);
    expect(found.name, "what has the focus has a name").not.toBe("");
    seen.push(found.name);
  }
  const way = seen.join("\n");
  for (const place of [/Skip to/, /Settings/, /Search or jump/, /General/, /Details/, /Message #/, /Send/]) expect(way).toMatch(place);
  await client.timeline.focus();
  await page.keyboard.press("ArrowUp");
  await expect(client.message("日本")).toBeFocused();
  await page.keyboard.press("Home");
  await expect(client.message("one")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(client.message("two")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "Reply" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(client.message("two")).toBeFocused();

  // Whoever wants no motion gets none.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.keyboard.press("Control+KeyK");
  await expect(page.getByRole("dialog")).toBeVisible();
  const moving = await page.evaluate(() => document.getAnimations().filter((each) => Number(each.effect?.getComputedTiming().duration ?? 0) > 10).length);
  expect(moving).toBe(0);
  expect(client.faults).toEqual([]);
});
