import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useConnection, useEngine, useSegment } from "@/hooks";
import type { Segment } from "@/sync/types";
import type { ChatId } from "@wire";

/** More loaded messages than this, and those far away are forgotten. */
const MOST_LOADED = 1_200;

export interface SegmentWindow {
  readonly segment: Segment;
  /** Whether a page could not be loaded; tried again when the connection is back, or by `retry`. */
  readonly failed: boolean;
  retry(): void;
  /** Shows the run around a message, loading it; the newest run when absent. */
  showAround(seq: number | undefined): void;
  /** Loads what is beyond the ends where the view comes near to them. */
  needOlder(): void;
  needNewer(): void;
  /** Forgets what is far from `seq`, when too much is loaded. */
  trim(seq: number): void;
}

/** Which part of a chat is loaded and shown: a run without holes around a place, growing where one reads. */
export function useSegmentWindow(chatId: ChatId, start: number | undefined): SegmentWindow {
  const engine = useEngine();
  const [around, setAround] = useState(start);
  const [failed, setFailed] = useState(false);
  const segment = useSegment(chatId, around);
  const now = useRef({ segment, around });
  const busy = useRef({ older: false, newer: false, around: false });
  useEffect(() => {
    now.current = { segment, around };
  });

  const load = useCallback(
    (which: "older" | "newer" | "around", run: () => Promise<void>) => {
      if (busy.current[which]) return;
      busy.current[which] = true;
      run().then(
        () => setFailed(false),
        () => setFailed(true),
      ).finally(() => (busy.current[which] = false));
    },
    [],
  );
  const showAround = useCallback(
    (seq: number | undefined) => {
      setAround(seq);
      const { lastSeq = 0, messages } = engine.store.chat(chatId) ?? {};
      const wanted = seq ?? lastSeq;
      if (wanted > 0 && messages?.has(wanted) !== true) load("around", () => engine.loadAround(chatId, wanted));
    },
    [engine, chatId, load],
  );
  const end = useCallback(
    (older: boolean) => {
      const { messages, hasOlder, hasNewer } = now.current.segment;
      const seq = messages[older ? 0 : messages.length - 1]?.message.seq;
      if (seq === undefined || !(older ? hasOlder : hasNewer)) return;
      load(older ? "older" : "newer", () => (older ? engine.loadOlder(chatId, seq) : engine.loadNewer(chatId, seq)));
    },
    [engine, chatId, load],
  );
  const trim = useCallback(
    (seq: number) => {
      if (now.current.segment.messages.length <= MOST_LOADED || busy.current.older || busy.current.newer) return;
      // What is shown must hang on a message that stays, before the others go.
      flushSync(() => setAround(seq));
      engine.trim(chatId, seq);
    },
    [engine, chatId],
  );
  // The first look, and again when the connection is back after something could not be loaded.
  const online = useConnection().state === "online";
  useEffect(() => {
    if (segment.messages.length === 0 && (online || !failed)) showAround(around);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only when there is a reason to try again
  }, [online, segment.messages.length === 0]);
  useEffect(() => {
    if (online) setFailed(false);
  }, [online]);

  const retry = useCallback(() => {
    setFailed(false);
    if (now.current.segment.messages.length === 0) showAround(now.current.around);
  }, [showAround]);
  const needOlder = useCallback(() => end(true), [end]);
  const needNewer = useCallback(() => end(false), [end]);
  return useMemo(
    () => ({ segment, failed, retry, showAround, needOlder, needNewer, trim }),
    [segment, failed, retry, showAround, needOlder, needNewer, trim],
  );
}
