import { expect, test } from "../fixtures";

test("each role sees what it may do, and is refused the rest", async ({ server, open }) => {
  const owner = await server.setUp("olga");
  const [mira, vera] = [await server.register("mira", "Mira"), await server.register("vera", "Vera")];
  const chat = await server.call<{ id: string }>("POST", "/api/v1/chats", owner.token, {
    type: "group",
    name: "Editors",
    members: ["mira", "vera"],
  });
  await server.call("PUT", `/api/v1/chats/${chat.id}/members/${vera.id}`, owner.token, { role: "viewer" });
  await server.say(owner, chat.id, "the plan");

  const viewer = await open(vera);
  await viewer.chat("Editors").click();
  await expect(viewer.message("the plan")).toBeVisible();
  await expect(viewer.composer).toHaveCount(0);
  await expect(viewer.page.getByText(/can read here, but not write/i)).toBeVisible();

  const member = await open(mira);
  await member.openChat("Editors");
  await member.message("the plan").click({ button: "right" });
  await expect(member.page.getByRole("menuitem", { name: "Reply" })).toBeVisible();
  for (const forbidden of ["Delete", "Edit", "Pin"]) {
    await expect(member.page.getByRole("menuitem", { name: forbidden, exact: true })).toHaveCount(0);
  }
  await member.page.keyboard.press("Escape");

  // The right goes away while the page is open; what was on its way is refused with a sentence.
  await member.composer.fill("my opinion");
  await server.call("PUT", `/api/v1/chats/${chat.id}/members/${mira.id}`, owner.token, { role: "viewer" });
  await expect(member.page.getByText(/can read here, but not write/i)).toBeVisible();

  // Blocked: the chat is gone, and its address tells nothing.
  await server.call("PUT", `/api/v1/chats/${chat.id}/members/${mira.id}`, owner.token, { role: "blocked" });
  await expect(member.chat("Editors")).toHaveCount(0);
  await member.page.goto(`/c/${chat.id}`);
  await expect(member.page.getByText("This chat is not here").first()).toBeVisible();
});

test("the owner gives roles and removes people in the details", async ({ server, open }) => {
  const owner = await server.setUp("olga");
  await server.register("mira", "Mira");
  await server.call("POST", "/api/v1/chats", owner.token, { type: "group", name: "Editors", members: ["mira"] });
  const olga = await open(owner);
  await olga.openChat("Editors");
  const details = olga.page.getByRole("complementary", { name: "Details" });
  const mira = details.getByRole("listitem").filter({ hasText: "Mira" });
  await mira.getByRole("button", { name: /Actions|Manage|Menu/ }).click();
  await olga.page.getByRole("menuitem", { name: /admin/i }).click();
  await expect(mira).toContainText("admin");
  await mira.getByRole("button", { name: /Actions|Manage|Menu/ }).click();
  await olga.page.getByRole("menuitem", { name: /Remove/ }).click();
  await olga.page.getByRole("dialog").or(olga.page.getByRole("alertdialog")).getByRole("button", { name: /Remove/ }).click();
  await expect(details.getByRole("listitem").filter({ hasText: "Mira" })).toHaveCount(0);
});
