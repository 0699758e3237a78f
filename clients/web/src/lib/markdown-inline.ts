/**
 * Markup inside a line of a message: **bold** *italic* _italic_ ~~strike~~ ||spoiler|| `code` [words](link),
 * links as such, @names and #rooms.
 *
 * One pass finds the marks and pairs them by a stack, a second one builds the tree; both are linear. A mark without
 * its partner is text.
 */
import { linkAt, safeHref } from "./links";
import type { Work } from "./markdown";
import { build, type Inline, type Styled, type Token } from "./markdown-tree";

export type { Inline } from "./markdown-tree";

const STYLES: Record<string, Styled> = { "**": "strong", "*": "em", _: "em", "~~": "strike", "||": "spoiler" };
/** Everything that may begin markup; the text between is skipped in one go. */
const SPECIAL = /[\\`*_~|[\]@#\n]/g;
const ESCAPABLE = /[\\`*_~|[\]()#@>!+.-]/;
const WORD = /[\p{L}\p{N}_]/u;
/** As the server finds mentions: letters, digits, and `. _ -` inside. */
const NAME = /[\p{Alphabetic}\p{N}._-]{1,80}/uy;
const SLUG = /[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?(?![\p{L}\p{N}_])/uy;
const SHRUG = "¯\\_(ツ)_/¯";

/** Parses the inside of a paragraph. */
export function parseInline(text: string, work: Work): readonly Inline[] {
  const scanner = new Scanner(text, work);
  scanner.run();
  return build(scanner.tokens, work);
}

class Scanner {
  readonly tokens: Token[] = [];
  /** Indices of marks that may still be closed, innermost last, and how many there are of each kind. */
  private readonly open: number[] = [];
  private readonly waiting = new Map<string, number>();
  private brackets: number[] = [];
  private readonly ticks: Map<number, number[]>;
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly work: Work,
  ) {
    this.ticks = text.includes("`") ? backtickRuns(text, work) : new Map();
  }

  run(): void {
    while (this.at < this.text.length) {
      this.work.steps++;
      const char = this.text.charAt(this.at);
      if (char === "\n") this.leaf("\n", { t: "break" });
      else if (char === "\\") this.escape();
      else if (char === "`") this.code();
      else if (char === "[") this.bracket();
      else if (char === "]") this.closeBracket();
      else if (char === "@") this.mention();
      else if (char === "#") this.room();
      else if (char === "*" || char === "_" || char === "~" || char === "|") this.mark(char);
      else this.words();
    }
  }

  private push(token: Token): void {
    this.tokens.push(token);
    this.at += token.source.length;
  }

  private leaf(source: string, leaf: Inline): void {
    this.push({ source, leaf });
  }

  private literal(source: string): void {
    this.push({ source });
  }

  /** Text up to the next special character, with the links in it. */
  private words(): void {
    SPECIAL.lastIndex = this.at;
    const end = SPECIAL.exec(this.text)?.index ?? this.text.length;
    // A link may hold special characters itself, so that it may end behind `end`.
    // Words are looked for in this piece alone: a search to the end of the text, made again and again, would not be linear.
    const from = this.at;
    const piece = this.text.slice(from, end);
    this.work.steps += Math.ceil(piece.length / 8);
    for (const word of piece.matchAll(/[\p{L}\p{N}]+[\p{L}\p{N}.+:/-]*/gu)) {
      this.work.steps++;
      const at = from + word.index;
      const link = at < this.at ? null : this.linkIn(word[0], at);
      if (link === null) continue;
      if (link.at > this.at) this.literal(this.text.slice(this.at, link.at));
      const source = this.text.slice(link.at, link.at + link.length);
      this.leaf(source, { t: "link", href: link.href, auto: true, children: [{ t: "text", text: source }] });
    }
    if (this.at < end) this.literal(this.text.slice(this.at, end));
  }

  /** The link in a word, which may stand behind something glued to it (`see:https://…`). */
  private linkIn(word: string, at: number) {
    const scheme = word.search(/https?:\/\/|mailto:/i);
    const glued = at > 0 && /[\p{L}\p{N}_@/.\\-]/u.test(this.text.charAt(at - 1));
    const next = this.text.charAt(at + word.length);
    const promising = scheme >= 0 || (!glued && (word.includes(".") || next === "@" || next === "_"));
    if (!promising) return null;
    const from = at + Math.max(0, scheme);
    const link = linkAt(this.text, from);
    return link === null ? null : { ...link, at: from };
  }

  private escape(): void {
    if (this.text.startsWith(SHRUG.slice(1), this.at) && this.text.charAt(this.at - 1) === SHRUG.charAt(0)) {
      return this.literal(SHRUG.slice(1));
    }
    const next = this.text.charAt(this.at + 1);
    if (!ESCAPABLE.test(next)) return this.literal("\\");
    this.leaf(`\\${next}`, { t: "text", text: next });
  }

  private code(): void {
    const length = runLength(this.text, this.at, "`");
    const ends = this.ticks.get(length) ?? [];
    // Runs are passed in order, so that looking for the partner never starts again from the beginning.
    while (ends.length > 0 && (ends.at(-1) ?? 0) <= this.at) ends.pop();
    const end = ends.at(-1);
    if (end === undefined) return this.literal("`".repeat(length));
    const inner = this.text.slice(this.at + length, end);
    const padded = inner.startsWith(" ") && inner.endsWith(" ") && inner.trim() !== "";
    const text = padded ? inner.slice(1, -1) : inner;
    this.leaf(this.text.slice(this.at, end + length), { t: "code", text: text.replace(/\n/g, " ") });
  }

  private bracket(): void {
    this.brackets.push(this.tokens.length);
    this.literal("[");
  }

  private closeBracket(): void {
    const opener = this.brackets.pop();
    const target = opener !== undefined && this.text.charAt(this.at + 1) === "(" ? this.target(this.at + 2) : null;
    if (opener === undefined || target === null || opener === this.tokens.length - 1) return this.literal("]");
    const token = this.tokens[opener];
    if (token === undefined) return;
    // Links hold no links, and styles do not reach across their borders.
    this.brackets = [];
    this.forget(opener);
    Object.assign(token, { partner: this.tokens.length, style: "link", href: target.href });
    this.push({ source: this.text.slice(this.at, target.end), partner: opener });
  }

  /** The address between the round brackets that begin before `from`. */
  private target(from: number): { href: string; end: number } | null {
    let depth = 0;
    for (let at = from; at < this.text.length; at++) {
      this.work.steps++;
      const char = this.text.charAt(at);
      if (/\s/.test(char) || (char === "(" && ++depth > 1)) return null;
      if (char === ")" && depth-- === 0) {
        const href = safeHref(this.text.slice(from, at));
        return href === null ? null : { href, end: at + 1 };
      }
    }
    return null;
  }

  private before(): string {
    // The whole character when it is outside the basic plane.
    return this.at === 0 ? "" : (Array.from(this.text.slice(Math.max(0, this.at - 2), this.at)).at(-1) ?? "");
  }

  private mention(): void {
    NAME.lastIndex = this.at + 1;
    const name = /[\p{Alphabetic}\p{N}@/._]/u.test(this.before()) ? null : NAME.exec(this.text);
    const trimmed = name?.[0].replace(/[.-]+$/, "") ?? "";
    if (trimmed === "") return this.literal("@");
    this.leaf(`@${trimmed}`, { t: "mention", name: trimmed });
  }

  private room(): void {
    SLUG.lastIndex = this.at + 1;
    const slug = /[\p{L}\p{N}_/#&]/u.test(this.before()) ? null : SLUG.exec(this.text);
    if (slug === null) return this.literal("#");
    this.leaf(`#${slug[0]}`, { t: "room", slug: slug[0] });
  }

  /** A run of marks: one or two characters mean something, three stars are bold and italic at once. */
  private mark(char: string): void {
    const length = runLength(this.text, this.at, char);
    const run = char.repeat(length);
    const [before, after] = [this.before(), this.text.charAt(this.at + length)];
    if (run === "***") {
      const parts = this.topIs("*") ? ["*", "**"] : ["**", "*"];
      parts.forEach((mark) => this.delimiter(mark, before, after));
    } else if (STYLES[run] !== undefined) {
      this.delimiter(run, before, after);
    } else {
      this.literal(run);
    }
  }

  private topIs(mark: string): boolean {
    const top = this.open.at(-1);
    return top !== undefined && this.tokens[top]?.source === mark;
  }

  private delimiter(mark: string, before: string, after: string): void {
    // A single mark inside a word (2*3*4, snake_case_name) is none.
    const wordy = mark.length === 1;
    const canClose = before !== "" && !/\s/.test(before) && !(wordy && WORD.test(after));
    const canOpen = after !== "" && !/\s/.test(after) && !(wordy && WORD.test(before));
    if (canClose && (this.waiting.get(mark) ?? 0) > 0) {
      const opener = this.popTo(mark);
      // An empty pair (`** **` cut to nothing) is text.
      if (opener !== undefined && opener < this.tokens.length - 1) {
        const style = STYLES[mark];
        Object.assign(this.tokens[opener] ?? {}, { partner: this.tokens.length, style });
        while ((this.brackets.at(-1) ?? -1) > opener) this.brackets.pop();
        return this.push({ source: mark, partner: opener });
      }
    }
    if (canOpen) {
      this.waiting.set(mark, (this.waiting.get(mark) ?? 0) + 1);
      this.open.push(this.tokens.length);
    }
    this.literal(mark);
  }

  /** Takes marks from the stack down to the innermost of this kind, and returns it. */
  private popTo(mark: string): number | undefined {
    for (;;) {
      this.work.steps++;
      const index = this.open.pop();
      if (index === undefined) return undefined;
      const source = this.tokens[index]?.source ?? "";
      this.waiting.set(source, (this.waiting.get(source) ?? 1) - 1);
      if (source === mark) return index;
    }
  }

  private forget(after: number): void {
    while ((this.open.at(-1) ?? -1) > after) {
      const source = this.tokens[this.open.pop() ?? 0]?.source ?? "";
      this.waiting.set(source, (this.waiting.get(source) ?? 1) - 1);
    }
  }
}

function runLength(text: string, at: number, char: string): number {
  let end = at;
  while (text.charAt(end) === char) end++;
  return end - at;
}

/** Where runs of backticks of each length begin, last first. */
function backtickRuns(text: string, work: Work): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const match of text.matchAll(/`+/g)) {
    work.steps++;
    const list = runs.get(match[0].length);
    if (list === undefined) runs.set(match[0].length, [match.index]);
    else list.push(match.index);
  }
  runs.forEach((list) => list.reverse());
  return runs;
}
