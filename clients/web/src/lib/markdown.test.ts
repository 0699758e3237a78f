import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, type Inline, parseMarkdown, plainText } from "./markdown";

/** A short way to write trees: `strong(text)`. */
function show(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.t === "text") return node.text;
      if (node.t === "code") return `<code>${node.text}</>`;
      if (node.t === "break") return "↵";
      if (node.t === "mention") return `<@${node.name}>`;
      if (node.t === "room") return `<#${node.slug}>`;
      if (node.t === "link") return `<a ${node.href}${node.auto ? " auto" : ""}>${show(node.children)}</>`;
      return `<${node.t}>${show(node.children)}</>`;
    })
    .join("");
}

function showBlock(block: Block): string {
  switch (block.t) {
    case "paragraph":
      return `p(${show(block.children)})`;
    case "code":
      return `code:${block.lang}(${block.text.replaceAll("\n", "↵")})`;
    case "quote":
      return `quote(${block.children.map(showBlock).join(" ")})`;
    case "list":
      return `${block.ordered ? `ol${block.start}${block.mark}` : "ul"}(${block.items
        .map((item) => `${item.checked === null ? "" : item.checked ? "[x]" : "[ ]"}${item.children.map(showBlock).join(" ")}`)
        .join(", ")})`;
    case "table":
      return `table:${block.align.map((align) => align ?? "-").join(",")}(${[block.head, ...block.rows].map((row) => row.map(show).join("|")).join(" / ")})`;
  }
}

const tree = (text: string) => parseMarkdown(text).map(showBlock).join(" ");
const line = (text: string) => tree(text).replace(/^p\((.*)\)$/s, "$1");

describe("inside a line", () => {
  it.each([
    ["plain", "plain"],
    ["**bold** and *italic* and _too_", "<strong>bold</> and <em>italic</> and <em>too</>"],
    ["***both***", "<strong><em>both</></>"],
    ["***a* b**", "<strong><em>a</> b</>"],
    ["**a *b* c**", "<strong>a <em>b</> c</>"],
    ["~~gone~~ ||secret||", "<strike>gone</> <spoiler>secret</>"],
    ["`code` ``a ` b`` `", "<code>code</> <code>a ` b</> `"],
    ["`**not bold**`", "<code>**not bold**</>"],
    ["2*3*4 snake_case_name a || b || c", "2*3*4 snake_case_name a || b || c"],
    ["a * b * c", "a * b * c"],
    ["**open", "**open"],
    ["**a _b** c_", "<strong>a _b</> c_"],
    ["**** ~~~ __x__", "**** ~~~ __x__"],
    ["\\*as typed\\* \\x", "*as typed* \\x"],
    ["¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯"],
    ["a\nb", "a↵b"],
    ["# heading", "# heading"],
    ["<b>html</b> <script>alert(1)</script> &amp;", "<b>html</b> <script>alert(1)</script> &amp;"],
    ["![x](https://a.org/i.png)", "!<a https://a.org/i.png>x</>"],
  ])("%j → %j", (text, shown) => expect(line(text)).toBe(shown));
});

describe("links, names and rooms", () => {
  it.each([
    ["[words](https://a.org/b)", "<a https://a.org/b>words</>"],
    ["[**b**](a.org/x_(y))", "<a https://a.org/x_(y)><strong>b</></>"],
    ["[x](javascript:alert(1))", "[x](javascript:alert(1))"],
    ["[x](data:text/html,y) [](a.org)", "[x](data:text/html,y) [](<a https://a.org/ auto>a.org</>)"],
    ["[a https://b.org @c](https://d.org)", "<a https://d.org/>a https://b.org @c</>"],
    ["*a [b* c](https://x.org)", "<em>a [b</> c](<a https://x.org/ auto>https://x.org</>)"],
    ["[*a](https://x.org)*", "<a https://x.org/>*a</>*"],
    ["see https://a.org/x_y_z, or (b.com)", "see <a https://a.org/x_y_z auto>https://a.org/x_y_z</>, or (<a https://b.com/ auto>b.com</>)"],
    ["см:https://a.org", "см:<a https://a.org/ auto>https://a.org</>"],
    ["**https://a.org** _https://b.org_ ||https://c.org||", "<strong><a https://a.org/ auto>https://a.org</></> <em><a https://b.org/ auto>https://b.org</></> <spoiler><a https://c.org/ auto>https://c.org</></>"],
    ["write to first_last@example.com", "write to <a mailto:first_last@example.com auto>first_last@example.com</>"],
    ["@anna, @Борис. mail a@b @@x (@room)", "<@anna>, <@Борис>. mail a@b @@x (<@room>)"],
    ["@a_b_c and @a.b-", "<@a_b_c> and <@a.b>-"],
    ["#general, #Big a#b #12_", "<#general>, #Big a#b #12_"],
  ])("%j → %j", (text, shown) => expect(line(text)).toBe(shown));
});

