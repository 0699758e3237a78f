import AxeBuilder from "@axe-core/playwright";
import { type Client, expect, test } from "../fixtures";
import type { Account, Server } from "../server";

/** A server with something to see on every page. */
async function furnish(server: Server): Promise<{ anna: Account; chat: string; invite: string }> {
  const anna = await server.setUp("anna");
  const boris = await server.register("boris", "Boris");
  const chat = await server.call<{ id: string }>("POST", "/api/v1/chats", anna.token, { type: "group", name: "Editors", members: ["boris"] });
  await server.call("POST", "/api/v1/chats/direct", boris.token, { username: "anna" });
  const first = await server.say(anna, "general", "A *first* message with `code`, https://example.org and ||a secret||");
  await server.say(boris, "general", "> quoted\n\n- one\n- two\n\n```rust\nfn main() {}\n```", first.id);
  await server.say(boris, "general", "@anna look at this");
  await server.call("PUT", `/api/v1/chats/general/messages/${first.id}/reactions/${encodeURIComponent("👍")}`, boris.token);
  await server.call("PUT", `/api/v1/chats/general/pins/${first.id}`, anna.token);
  const invite = await server.call<{ code: string }>("POST", `/api/v1/chats/${chat.id}/invites`, anna.token, {});
  return { anna, chat: chat.id, invite: invite.code };
}

async function check(client: Client, what: string): Promise<void> {
  const result = await new AxeBuilder({ page: client.page }).analyze();
  const grave = result.violations
    .filter((each) => each.impact === "serious" || each.impact === "critical")
    .map((each) => `${each.id}: ${each.nodes.slice(0, 4).map((node) => `${node.target.join(" ")} (${node.failureSummary?.split("\n")[1]?.trim()})`).join(" | ")}`);
  expect.soft(grave, what).toEqual([]);
}

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing grave on any route, ${theme}`, async ({ server, open }) => {
    test.slow();
    const options = { colorScheme: theme } as const;
    const { anna, chat, invite } = await furnish(server);
    const stranger = await open(undefined, options);
    for (const path of ["/login", "/register", `/invite/${invite}`, "/setup#nothing", "/rooms", "/rooms/general", "/nowhere"]) {
      await stranger.page.goto(path);
      await expect(stranger.page.getByRole("main").first()).toBeVisible();
      await stranger.page.waitForLoadState("networkidle");
      await check(stranger, `${path}, signed out`);
    }
    const client = await open(anna, options);
    const paths = [
      "/", "/c/general", "/c/general/1", `/c/${chat}`, `/invite/${invite}`, "/rooms", "/rooms/general", "/u/boris", "/direct", "/direct/@boris",
      "/settings", "/settings/profile", "/settings/account", "/settings/appearance", "/settings/notifications", "/settings/keyboard", "/settings/language", "/settings/advanced",
      "/share?text=hello", "/nowhere",
    ];
    for (const path of paths) {
      await client.page.goto(path);
      await expect(client.page.getByRole("main").first()).toBeVisible();
      await client.page.waitForLoadState("networkidle");
      await check(client, path);
    }
    await client.page.goto("/c/general");
    await expect(client.message("look at this")).toBeVisible();
    await client.page.keyboard.press("Control+KeyK");
    await expect(client.page.getByRole("dialog")).toBeVisible();
    await check(client, "the switcher");
    await client.page.keyboard.press("Escape");
    await client.message("look at this").click({ button: "right" });
    await expect(client.page.getByRole("menu").first()).toBeVisible();
    await check(client, "a message's menu");
    await client.page.keyboard.press("Escape");
    await client.page.setViewportSize({ width: 390, height: 844 });
    for (const path of ["/", "/c/general", "/settings"]) {
      await client.page.goto(path);
      await expect(client.page.getByRole("main").or(client.list).first()).toBeVisible();
      await check(client, `${path} on a telephone`);
    }
  });
}
