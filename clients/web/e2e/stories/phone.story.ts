import type { Locator } from "@playwright/test";
import { type Client, expect, test } from "../fixtures";

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;

/** Draws a finger sideways over something. */
async function swipe(client: Client, on: Locator, by: number): Promise<void> {
  const box = (await on.boundingBox())!;
  const cdp = await client.context.newCDPSession(client.page);
  const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 12)];
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", part: number) =>
    cdp.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: x + by * part, y }] });
  // Nothing between the first two: a finger at rest would open the sheet.
  await Promise.all([touch("touchStart", 0), touch("touchMove", 0.25)]);
  for (const part of [0.5, 0.75, 1]) await touch("touchMove", part);
  // A finger that leaves while it moves throws the page, and the browser takes the next tap for a hand on what flies.
  await client.page.evaluate(() => new Promise((done) => setTimeout(done, 120)));
  await touch("touchEnd", 1);
  await cdp.detach();
}

/** Holds a finger on something until its sheet is there. */
async function hold(client: Client, on: Locator, until: Locator): Promise<void> {
  const box = (await on.boundingBox())!;
  const cdp = await client.context.newCDPSession(client.page);
  await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: box.x + 80, y: box.y + box.height / 2 }] });
  await expect(until).toBeVisible();
  await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await cdp.detach();
}

test("one pane at a time, back by button, browser and swipe; everything without hovering", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  await server.say(boris, "general", "do you see the sea?");
  await server.say(boris, "general", "it is blue");
  const client = await open(anna, PHONE);
  const { page, composer } = client;
  await expect(client.list).toBeVisible();
  await expect(composer).toHaveCount(0);
  await client.chat("General").tap();
  await expect(client.list).toBeHidden();
  await expect(client.message("do you see the sea?")).toBeVisible();
  await page.getByRole("button", { name: "Back" }).tap();
  await expect(client.list).toBeVisible();
  await client.chat("General").tap();
  await page.goBack();
  await expect(client.list).toBeVisible();
  await client.chat("General").tap();
  await swipe(client, client.message("it is blue"), 200);
  await expect(client.list).toBeVisible();

  // A swipe the other way replies; nothing needs more than the width of the phone.
  await client.chat("General").click();
  await swipe(client, client.message("do you see the sea?"), -150);
  await expect(page.getByText("Reply to Boris")).toBeVisible();
  await composer.fill("every day");
  await page.getByRole("button", { name: "Send", exact: true }).tap();
  await expect(client.message("every day")).toContainText("do you see the sea?");
  const sheet = page.getByRole("dialog", { name: "Message actions" });
  await hold(client, client.message("it is blue"), sheet);
  for (const action of ["Reply", "Copy text", "Copy link", "Forward", "Select", "Mark unread from here"]) await expect(sheet.getByRole("button", { name: action })).toBeVisible();
  await sheet.getByRole("button", { name: "React with 🔥" }).tap();
  await expect(client.message("it is blue").getByRole("button", { name: /🔥, 1/ })).toBeVisible();
  await hold(client, client.message("every day"), sheet);
  await sheet.getByRole("button", { name: "Edit" }).tap();
  await expect(composer).toHaveValue("every day");
  await composer.fill("every single day");
  await page.getByRole("button", { name: "Save changes" }).tap();
  await expect(client.message("every single day")).toContainText("edited");

  // The keyboard of the phone pushes the field up and does not cover it.
  await page.evaluate(() => {
    Object.defineProperty(window.visualViewport, "height", { value: 500, configurable: true });
    window.visualViewport?.dispatchEvent(new Event("resize"));
  });
  await expect.poll(async () => ((box) => box!.y + box!.height)(await composer.boundingBox())).toBeLessThanOrEqual(500);
  await page.reload();

  // The details are a page of their own, and back leads out of it.
  await page.getByRole("heading", { name: "General", level: 1 }).tap();
  const details = page.getByRole("complementary", { name: "Details" });
  await expect(details).toContainText("Boris");
  await page.goBack();
  await expect(details).toBeHidden();
  await expect(composer).toBeVisible();
  await page.goBack();
  await expect(client.list).toBeVisible();
  const chatMenu = page.getByRole("menu", { name: "Chat menu" });
  await hold(client, client.chat("General"), chatMenu);
  await expect(chatMenu.getByRole("menuitem", { name: "Add to favourites" })).toBeVisible();
  expect(client.faults).toEqual([]);
});

test("nothing is wider than the narrowest phone, and fingers find what they look for", async ({ server, open }) => {
  const owner = await server.setUp("olga");
  await server.say(owner, "general", `a ${"very".repeat(80)} long word\n\n\`\`\`\n${"code ".repeat(60)}\n\`\`\`\n\n| a | b | c |\n|---|---|---|\n| ${"cell ".repeat(30)} | 2 | 3 |`);
  const client = await open(owner, { ...PHONE, viewport: { width: 360, height: 740 } });
  const { page } = client;
  for (const path of ["/", "/c/general", "/rooms", "/scheduled", "/settings", "/settings/profile", "/settings/appearance", "/settings/notifications", "/settings/sessions", "/u/olga"]) {
    await page.goto(path);
    await expect(page.getByRole("main").or(client.list).first()).toBeVisible();
    await page.waitForLoadState("networkidle");
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} fits`).toBeLessThanOrEqual(360);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, [role=tab], nav a")]
        .filter((element) => element.checkVisibility({ opacityProperty: true }) && element.closest("[role=log], [inert]") === null)
        .map((element) => ({ name: element.getAttribute("aria-label") ?? element.textContent, ...element.getBoundingClientRect().toJSON() }))
        .filter(({ width, height }) => width > 1 && (width < 24 || height < 24))
        .map(({ name }) => name),
    );
    expect(small, `${path} has nothing too small to touch`).toEqual([]);
  }

  // Neither with letters twice as large, nor from right to left.
  const distort: Record<string, () => void> = {
    "twice as large": () => void (document.documentElement.style.fontSize = "200%"),
    "from right to left": () => void (document.documentElement.dir = "rtl"),
  };
  for (const [how, change] of Object.entries(distort)) {
    for (const path of ["/", "/c/general", "/settings/appearance"]) {
      await page.goto(path);
      await expect(page.getByRole("main").or(client.list).first()).toBeVisible();
      await page.evaluate(change);
      await page.waitForLoadState("networkidle");
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} fits ${how}`).toBeLessThanOrEqual(360);
    }
  }
  expect(client.faults).toEqual([]);
});

test("it can be installed", async ({ server, open }) => {
  const anna = await server.register("anna", "Anna");
  const client = await open(anna);
  await client.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const cdp = await client.context.newCDPSession(client.page);
  const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
  // Contexts of tests are private windows, in which nothing is ever installed.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
  const { data } = await cdp.send("Page.getAppManifest");
  expect(JSON.parse(data ?? "{}")).toMatchObject({ name: "Vestnik", display: "standalone", share_target: { action: "/share" } });
  expect(client.faults).toEqual([]);
});