describe("blocks", () => {
  it.each([
    ["a\n\nb", "p(a) p(b)"],
    ["```ts\nlet a = `b`;\n\n  x\n```\nafter", "code:ts(let a = `b`;↵↵  x) p(after)"],
    ["```one line```", "code:(one line)"],
    ["```\nend```", "code:(end)"],
    ["````\n```\nx\n```\n````", "code:(```↵x↵```)"],
    ["```not a lang!\nx", "code:(not a lang!↵x)"],
    ["text\n```\nopen", "p(text) code:(open)"],
    ["> a\n> **b**\n>> c\nd", "quote(p(a↵<strong>b</>) quote(p(c))) p(d)"],
    [">.< >_<", "p(>.< >_<)"],
    ["- a\n- b\n  - c\n- d", "ul(p(a), p(b) ul(p(c)), p(d))"],
    ["3. a\n4. b", "ol3.(p(a), p(b))"],
    ["1) a", "ol1)(p(a))"],
    ["- [ ] a\n- [x] b", "ul([ ]p(a), [x]p(b))"],
    ["-not a list", "p(-not a list)"],
    ["| a | b |\n|:--|--:|\n| 1 | **2** |\n| 3", "table:start,end(a|b / 1|<strong>2</> / 3|)"],
    ["a | b\n:-:|-\nc \\| d | `e`", "table:center,-(a|b / c | d|<code>e</>)"],
    ["a | b\nnot a rule", "p(a | b↵not a rule)"],
  ])("%j → %j", (text, shown) => expect(tree(text)).toBe(shown));

  it("limits depth and keeps the rest as typed", () => {
    const depth = (blocks: readonly Block[]): number =>
      Math.max(0, ...blocks.map((block) => (block.t === "quote" ? 1 + depth(block.children) : 0)));
    expect(depth(parseMarkdown(">".repeat(1000) + " x"))).toBe(6);
    expect(tree(`${"> ".repeat(20)}x`)).toContain("> > x");
  });
});

describe("hostile texts", () => {
  const n = 100_000;
  const nested = Array.from({ length: n / 4 }, (_, i) => ["**", "_", "~~", "||"][i % 4]).join("a ");
  it.each([
    ["stars", "*".repeat(n)],
    ["open marks", "*a **b ".repeat(n / 7)],
    ["unclosed nesting", nested],
    ["closed nesting", Array.from({ length: n / 6 }, () => "**a *b ").join("") + " b* a**".repeat(n / 6)],
    ["brackets", "[".repeat(n)],
    ["bracket pairs", "[](".repeat(n / 3)],
    ["link targets", "[a](b".repeat(n / 5)],
    ["backticks", Array.from({ length: 400 }, (_, i) => "`".repeat(i + 1)).join(" ")],
    ["escapes", "\\*".repeat(n / 2)],
    ["names", "@a".repeat(n / 2)],
    ["underscored word", "a_".repeat(n / 2)],
    ["a megabyte of one word", "a".repeat(1_000_000)],
    ["quotes", ">".repeat(n)],
    ["quoted lines", "> > > > > > > >\n".repeat(n / 16)],
    ["lists", "- ".repeat(n / 2)],
    ["list lines", "- a\n".repeat(n / 4)],
    ["fences", "```\n".repeat(n / 4)],
    ["table rules", "|-|-|\n".repeat(n / 6)],
    ["pipes", "|".repeat(n)],
    ["dots", "a.".repeat(n / 2)],
    ["schemes", "http://".repeat(n / 7)],
  ])("%s take linear work", (_, text) => {
    const work = { steps: 0 };
    parseMarkdown(text, work);
    expect(work.steps).toBeLessThan(12 * text.length + 100);
  });

  it("are parsed in a time that grows with their length alone", () => {
    // Work that is not counted, as inside of regular expressions, shows here: quadratic time would take minutes.
    for (const piece of ["[](", "(", "*(", "_.", "@(", "#(", "](", "`(", "a.a(", "||(", "\\(", "x://(", "http://a@(", "a@b.", "~~a.b-"]) parseMarkdown(piece.repeat(20_000));
    parseMarkdown(`\` ${"a".repeat(200_000)}\``);
  }, 60_000);

  it("loses no words and makes no unsafe link, whatever the text", () => {
    const pieces = fc.constantFrom("*", "**", "_", "~~", "||", "`", "```", "[", "](", ")", "(", "a", " ", "\n", "> ", "- ", "@", "#", "|", "https://a.org", "javascript:x", "\\", "\u202e");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const seen = JSON.stringify(parseMarkdown(parts.join("")));
        for (const [, href] of seen.matchAll(/"href":"([^"]*)"/g)) expect(href).toMatch(/^https:\/\/a\.org/);
        expect(seen.match(/a/g)?.length ?? 0).toBeGreaterThanOrEqual(parts.filter((part) => part === "a").length);
        expect(seen).not.toContain("\u202e");
      }),
      { numRuns: 500 },
    );
  });
});

describe("plainText", () => {
  it.each([
    ["**a** [b](https://c.org)\n> d", "a b d"],
    ["||secret|| `x`", "▒▒▒▒ x"],
    ["- a\n- @b #c", "a @b #c"],
  ])("%j → %j", (text, plain) => expect(plainText(text)).toBe(plain));
});
