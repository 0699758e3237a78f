/** What a paragraph consists of, and how it is built from the tokens that `markdown-inline.ts` finds. Linear. */
import type { Work } from "./markdown";

/** A part of a paragraph. */
export type Inline =
  | { readonly t: "text"; readonly text: string }
  | { readonly t: "code"; readonly text: string }
  | { readonly t: "strong" | "em" | "strike" | "spoiler"; readonly children: readonly Inline[] }
  /** `auto` when the words are the address itself. */
  | { readonly t: "link"; readonly href: string; readonly auto: boolean; readonly children: readonly Inline[] }
  /** A name after `@`; whether somebody is mentioned by it only the message can tell. */
  | { readonly t: "mention"; readonly name: string }
  /** A word after `#`; whether there is such a room only the client can tell. */
  | { readonly t: "room"; readonly slug: string }
  | { readonly t: "break" };

export type Styled = "strong" | "em" | "strike" | "spoiler";

/** A piece of a paragraph: text, a finished leaf, or a mark. */
export interface Token {
  readonly source: string;
  /** A finished leaf; else text or a mark. */
  readonly leaf?: Inline;
  /** The index of the partner, for marks that have one. */
  partner?: number;
  style?: Styled | "link";
  href?: string;
}

/** Styles inside each other; deeper marks stay as typed. */
const MAX_DEPTH = 12;

interface Frame {
  readonly children: Inline[];
  readonly token: Token | null;
}

/** Builds the tree of a paragraph from its tokens. */
export function build(tokens: readonly Token[], work: Work): readonly Inline[] {
  const frames: Frame[] = [{ children: [], token: null }];
  let tooDeep = 0;
  let inLink = 0;
  for (const [index, token] of tokens.entries()) {
    work.steps++;
    const frame = frames.at(-1);
    if (frame === undefined) break;
    const { partner } = token;
    if (partner === undefined) {
      addLeaf(frame.children, token, inLink > 0);
    } else if (partner > index) {
      if (frames.length > MAX_DEPTH || tooDeep > 0) {
        tooDeep++;
        addText(frame.children, token.source);
        continue;
      }
      frames.push({ children: [], token });
      if (token.style === "link") inLink++;
    } else if (tooDeep > 0) {
      tooDeep--;
      addText(frame.children, token.source);
    } else {
      frames.pop();
      const opener = frame.token;
      if (opener?.style === "link") inLink--;
      if (opener?.style !== undefined) frames.at(-1)?.children.push(finished(opener, frame.children));
    }
  }
  return frames[0]?.children ?? [];
}

function finished(opener: Token, children: readonly Inline[]): Inline {
  return opener.style === "link"
    ? { t: "link", href: opener.href ?? "", auto: false, children }
    : { t: opener.style ?? "em", children };
}

function addLeaf(children: Inline[], token: Token, inLink: boolean): void {
  const { leaf } = token;
  const interactive = leaf?.t === "link" || leaf?.t === "mention" || leaf?.t === "room";
  if (leaf === undefined || (inLink && interactive)) addText(children, token.source);
  else if (leaf.t === "text") addText(children, leaf.text);
  else children.push(leaf);
}

/** Neighbouring pieces of text become one node; pieces are gathered in place, which engines do without copying. */
function addText(children: Inline[], text: string): void {
  const last = children.at(-1);
  if (last?.t === "text") children[children.length - 1] = { t: "text", text: last.text + text };
  else children.push({ t: "text", text });
}
