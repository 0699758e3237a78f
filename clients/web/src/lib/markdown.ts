/**
 * The markup of messages, parsed into a tree that is shown by components: never HTML. What is not understood
 * stays as it was typed. Time is linear in the length of the text, whatever the text is; depth is limited.
 *
 * Blocks: paragraphs, ``` code, > quotes, lists, tables. Inside them: see `markdown-inline.ts`.
 */
import { type Inline, parseInline } from "./markdown-inline";
import { safeText } from "./text";

export type { Inline } from "./markdown-inline";

/** An item of a list; `checked` is null when it is no task. */
export interface ListItem {
  readonly checked: boolean | null;
  readonly children: readonly Block[];
}

export type Align = "start" | "center" | "end" | null;

/** A part of a message that begins on its own line. */
export type Block =
  | { readonly t: "paragraph"; readonly children: readonly Inline[] }
  | { readonly t: "code"; readonly lang: string; readonly text: string }
  | { readonly t: "quote"; readonly children: readonly Block[] }
  | { readonly t: "list"; readonly ordered: boolean; readonly start: number; readonly mark: string; readonly items: readonly ListItem[] }
  | { readonly t: "table"; readonly align: readonly Align[]; readonly head: readonly Cell[]; readonly rows: readonly (readonly Cell[])[] };

type Cell = readonly Inline[];

/** Quotes and lists inside each other; deeper ones stay as typed. */
const MAX_DEPTH = 6;
const MAX_COLUMNS = 20;

const FENCE = /^ {0,3}(`{3,})([^`]*)$/;
const FENCE_LINE = /^ {0,3}```([^`]+)```\s*$/;
/** Not `>.<` and its like. */
const QUOTE = /^ {0,3}>(?: |$|(?=[>\p{L}\p{N}*_`"«|[@#]))(?!_<)/u;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)]) +(?=\S)/;
const TASK = /^\[([ xX])\] +(?=\S)/;

/** Counts the parser's work, so that tests can show that it is linear. */
export interface Work {
  steps: number;
}

/** Parses a message's text. The text is made harmless first. */
export function parseMarkdown(text: string, work: Work = { steps: 0 }): readonly Block[] {
  return blocks(safeText(text).split("\n"), 0, work);
}

function blocks(lines: readonly string[], depth: number, work: Work): Block[] {
  const out: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0) out.push({ t: "paragraph", children: parseInline(paragraph.join("\n"), work) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    work.steps++;
    const line = lines[at] ?? "";
    const block = line.trim() === "" ? null : blockAt(lines, at, depth, work);
    if (block !== null) {
      endParagraph();
      out.push(block.block);
      at = block.next;
      continue;
    }
    if (line.trim() === "") endParagraph();
    else paragraph.push(line);
    at++;
  }
  endParagraph();
  return out;
}

interface Found {
  readonly block: Block;
  readonly next: number;
}

function blockAt(lines: readonly string[], at: number, depth: number, work: Work): Found | null {
  const line = lines[at] ?? "";
  const code = codeAt(lines, at, work);
  if (code !== null) return code;
  if (depth < MAX_DEPTH) {
    if (QUOTE.test(line)) return quoteAt(lines, at, depth, work);
    if (ITEM.test(line)) return listAt(lines, at, depth, work);
  }
  return line.includes("|") ? tableAt(lines, at, work) : null;
}

