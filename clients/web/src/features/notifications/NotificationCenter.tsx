import { useRouterState } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useChatSummaries, useEngine, useMe } from "@/hooks";
import { useNotificationPrefs, useQuiet } from "@/hooks/notifications";
import { countAttention, levelOf, titleText } from "@/lib/notify";
import { safeName } from "@/lib/text";
import { cardStore } from "./cards";
import { showAppBadge, showIcon } from "./favicon";
import { IncomingCards } from "./IncomingCards";
import { useOpenPath } from "./navigate";
import { SystemNotes } from "./system";
import { Tabs } from "./tabs";
import { useIncoming } from "./useIncoming";

const NOTHING = { number: 0, dot: false };

/** Everything that asks for attention: cards, notifications, sounds, the title, the icon's and the application's badge. */
export function NotificationCenter() {
  const viewed = useViewedChat();
  const open = useOpenPath();
  const notes = useMemo(() => new SystemNotes(open), [open]);
  useIncoming(useTabs(), notes, viewed);
  useCounts(viewed);
  useReading(notes);
  useQuietPresence();
  return <IncomingCards onOpen={open} />;
}

/** The chat whose page is open. */
function useViewedChat(): string | null {
  return useRouterState({
    select: (state) => {
      const params: Readonly<Record<string, string | undefined>> = state.matches.at(-1)?.params ?? {};
      return params["chatId"] ?? params["slug"] ?? null;
    },
  });
}

function useTabs(): Tabs | null {
  const [tabs, setTabs] = useState<Tabs | null>(null);
  useEffect(() => {
    const made = new Tabs();
    setTabs(made);
    return () => made.stop();
  }, []);
  return tabs;
}

/** Title, favicon and badge show the same number. */
function useCounts(viewed: string | null): void {
  const chats = useChatSummaries();
  const [prefs] = useNotificationPrefs();
  const { number, dot } = countAttention(chats, (chatId) => levelOf(prefs, chatId) === "none");
  const shown = chats.find((chat) => chat.id === viewed);
  const title = titleText({ number, dot }, shown ? safeName(shown.title, shown.id) : null);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    void showIcon({ number, dot });
    showAppBadge({ number, dot });
  }, [number, dot]);
  // Whoever has signed out is not told of anything.
  useEffect(
    () => () => {
      document.title = titleText(NOTHING, null);
      void showIcon(NOTHING);
      showAppBadge(NOTHING);
    },
    [],
  );
}

/** What was read, here or on another device, is not shown any longer. */
function useReading(notes: SystemNotes): void {
  const { store } = useEngine();
  const me = useMe();
  const readSeq = useCallback((chatId: string) => store.chat(chatId)?.info.readSeq ?? Number.POSITIVE_INFINITY, [store]);
  useEffect(() => {
    const look = () => {
      cardStore.getState().dropRead(readSeq);
      void notes.closeRead(readSeq);
    };
    return store.subscribe("chats", look);
  }, [store, notes, readSeq]);
  // What was shown to somebody is nobody's business once they have signed out.
  useEffect(
    () => () => {
      cardStore.setState({ cards: [] });
      void notes.closeAll();
    },
    [me, notes],
  );
}

/** Others see that one does not want to be disturbed. */
function useQuietPresence(): void {
  const engine = useEngine();
  const me = useMe();
  const { on } = useQuiet();
  const told = useRef(false);
  useEffect(() => {
    if (me === null || on === told.current) return;
    told.current = on;
    engine.setPresence(on ? "dnd" : "online");
  }, [engine, me, on]);
}
