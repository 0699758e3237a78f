/** Formatting as pure functions of a text and its selection. */

/** A text with what is selected in it. */
export interface Selected {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What the toolbar can do, by name. */
export type Format = "bold" | "italic" | "strike" | "code" | "codeBlock" | "quote" | "spoiler" | "list" | "link";

const MARKS: Partial<Record<Format, string>> = { bold: "**", italic: "*", strike: "~~", code: "`", spoiler: "||" };
const PREFIXES: Partial<Record<Format, string>> = { quote: "> ", list: "- " };

/** Puts a format on the selection, or takes it off where it is already. */
export function toggleFormat(state: Selected, format: Format): Selected {
  const mark = MARKS[format];
  if (mark) return toggleMark(state, mark);
  const prefix = PREFIXES[format];
  if (prefix) return togglePrefix(state, prefix);
  return format === "codeBlock" ? toggleFence(state) : makeLink(state);
}

/** Which formats are on the selection. */
export function activeFormats(state: Selected): ReadonlySet<Format> {
  const found = new Set<Format>();
  for (const [format, mark] of Object.entries(MARKS)) if (marked(state, mark)) found.add(format as Format);
  const lines = selectedLines(state);
  for (const [format, prefix] of Object.entries(PREFIXES)) {
    if (lines.block !== "" && lines.block.split("\n").every((line) => line.startsWith(prefix))) found.add(format as Format);
  }
  if (inFence(state.text, state.start)) found.add("codeBlock");
  return found;
}

function replace({ text, start, end }: Selected, by: string, from = 0, to = by.length): Selected {
  return { text: text.slice(0, start) + by + text.slice(end), start: start + from, end: start + to };
}

/** How the selection is marked: around it, within it, or not. */
function marked({ text, start, end }: Selected, mark: string): "around" | "within" | null {
  const size = mark.length;
  const sign = mark.charAt(0);
  const run = (at: number, step: 1 | -1) => {
    let length = 0;
    while (text[at + length * step] === sign) length += 1;
    return length;
  };
  // `*` must not be seen in `**`, but is in `***`: one of each.
  const fits = (length: number) => (mark === "*" ? length === 1 || length === 3 : length >= size);
  if (fits(run(start - 1, -1)) && fits(run(end, 1))) return "around";
  if (end - start <= 2 * size) return null;
  return fits(run(start, 1)) && fits(run(end - 1, -1)) ? "within" : null;
}

function toggleMark(state: Selected, mark: string): Selected {
  const { text, start, end } = state;
  const size = mark.length;
  const where = marked(state, mark);
  if (where === "around") {
    const inner = text.slice(start, end);
    return replace({ text, start: start - size, end: end + size }, inner);
  }
  if (where === "within") return replace(state, text.slice(start + size, end - size));
  // Marks hold only when they touch the words, so spaces at the ends stay outside.
  const inner = text.slice(start, end);
  const lead = inner.length - inner.trimStart().length;
  const core = inner.trim();
  if (core === "") return replace({ text, start, end: start }, mark + mark, size, size);
  return replace({ text, start: start + lead, end: start + lead + core.length }, mark + core + mark, size, size + core.length);
}

/** The whole lines the selection touches. */
function selectedLines({ text, start, end }: Selected): { from: number; to: number; block: string } {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", end);
  const to = next < 0 ? text.length : next;
  return { from, to, block: text.slice(from, to) };
}

function togglePrefix(state: Selected, prefix: string): Selected {
  const { from, to, block } = selectedLines(state);
  const lines = block.split("\n");
  const on = block !== "" && lines.every((line) => line.startsWith(prefix));
  const by = lines.map((line) => (on ? line.slice(prefix.length) : prefix + line)).join("\n");
  const next = replace({ text: state.text, start: from, end: to }, by);
  const moved = on ? -prefix.length : prefix.length;
  // One line: the cursor stays where it was in it; several: all of them are selected.
  if (lines.length > 1) return next;
  return { text: next.text, start: Math.max(from, state.start + moved), end: Math.max(from, state.end + moved) };
}

function toggleFence(state: Selected): Selected {
  const { from, to, block } = selectedLines(state);
  const fenced = /^```[^\n]*\n([\s\S]*?)\n?```$/.exec(block);
  if (fenced) return replace({ text: state.text, start: from, end: to }, fenced[1] ?? "");
  const before = from > 0 && state.text[from - 1] !== "\n" ? "\n" : "";
  const by = `${before}\`\`\`\n${block}\n\`\`\``;
  const inner = before.length + 4;
  return replace({ text: state.text, start: from, end: to }, by, inner, inner + block.length);
}

/** `[selection](url)`; without an address the cursor waits for one, without a text for that. */
export function makeLink(state: Selected, url = ""): Selected {
  const inner = state.text.slice(state.start, state.end);
  if (url === "" && isUrl(inner)) return replace(state, `[](${inner})`, 1, 1);
  const by = `[${inner}](${url})`;
  if (inner === "") return replace(state, by, 1, 1);
  const at = inner.length + 3;
  return url === "" ? replace(state, by, at, at) : replace(state, by, by.length, by.length);
}

/** Whether a text is one web or mail address and nothing else. */
export function isUrl(text: string): boolean {
  return /^(?:https?:\/\/|mailto:)[^\s<>]+$/i.test(text.trim()) && URL.canParse(text.trim());
}

/** Whether a place lies in a code fence that was opened before it. */
export function inFence(text: string, at: number): boolean {
  let open: string | null = null;
  for (const line of text.slice(0, at).split("\n")) {
    const fence = /^ {0,3}(`{3,}|~{3,})([^`]*)$/.exec(line);
    if (!fence?.[1]) continue;
    if (open === null) open = fence[1];
    else if (fence[1].startsWith(open) && fence[2]?.trim() === "") open = null;
  }
  return open !== null;
}

/** Whether a place lies in `inline code` of its line. */
export function inCode(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** The text without its code, for looking for what has a meaning only outside of it. */
export function withoutCode(text: string): string {
  return text.replace(/```[\s\S]*?(?:```|$)|`[^`\n]+`/g, " ");
}
