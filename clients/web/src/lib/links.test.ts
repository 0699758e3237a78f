import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deceptiveHost, displayHost, displayUrl, linkAt, ownPath, safeHref } from "./links";

describe("safeHref", () => {
  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\u0001javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.com/x",
    "//evil.com",
    "/relative",
    "https://good.com\\@evil.com",
    "https://good.com@evil.com/",
    "https://user:pw@evil.com/",
    "https://\u202eevil.com",
    "mailto:nobody",
    "notalink",
    "",
  ])("refuses %j", (address) => expect(safeHref(address)).toBeNull());

  it.each([
    ["https://example.com", "https://example.com/"],
    ["HTTP://EXAMPLE.com/A?b#c", "http://example.com/A?b#c"],
    ["example.com:8080/x", "https://example.com:8080/x"],
    ["mailto:anna@example.org", "mailto:anna@example.org"],
    ["https://пример.рф/путь", "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C"],
  ])("takes %j as %j", (address, href) => expect(safeHref(address)).toBe(href));

  it("never lets another scheme through", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("java", "script:", "data:", "\t", "\n", ":", "http", "//", "a")), (text) => {
        const href = safeHref(text);
        if (href !== null) expect(href).toMatch(/^(https?:\/\/|mailto:)/);
      }),
    );
  });
});

describe("hosts", () => {
  const ascii = (host: string) => new URL(`https://${host}`).hostname;
  it.each(["пример.рф", "münchen.de", "москва.com", "例え.jp", "ελλάδα.gr", "example.com", "сор.рф"])("shows %s decoded", (host) =>
    expect(displayHost(ascii(host))).toBe(host),
  );
  it.each(["аррӏе.com", "раураl.com", "xn--80ak6aa92e.com", "ехх.com", "gооgle.com", "αινο.com", "νοκια.com", "ıcloud.com"])(
    "shows %s in punycode",
    (host) => expect(displayHost(ascii(host))).toMatch(/xn--/),
  );
  it("shows an address readably", () => {
    expect(displayUrl("https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C")).toBe("https://пример.рф/путь");
    expect(displayUrl("https://example.com/")).toBe("https://example.com");
    expect(displayUrl("https://example.com/a%20b%E2%80%AEc%ZZ")).toContain("%ZZ");
    expect(displayUrl("https://example.com/a%20b")).toBe("https://example.com/a%20b");
  });
  it("names the host behind words that claim another", () => {
    expect(deceptiveHost("https://bank.com/login", "https://evil.com/")).toBe("evil.com");
    expect(deceptiveHost("bank.com", "https://www.bank.com/")).toBeNull();
    expect(deceptiveHost("here", "https://evil.com/")).toBeNull();
    expect(deceptiveHost("раураl.com", "https://paypal.com/")).toBe("paypal.com");
  });
});

describe("own addresses", () => {
  it.each([
    ["https://v.example/c/general/12", "/c/general/12"],
    ["https://v.example/rooms/general?x=1", "/rooms/general?x=1"],
    ["https://v.example/api/v1/account", null],
    ["https://v.example.evil.com/c/general", null],
    ["http://v.example/c/general", null],
    ["nonsense", null],
  ])("%s is %s", (href, path) => expect(ownPath(href, "https://v.example")).toBe(path));
});

describe("linkAt", () => {
  it.each([
    ["https://example.com.", "https://example.com", "https://example.com/"],
    ["https://en.wikipedia.org/wiki/Rust_(language)).", "https://en.wikipedia.org/wiki/Rust_(language)", "https://en.wikipedia.org/wiki/Rust_(language)"],
    ["http://a.b/c, and", "http://a.b/c", "http://a.b/c"],
    ["example.com/x?y=1!", "example.com/x?y=1", "https://example.com/x?y=1"],
    ["anna@example.org,", "anna@example.org", "mailto:anna@example.org"],
    ["mailto:a@b.org", "mailto:a@b.org", "mailto:a@b.org"],
    ["пример.рф!", "пример.рф", "https://xn--e1afmkfd.xn--p1ai/"],
  ])("finds in %j %j", (text, source, href) => expect(linkAt(text, 0)).toEqual({ length: source.length, href }));

  it.each(["javascript:alert(1)", "data:text/html,x", "main.rs", "README.md", "e.g.this", "a.b", "3.14", "http://", "конец.Начало", "example.company"])(
    "finds nothing in %j",
    (text) => expect(linkAt(text, 0)).toBeNull(),
  );
});
