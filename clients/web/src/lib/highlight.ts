/** Colours code. The highlighter and its grammars are a chunk of their own, fetched with the first block of code. */
import { useEffect, useState } from "react";

/** A piece of code of one kind; `scope` is a class name of the grammar without its prefix, as `keyword`. */
export interface CodeSpan {
  readonly scope: string | null;
  readonly text: string;
}

type Highlighter = (lang: string, code: string) => readonly CodeSpan[] | null;

/** Longer blocks stay plain: colouring them would hold up scrolling. */
const LONGEST = 20_000;
const KEPT = 200;

let ready: Highlighter | null = null;
let loading: Promise<void> | null = null;
const known = new Map<string, readonly CodeSpan[] | null>();

/** Fetches the highlighter; harmless to call again. Without it code is shown plain. */
function loadHighlighter(): Promise<void> {
  loading ??= import("./highlight-grammars").then(
    (module) => void (ready = module.highlight),
    () => void (loading = null),
  );
  return loading;
}

function colour(lang: string, code: string): readonly CodeSpan[] | null {
  if (ready === null) return null;
  const key = `${lang}\n${code}`;
  let spans = known.get(key);
  if (spans === undefined) {
    spans = ready(lang, code);
    if (known.size >= KEPT) known.clear();
    known.set(key, spans);
  }
  return spans;
}

/** The coloured pieces of a block; null while they are not known, for unknown languages, and for long blocks. */
export function useHighlighted(lang: string, code: string): readonly CodeSpan[] | null {
  const wanted = lang !== "" && code.length <= LONGEST;
  const [loaded, setLoaded] = useState(ready !== null);
  useEffect(() => {
    if (!wanted || loaded) return;
    let alive = true;
    void loadHighlighter().then(() => alive && setLoaded(ready !== null));
    return () => void (alive = false);
  }, [wanted, loaded]);
  return wanted && loaded ? colour(lang, code) : null;
}
