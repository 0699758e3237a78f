/** Pasted HTML as markdown. Nothing of it is shown or run: it is parsed into an inert document and read. */

/** Elements that say something about form; without any the plain text is as good. */
const MEANINGFUL = "b,strong,i,em,s,del,strike,code,pre,a[href],ul,ol,blockquote,h1,h2,h3,h4,h5,h6,table";
const SKIPPED = new Set(["SCRIPT", "STYLE", "TEMPLATE", "HEAD", "META", "LINK", "TITLE", "NOSCRIPT", "OBJECT", "IFRAME", "SVG"]);
const BLOCKS = new Set([
  "P", "DIV", "SECTION", "ARTICLE", "HEADER", "FOOTER", "MAIN", "ASIDE", "FIGURE", "FIGCAPTION", "ADDRESS", "DL", "DT", "DD",
  "FORM", "FIELDSET", "HR",
]);
/** Deeper nesting is an attack or a mistake: only its text is kept. */
const DEEPEST = 40;

/** Markdown for the pasted HTML; null when it is no better than the plain text. */
export function htmlToMarkdown(html: string): string | null {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  if (!body.querySelector(MEANINGFUL)) return null;
  const text = children(body, { depth: 0, pre: false })
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  return text === "" ? null : text;
}

interface Context {
  readonly depth: number;
  readonly pre: boolean;
}

function children(node: Node, context: Context): string {
  let text = "";
  for (const child of node.childNodes) {
    const part = convert(child, context);
    // Two blocks in a row must not leave a space at the beginning of a line.
    text += text === "" || text.endsWith("\n") ? part.replace(/^ +/, context.pre ? "$&" : "") : part;
  }
  return text;
}

function convert(node: Node, context: Context): string {
  if (node.nodeType === Node.TEXT_NODE) {
    const value = node.nodeValue ?? "";
    return context.pre ? value : value.replace(/[\s\u00A0]+/g, " ");
  }
  if (!(node instanceof Element) || SKIPPED.has(node.tagName.toUpperCase())) return "";
  if (context.depth > DEEPEST) return node.textContent?.replace(/\s+/g, " ") ?? "";
  return element(node, { ...context, depth: context.depth + 1 });
}

function element(node: Element, context: Context): string {
  const inner = () => children(node, context);
  switch (node.tagName) {
    case "B":
    case "STRONG":
      // Some editors wrap everything into a bold element that is not bold.
      return /font-weight:\s*(?:normal|400)/.test(node.getAttribute("style") ?? "") ? inner() : wrap(inner(), "**");
    case "I":
    case "EM":
      return wrap(inner(), "*");
    case "S":
    case "DEL":
    case "STRIKE":
      return wrap(inner(), "~~");
    case "CODE":
    case "KBD":
    case "SAMP":
      return context.pre ? inner() : inlineCode(node.textContent ?? "");
    case "PRE":
      return fence(node);
    case "A":
      return link(node, inner());
    case "IMG":
      return node.getAttribute("alt")?.trim() ?? "";
    case "BR":
      return "\n";
    case "BLOCKQUOTE":
      return block(inner().trim().replace(/\n{3,}/g, "\n\n").split("\n").map((line) => (line === "" ? ">" : `> ${line}`)).join("\n"));
    case "UL":
    case "OL":
      return block(list(node, context));
    case "TABLE":
      return block(table(node, context));
    case "H1":
    case "H2":
    case "H3":
    case "H4":
    case "H5":
    case "H6":
      return block(wrap(inner().replaceAll("**", "").replace(/\s+/g, " "), "**"));
    case "P":
      return block(inner().trim());
    default:
      return BLOCKS.has(node.tagName) ? `\n${inner().trim()}\n` : inner();
  }
}

function block(text: string): string {
  return text === "" ? "" : `\n\n${text}\n\n`;
}

/** Marks touch the words; every line of a longer piece gets its own. */
function wrap(text: string, mark: string): string {
  if (text.trim() === "") return text;
  return text
    .split("\n")
    .map((line) => {
      const core = line.trim();
      return core === "" ? line : line.replace(core, () => `${mark}${core}${mark}`);
    })
    .join("\n");
}

function inlineCode(text: string): string {
  const one = text.replace(/\s+/g, " ").trim();
  return one === "" ? "" : one.includes("`") ? `\`\` ${one} \`\`` : `\`${one}\``;
}

function fence(node: Element): string {
  const text = (node.textContent ?? "").replace(/\n$/, "");
  const named = `${node.className} ${node.querySelector("code")?.className ?? ""}`;
  const language = /(?:language|lang|highlight-source)-([\w+-]{1,20})/.exec(named)?.[1] ?? "";
  return text.trim() === "" ? "" : block(`\`\`\`${language}\n${text.replaceAll("```", "` ` `")}\n\`\`\``);
}

/** Only addresses a message may link to; of anything else the words alone are kept. */
function link(node: Element, inner: string): string {
  const text = inner.replace(/\s+/g, " ").trim();
  const address = node.getAttribute("href") ?? "";
  if (!/^(?:https?:\/\/|mailto:)[^\s<>]+$/i.test(address) || !URL.canParse(address)) return text;
  const target = new URL(address).href.replaceAll("(", "%28").replaceAll(")", "%29");
  if (text === "" || text === address || text === target || text === address.replace(/^mailto:/i, "")) return ` ${address} `;
  return `[${text.replace(/[[\]]/g, "")}](${target})`;
}

function list(node: Element, context: Context): string {
  let number = Number(node.getAttribute("start") ?? 1) || 1;
  const lines: string[] = [];
  for (const item of node.children) {
    if (item.tagName === "UL" || item.tagName === "OL") {
      lines.push(indent(list(item, context)));
      continue;
    }
    if (item.tagName !== "LI") continue;
    const box = item.querySelector(":scope > input[type=checkbox], :scope > p > input[type=checkbox]");
    const task = box ? (box.hasAttribute("checked") ? "[x] " : "[ ] ") : "";
    const text = children(item, context).trim().replace(/\n{2,}/g, "\n");
    lines.push(`${node.tagName === "OL" ? `${number}.` : "-"} ${task}${indent(text).trimStart()}`);
    number += 1;
  }
  return lines.join("\n");
}

function indent(text: string): string {
  return text.split("\n").map((line) => (line === "" ? line : `  ${line}`)).join("\n");
}

function table(node: Element, context: Context): string {
  // Rows of its own alone: those of tables inside of it are read with their cells, and would be read again and again.
  const own = [...node.querySelectorAll("tr")].filter((row) => row.closest("table") === node);
  const rows = own.map((row) => [...row.children].map((cell) => children(cell, context).replace(/\s+/g, " ").replaceAll("|", "\\|").trim()));
  const [head, ...rest] = rows.filter((row) => row.length > 0);
  if (!head) return "";
  // A table of one column only places things on a page.
  if (rows.every((row) => row.length < 2)) return rows.flat().filter(Boolean).join("\n");
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rest.map(line)].join("\n");
}
