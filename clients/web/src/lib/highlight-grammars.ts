/** The highlighter with the languages people post most. Import it only through `highlight.ts`, which loads it lazily. */
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";
import type { CodeSpan } from "./highlight";

const lowlight = createLowlight({
  bash, c, cpp, csharp, css, diff, dockerfile, go, ini, java, javascript, json, kotlin, lua, markdown, php, python, ruby, rust, sql,
  swift, typescript, xml, yaml,
});
lowlight.registerAlias({ bash: ["shell", "sh", "zsh", "console"], ini: ["toml", "conf"], xml: ["svg", "vue"] });

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
  readonly properties?: { readonly className?: unknown };
}

/** Colours `code`; null for a language that is not there. */
export function highlight(lang: string, code: string): readonly CodeSpan[] | null {
  if (!lowlight.registered(lang)) return null;
  const spans: CodeSpan[] = [];
  flatten(lowlight.highlight(lang, code) as Node, null, spans);
  return spans;
}

function flatten(node: Node, scope: string | null, spans: CodeSpan[]): void {
  if (node.value !== undefined) spans.push({ scope, text: node.value });
  const names = node.properties?.className;
  const own = Array.isArray(names) && typeof names[0] === "string" ? names[0].replace(/^hljs-/, "") : scope;
  for (const child of node.children ?? []) flatten(child, own, spans);
}