function codeAt(lines: readonly string[], at: number, work: Work): Found | null {
  const line = lines[at] ?? "";
  const single = FENCE_LINE.exec(line)?.[1];
  if (single !== undefined) return { block: { t: "code", lang: "", text: single.trim() }, next: at + 1 };
  // A longer fence holds code that has shorter ones in it.
  const [, fence, info] = FENCE.exec(line) ?? [];
  if (fence === undefined || info === undefined) return null;
  // A fence whose first line is no language holds code there already.
  const lang = /^\s*[\w+#.-]{0,30}\s*$/.test(info) ? info.trim().toLowerCase() : "";
  const body = lang === "" && info.trim() !== "" ? [info] : [];
  let next = at + 1;
  for (; next < lines.length; next++) {
    work.steps++;
    const text = lines[next] ?? "";
    if (!text.trimEnd().endsWith(fence)) {
      body.push(text);
      continue;
    }
    const rest = text.trimEnd().slice(0, -fence.length);
    if (rest.trim() !== "") body.push(rest);
    next++;
    break;
  }
  return { block: { t: "code", lang, text: body.join("\n") }, next };
}

function quoteAt(lines: readonly string[], at: number, depth: number, work: Work): Found {
  const inner: string[] = [];
  let next = at;
  for (; next < lines.length && QUOTE.test(lines[next] ?? ""); next++) inner.push((lines[next] ?? "").replace(QUOTE, ""));
  work.steps += inner.length;
  return { block: { t: "quote", children: blocks(inner, depth + 1, work) }, next };
}

function listAt(lines: readonly string[], at: number, depth: number, work: Work): Found {
  const [, , first = "-"] = ITEM.exec(lines[at] ?? "") ?? [];
  const mark = first.slice(-1);
  const ordered = first.length > 1;
  const items: ListItem[] = [];
  let next = at;
  while (next < lines.length) {
    const match = ITEM.exec(lines[next] ?? "");
    if (match === null || match[2]?.slice(-1) !== mark || (match[2].length > 1) !== ordered) break;
    const inner = [(lines[next] ?? "").slice(match[0].length)];
    // Two spaces more than the mark's own make a line part of the item.
    const indent = (match[1]?.length ?? 0) + 2;
    for (next++; next < lines.length && indented(lines[next] ?? "", indent); next++) {
      inner.push((lines[next] ?? "").slice(Math.min(leading(lines[next] ?? ""), match[0].length)));
    }
    work.steps += inner.length;
    const task = TASK.exec(inner[0] ?? "");
    if (task !== null) inner[0] = (inner[0] ?? "").slice(task[0].length);
    items.push({ checked: task === null ? null : task[1] !== " ", children: blocks(inner, depth + 1, work) });
  }
  return { block: { t: "list", ordered, start: ordered ? parseInt(first, 10) : 1, mark, items }, next };
}

function leading(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

function indented(line: string, by: number): boolean {
  return line.trim() !== "" && leading(line) >= by;
}

function tableAt(lines: readonly string[], at: number, work: Work): Found | null {
  const rule = lines[at + 1];
  if (rule === undefined || !/^[\s|:-]+$/.test(rule) || !rule.includes("-") || !rule.includes("|")) return null;
  const align = cells(rule).map(alignment);
  const head = cells(lines[at] ?? "");
  if (align.includes(undefined) || head.length !== align.length || head.length > MAX_COLUMNS) return null;
  const rows: Cell[][] = [];
  let next = at + 2;
  for (; next < lines.length && (lines[next] ?? "").includes("|"); next++) {
    const row = cells(lines[next] ?? "").slice(0, head.length);
    work.steps++;
    rows.push(head.map((_, column) => parseInline(row[column] ?? "", work)));
  }
  return {
    block: { t: "table", align: align.map((value) => value ?? null), head: head.map((cell) => parseInline(cell, work)), rows },
    next,
  };
}

function cells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/(^|[^\\])\|$/, "$1");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, "|"));
}

function alignment(rule: string): Align | undefined {
  if (!/^:?-+:?$/.test(rule)) return undefined;
  const [left, right] = [rule.startsWith(":"), rule.endsWith(":")];
  return left && right ? "center" : right ? "end" : left ? "start" : null;
}

/** The words of a message without its markup, on one line: for previews, quotes and notifications. Spoilers stay hidden. */
export function plainText(text: string, limit = 300): string {
  const parts: string[] = [];
  let length = 0;
  const add = (part: string) => {
    parts.push(part);
    length += part.length;
  };
  const inline = (nodes: readonly Inline[]) => {
    for (const node of nodes) {
      if (length > limit) return;
      if (node.t === "text" || node.t === "code") add(node.text);
      else if (node.t === "break") add(" ");
      else if (node.t === "mention") add(`@${node.name}`);
      else if (node.t === "room") add(`#${node.slug}`);
      else if (node.t === "spoiler") add("▒▒▒▒");
      else inline(node.children);
    }
  };
  const block = (nodes: readonly Block[]) => {
    for (const node of nodes) {
      if (length > limit) return;
      if (node.t === "paragraph") inline(node.children);
      else if (node.t === "code") add(node.text);
      else if (node.t === "quote") block(node.children);
      else if (node.t === "list") node.items.forEach((item) => block(item.children));
      else [node.head, ...node.rows].flat().forEach((cell) => (inline(cell), add(" ")));
      add(" ");
    }
  };
  // Markup far beyond the limit cannot matter.
  block(parseMarkdown(text.slice(0, limit * 4)));
  return parts.join("").replace(/\s+/g, " ").trim();
}
