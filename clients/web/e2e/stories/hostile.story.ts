import { expect, test } from "../fixtures";

const ALERT = "<img src=x onerror=alert(1)>";
const HOSTILE = [
  `${ALERT}<script>alert(1)</script>`,
  "[click](javascript:alert(1)) and javascript:alert(1) and [data](data:text/html,<script>alert(1)</script>)",
  "https://xn--80ak6aa92e.com/ and https://аррӏе.com/",
  "\u202Egnp.exe\u202C right to left",
  `a${"\u0301".repeat(3_900)}b zalgo`,
  "w".repeat(4_000),
  "**".repeat(1_900),
  `${"> ".repeat(1_500)}deep`,
  "||spoiler|| `code` ```js\nalert(1)\n```",
];

test("whatever a hostile member sends is shown as text", async ({ server, open }) => {
  const [anna, mallory] = [await server.register("anna"), await server.register("mallory", `${ALERT}\u202Eevil`)];
  const chat = await server.call<{ id: string }>("POST", "/api/v1/chats", mallory.token, {
    type: "group",
    name: ALERT,
    description: `${ALERT}\u202E`,
    members: ["anna"],
  });
  let last = { id: "", seq: 0 };
  for (const text of HOSTILE) last = await server.say(mallory, chat.id, text);
  for (const emoji of ["😀", "😁", "😂", "🤣", "😃", "😄", "😅", "😆", "😉", "😊", "<b>"]) {
    await server.call("PUT", `/api/v1/chats/${chat.id}/messages/${last.id}/reactions/${encodeURIComponent(emoji)}`, mallory.token).catch(() => undefined);
  }
  const client = await open(anna);
  let alerts = 0;
  client.page.on("dialog", (dialog) => {
    alerts++;
    void dialog.dismiss();
  });
  await client.page.goto(`/c/${chat.id}`);
  await expect(client.timeline.getByRole("article").last()).toContainText("alert(1)");
  for (let n = 0; n < 30 && (await client.timeline.getByText("<script>alert(1)</script>").count()) === 0; n++) {
    await client.timeline.hover();
    await client.page.mouse.wheel(0, -800);
  }
  await expect(client.timeline.getByText("<script>alert(1)</script>").first()).toBeVisible();
  expect(await client.page.locator("[role=log] :is(script, img, iframe, object, [onerror], [onclick])").count()).toBe(0);
  const links = await client.page.locator("[role=log] a[href]").evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  for (const link of links) expect(link).toMatch(/^(https?:|mailto:)/);
  const width = await client.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(width).toBeLessThanOrEqual(0);
  expect(alerts).toBe(0);
  expect(client.faults).toEqual([]);
});

test("a browser without IndexedDB works from memory and says so", async ({ server, open }) => {
  const anna = await server.register("anna");
  const client = await open();
  await client.page.addInitScript(() => {
    Object.defineProperty(window, "indexedDB", {
      value: { open: () => { throw new DOMException("blocked", "SecurityError"); }, deleteDatabase: () => { throw new DOMException("blocked", "SecurityError"); } },
    });
  });
  await client.signIn(anna);
  await client.openChat("General");
  await client.say("from memory");
  await expect(client.message("from memory").getByRole("img", { name: /sent|delivered|read/i })).toBeVisible();
  await expect(client.page.getByText(/stor(e|age)|remember/i).first()).toBeVisible();
});
