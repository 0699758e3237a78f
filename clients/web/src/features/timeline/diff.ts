/** The difference between two texts, word by word. */

export interface DiffPart {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

/** Beyond this many cells the middle is told as replaced as a whole: a table for two books would not fit. */
const MOST_CELLS = 1_000_000;

/** Words and the space between them. */
function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? [];
}

/** What was taken out and put in to get from `before` to `after`. Joining `same` and `added` gives `after`. */
export function wordDiff(before: string, after: string): readonly DiffPart[] {
  const [a, b] = [words(before), words(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const parts: DiffPart[] = [];
  const add = (kind: DiffPart["kind"], text: string) => {
    const last = parts.at(-1);
    if (text === "") return;
    if (last?.kind === kind) parts[parts.length - 1] = { kind, text: last.text + text };
    else parts.push({ kind, text });
  };
  add("same", a.slice(0, start).join(""));
  middle(a.slice(start, a.length - end), b.slice(start, b.length - end), add);
  add("same", a.slice(a.length - end).join(""));
  return parts;
}

function middle(a: readonly string[], b: readonly string[], add: (kind: DiffPart["kind"], text: string) => void): void {
  if (a.length * b.length > MOST_CELLS) {
    add("removed", a.join(""));
    add("added", b.join(""));
    return;
  }
  // Longest common subsequence, from the ends.
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const [down, right, diagonal] = [table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0, table[(i + 1) * width + j + 1] ?? 0];
      table[i * width + j] = a[i] === b[j] ? diagonal + 1 : Math.max(down, right);
    }
  }
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add("same", a[i++] ?? "");
      j++;
    } else if (i < a.length && (j >= b.length || (table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))) {
      add("removed", a[i++] ?? "");
    } else {
      add("added", b[j++] ?? "");
    }
  }
}
