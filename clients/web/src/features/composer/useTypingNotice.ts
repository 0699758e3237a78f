import { useCallback, useEffect, useRef } from "react";
import type { ChatId } from "@wire";
import { useEngine } from "@/hooks";
import { clock, type Timer } from "@/lib/clock";

/** Said again at most this often while one goes on typing; others forget after a few seconds. */
const AGAIN_MS = 3_000;
/** Without a key for this long, one has stopped. */
const PAUSE_MS = 5_000;

/** Tells the others that one is writing: `touch` at every change, `stop` when it is over. */
export function useTypingNotice(chatId: ChatId): { touch: (text: string) => void; stop: () => void } {
  const engine = useEngine();
  const state = useRef({ said: null as number | null, timer: undefined as Timer | undefined });

  const stop = useCallback(() => {
    const now = state.current;
    clock.clearTimeout(now.timer);
    if (now.said === null) return;
    now.said = null;
    engine.typing(chatId, false);
  }, [engine, chatId]);

  const touch = useCallback(
    (text: string) => {
      const now = state.current;
      // A command is not for the others.
      if (text.trim() === "" || /^\/[^/\s]/.test(text)) return stop();
      clock.clearTimeout(now.timer);
      now.timer = clock.setTimeout(stop, PAUSE_MS);
      if (now.said !== null && clock.now() - now.said < AGAIN_MS) return;
      now.said = clock.now();
      engine.typing(chatId, true);
    },
    [engine, chatId, stop],
  );

  useEffect(() => stop, [stop]);
  return { touch, stop };
}
