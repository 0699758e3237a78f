import { expect, test, vi } from "vitest";
import { Backoff } from "@/lib/backoff";
import { ManualClock } from "@/sync/testing/clock";
import { loadPatiently } from "./lazyPart";

function patience() {
  const clock = new ManualClock();
  let back: (() => void) | null = null;
  const online = (listener: () => void) => {
    back = listener;
    return () => void (back = null);
  };
  return { clock, backoff: new Backoff(1_000, 30_000, () => 1), online, comeBack: () => back?.(), listens: () => back !== null };
}

test("a part that cannot be loaded is tried again, later and later", async () => {
  const around = patience();
  const load = vi.fn().mockRejectedValueOnce(new Error("offline")).mockRejectedValueOnce(new Error("offline")).mockResolvedValue("part");
  const loaded = loadPatiently(load, around);
  await around.clock.advance(999);
  expect(load).toHaveBeenCalledTimes(1);
  await around.clock.advance(1);
  expect(load).toHaveBeenCalledTimes(2);
  await around.clock.advance(2_000);
  expect(await loaded).toBe("part");
  expect(around.listens()).toBe(false);
});

test("it is tried at once when the network is back", async () => {
  const around = patience();
  const load = vi.fn().mockRejectedValueOnce(new Error("offline")).mockResolvedValue("part");
  const loaded = loadPatiently(load, around);
  await around.clock.advance(0);
  around.comeBack();
  expect(await loaded).toBe("part");
});
