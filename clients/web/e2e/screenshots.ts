/** Takes the pictures of docs/img/web: `make screenshots`. */
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { demo } from "./demo";
import { type Client, expect, test } from "./fixtures";

const FOLDER = fileURLToPath(new URL("../../../docs/img/web/", import.meta.url));
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** The main views, each by what has to be there before the picture is taken. */
const VIEWS: Record<string, (client: Client) => Promise<void>> = {
  list: async (client) => {
    await client.page.goto("/");
    await expect(client.list).toBeVisible();
  },
  chat: async (client) => {
    await client.page.goto("/c/general");
    await expect(client.message("собрала релиз")).toBeVisible();
  },
  switcher: async (client) => {
    await client.page.goto("/c/general");
    await expect(client.message("собрала релиз")).toBeVisible();
    await client.page.keyboard.press("Control+KeyK");
    await expect(client.page.getByRole("dialog")).toBeVisible();
  },
  settings: async (client) => {
    await client.page.goto("/settings/appearance");
    await expect(client.page.getByRole("main")).toBeVisible();
  },
  rooms: async (client) => {
    await client.page.goto("/rooms");
    await expect(client.page.getByRole("link", { name: "Coffee", exact: true })).toBeVisible();
  },
  login: async (client) => {
    await client.page.goto("/login");
    await expect(client.field("Username")).toBeVisible();
  },
};

async function still(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

for (const [theme, size] of [["light", "desktop"], ["dark", "desktop"], ["light", "phone"], ["dark", "phone"]] as const) {
  const look = { colorScheme: theme, viewport: SIZES[size], reducedMotion: "reduce" } as const;

  test(`${theme}, ${size}`, async ({ server, open }) => {
    test.slow();
    const { anna } = await demo(server);
    const client = await open(anna, look);
    await take(client, `${theme}-${size}`, Object.keys(VIEWS).filter((view) => view !== "login" && (view !== "list" || size === "phone")));
    await take(await open(undefined, look), `${theme}-${size}`, ["login"]);
  });

  test(`${theme}, ${size}, in Russian`, async ({ server, open }) => {
    const { anna } = await demo(server);
    const client = await open(undefined, { ...look, locale: "ru-RU" });
    await client.signIn(anna, "ru");
    await take(client, `${theme}-${size}-ru`, size === "phone" ? ["list", "chat"] : ["chat"]);
  });
}

async function take(client: Client, suffix: string, views: readonly string[]): Promise<void> {
  for (const view of views) {
    await VIEWS[view]?.(client);
    await still(client.page);
    await client.page.screenshot({ path: `${FOLDER}${view}-${suffix}.png` });
  }
}
