/** What must be written down before the page goes: drafts, above all. */
import { useEffect, useRef } from "react";

type Flush = () => void | Promise<void>;

const waiting = new Set<Flush>();
/** A part that does not finish may not hold the page for ever. */
const LONGEST_MS = 1_500;

/** Asks to be called before the page is reloaded on purpose; returns how to stop. */
function onFlush(flush: Flush): () => void {
  waiting.add(flush);
  return () => waiting.delete(flush);
}

/** Lets everyone write down what they have; resolves when they have, or after a moment. */
export async function flushAll(): Promise<void> {
  const all = Promise.allSettled([...waiting].map(async (flush) => flush()));
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, LONGEST_MS))]);
}

/** `onFlush` for as long as a component lives; the newest function counts. */
export function useFlush(flush: Flush): void {
  const newest = useRef(flush);
  useEffect(() => {
    newest.current = flush;
  });
  useEffect(() => onFlush(() => newest.current()), []);
}
