import { describe, expect, it } from "vitest";
import { highlight } from "./highlight-grammars";

describe("highlight", () => {
  it("keeps every character and names what it knows", () => {
    const code = 'fn main() { println!("<script>"); } // привет';
    const spans = highlight("rust", code) ?? [];
    expect(spans.map((span) => span.text).join("")).toBe(code);
    expect(spans).toContainEqual({ scope: "keyword", text: "fn" });
    expect(spans).toContainEqual({ scope: "string", text: '"<script>"' });
  });
  it.each(["js", "ts", "py", "toml", "sh", "html", "c++", "yml", "rs"])("knows %s by its short name", (lang) => {
    expect(highlight(lang, "x = 1")).not.toBeNull();
  });
  it("leaves unknown languages alone", () => expect(highlight("klingon", "x")).toBeNull());
});
