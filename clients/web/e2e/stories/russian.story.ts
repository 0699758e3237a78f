import { expect, test } from "../fixtures";

test("the interface speaks Russian, with its plurals", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Анна"), await server.register("boris", "Борис")];
  const direct = await server.call<{ id: string }>("POST", "/api/v1/chats/direct", boris.token, { username: "anna" });
  const client = await open(undefined, { locale: "ru-RU" });
  await client.page.goto("/login");
  await expect(client.page.locator("html")).toHaveAttribute("lang", "ru");
  await client.signIn(anna, "ru");
  const counted: [number, RegExp][] = [
    [1, /1 непрочитанное/],
    [2, /2 непрочитанных/],
    [5, /5 непрочитанных/],
  ];
  let sent = 0;
  for (const [count, name] of counted) {
    for (; sent < count; sent++) await server.say(boris, direct.id, `сообщение ${sent}`);
    await expect(client.chat("Борис")).toHaveAccessibleName(name);
  }
  await client.openChat("Борис");
  await client.say("Привет!");
  await expect(client.message("Привет!")).toBeVisible();
  // Shortcuts work by the key's place, whatever the layout prints on it.
  await client.page.keyboard.down("Control");
  await client.page.evaluate(() => {
    const target = document.activeElement ?? document.body;
    target.dispatchEvent(new KeyboardEvent("keydown", { key: "л", code: "KeyK", ctrlKey: true, bubbles: true, cancelable: true }));
  });
  await client.page.keyboard.up("Control");
  await expect(client.page.getByRole("dialog").getByRole("combobox")).toBeVisible();
  await client.page.keyboard.press("Escape");
  // No English is left on the main views.
  for (const path of ["/", "/c/general", "/rooms", "/settings/profile", "/settings/appearance", "/settings/notifications"]) {
    await client.page.goto(path);
    await expect(client.page.getByRole("main")).toBeVisible();
    const text = await client.page.locator("body").innerText();
    const english = text.match(/\b(Settings|Members|Search|Save|Cancel|Notifications|Message|Chats|Rooms|Theme|Unread)\b/g);
    expect(english, path).toBeNull();
  }
});
