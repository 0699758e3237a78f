// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { htmlToMarkdown } from "./html";

describe("pasted HTML", () => {
  it.each([
    ["<p>Some <b>bold</b>, <em>soft </em>and <del>gone</del></p>", "Some **bold**, *soft* and ~~gone~~"],
    ["<p>one</p><p><strong>two</strong></p>", "one\n\n**two**"],
    ['<a href="https://a.example/x?y=1">here</a> now', "[here](https://a.example/x?y=1) now"],
    ['<a href="https://a.example/">https://a.example/</a>', "https://a.example/"],
    ["<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>", "- a\n- b\n  - c"],
    ["<ol start=3><li>a</li><li><p>b</p></li></ol>", "3. a\n4. b"],
    ['<ul><li><input type="checkbox" checked> done</li></ul>', "- [x] done"],
    ['<pre><code class="language-rust">let a = 1;\n  b</code></pre>', "```rust\nlet a = 1;\n  b\n```"],
    ["use <code>a  b</code> and <code>a`b</code>", "use `a b` and `` a`b ``"],
    ["<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"],
    ["<h2>Title <b>x</b></h2><p>text</p>", "**Title x**\n\ntext"],
    ["<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>x|y</td></tr></table>", "| a | b |\n| --- | --- |\n| 1 | x\\|y |"],
    ["<b style='font-weight:normal'><p>plain <i>x</i></p></b>", "plain *x*"],
    ["a<br><i>b</i>", "a\n*b*"],
  ])("%s", (html, markdown) => expect(htmlToMarkdown(html)).toBe(markdown));

  it("leaves what has no form to the plain text", () => {
    expect(htmlToMarkdown("<div><span style='color:red'>let</span> a</div>")).toBeNull();
    expect(htmlToMarkdown("<b> </b>")).toBeNull();
  });

  it("lets nothing dangerous through", () => {
    const html = `<b>ok</b><script>alert(1)</script><style>x</style><img src=x onerror=alert(1) alt="pic">
      <a href="javascript:alert(1)">click</a><a href="data:text/html,x">data</a><a href="https://a.example/)(x">p</a>`;
    expect(htmlToMarkdown(html)).toBe("**ok**pic clickdata[p](https://a.example/%29%28x)");
  });

  it("survives what is absurdly deep", () => {
    const deep = `${"<div><b>".repeat(300)}x${"</b></div>".repeat(300)}`;
    expect(htmlToMarkdown(deep)).toContain("x");
    const tables = `${"<table><tr><td>a</td><td>".repeat(35)}x${"</td></tr></table>".repeat(35)}`;
    expect(htmlToMarkdown(tables)).toContain("x");
  });

  it("takes no time for a flood of spaces", () => {
    const before = performance.now();
    htmlToMarkdown(`<pre>x${" ".repeat(200_000)}x</pre>`);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
