import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeNext } from "./next";

describe("the place to come back to", () => {
  it.each(["/", "/c/general", "/c/general/42", "/settings/account?x=1#y", "/direct/@анна", "/invite/abc"])("is kept: %s", (path) => {
    expect(decodeNext(path)).toBe(path);
  });

  it.each([
    undefined,
    null,
    5,
    ["/c/general"],
    "",
    "c/general",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/x\\..\\y",
    "https://evil.example",
    "javascript:alert(1)",
    "\n/c/general",
    "/c/ general",
    "/.//evil.example",
    "/a/..//evil.example",
    "/login",
    "/login?next=/login",
    "/register",
    "/setup#token",
    `/${"x".repeat(600)}`,
  ])("is refused: %j", (path) => {
    expect(decodeNext(path)).toBeUndefined();
  });

  it("never leaves the site", () => {
    fc.assert(
      fc.property(fc.string().map((text) => `/${text}`), (text) => {
        const next = decodeNext(text);
        if (next !== undefined) expect(new URL(next, "https://vestnik.example").origin).toBe("https://vestnik.example");
      }),
    );
  });
});
