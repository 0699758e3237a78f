import { expect, test } from "../fixtures";

test("edit, delete, react, reply, pin and schedule", async ({ server, open }) => {
  const owner = await server.setUp("olga");
  const boris = await server.register("boris", "Boris");
  const [olga, other] = [await open(owner), await open(boris)];
  await olga.openChat("General");
  await other.openChat("General");

  await olga.say("The freeze is on **Fridya**");
  await expect(other.message("The freeze is on Fridya").locator("strong")).toHaveText("Fridya");
  await olga.composer.press("ArrowUp");
  await expect(olga.composer).toHaveValue("The freeze is on **Fridya**");
  await olga.composer.fill("The freeze is on **Friday**");
  await olga.composer.press("Enter");
  await expect(other.message("The freeze is on Friday")).toContainText("edited");
  await other.message("The freeze is on Friday").getByRole("button", { name: /edited/i }).click();
  await expect(other.page.getByRole("dialog")).toContainText("Fridya");
  await other.page.keyboard.press("Escape");

  await other.act("The freeze is on Friday", "Reply");
  await other.say("At which hour?");
  const answer = olga.message("At which hour?");
  await expect(answer).toContainText("The freeze is on Friday");
  await answer.hover();
  await answer.getByRole("button", { name: /^React with/ }).first().click();
  await expect(other.message("At which hour?").getByRole("button", { name: /1/ }).first()).toBeVisible();

  await olga.act("The freeze is on Friday", "Pin");
  await expect(other.page.getByRole("region", { name: /Pinned/ })).toContainText("The freeze is on Friday");

  await other.say("a slip of the tongue");
  await other.act("a slip of the tongue", "Delete");
  await other.page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(olga.message("a slip of the tongue")).toHaveCount(0);
  await expect(olga.message(/deleted/i)).toHaveCount(1);

  await olga.composer.fill("Good morning!");
  await olga.page.getByRole("button", { name: "Send options" }).click();
  await olga.page.getByRole("menuitem", { name: /hour/ }).click();
  await expect(olga.page.getByText(/1 scheduled/)).toBeVisible();
  const { scheduled } = await server.call<{ scheduled: { content: string }[] }>("GET", "/api/v1/scheduled", owner.token);
  expect(scheduled.map((each) => each.content)).toEqual(["Good morning!"]);
  expect([...olga.faults, ...other.faults]).toEqual([]);
});

test("typing, presence and read marks are seen by the other", async ({ server, open }) => {
  const [anna, boris] = [await server.register("anna", "Anna"), await server.register("boris", "Boris")];
  await server.call("POST", "/api/v1/chats/direct", anna.token, { username: "boris" });
  const [one, two] = [await open(anna), await open(boris)];
  await one.openChat("Boris");
  await one.say("ping");
  await two.openChat("Anna");
  await expect(one.message("ping").getByRole("img", { name: /read/i })).toBeVisible();
  await two.composer.pressSequentially("pon");
  await expect(one.page.getByText(/Boris is typing/)).toBeVisible();
  await two.composer.fill("");
  await expect(one.page.getByText(/Boris is typing/)).toBeHidden();
});
