import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { encode } from "uqr";
import { QrCode } from "./QrCode";

afterEach(cleanup);

test("the path covers the dark modules and nothing else", () => {
  const text = "https://chat.example/invite/abc";
  render(<QrCode text={text} label="QR" />);
  const path = screen.getByRole("img", { name: "QR" }).querySelector("path")?.getAttribute("d") ?? "";
  const dark = new Set<string>();
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) for (let at = 0; at < Number(width); at++) dark.add(`${Number(x) + at},${y}`);
  const { data } = encode(text, { border: 3, ecc: "M" });
  data.forEach((row, y) => row.forEach((on, x) => expect(dark.has(`${x},${y}`)).toBe(on)));
});
