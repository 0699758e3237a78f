import type { TFunction } from "i18next";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe } from "@/hooks";
import { useNotificationPrefs } from "@/hooks/notifications";
import { clock } from "@/lib/clock";
import { plainText } from "@/lib/markdown";
import { decide, type NotificationPrefs } from "@/lib/notify";
import { safeName } from "@/lib/text";
import type { Incoming } from "@/sync/types";
import type { ChatId } from "@wire";
import { cardStore, type IncomingCard } from "./cards";
import { messagePath } from "./navigate";
import { systemPermission, type SystemNotes } from "./system";
import { inFront, type Tabs } from "./tabs";

/** Chimes closer than this are one. */
const CHIME_PAUSE_MS = 1_500;
const PREVIEW_CHARS = 180;

/** What of a message is shown, with everything hostile taken out and the preview left out where that was chosen. */
function cardOf({ chat, message }: Incoming, sender: string, prefs: Pick<NotificationPrefs, "preview">, t: TFunction<"notifications">): IncomingCard {
  const name = safeName(sender, message.sender_username);
  const words = plainText(message.content, PREVIEW_CHARS);
  const text = !prefs.preview ? t("hiddenPreview") : message.message_type === "emote" ? `${name} ${words}` : words;
  return {
    chatId: chat.id,
    kind: chat.type,
    seq: message.seq,
    senderId: message.sender_id,
    sender: name,
    chatTitle: chat.type === "direct" ? null : safeName(chat.title, chat.id),
    text: text || t("emptyPreview"),
  };
}

/** Turns what arrives into cards, notifications of the system and sounds, by the person's rules. */
export function useIncoming(tabs: Tabs | null, notes: SystemNotes, viewed: ChatId | null): void {
  const engine = useEngine();
  const me = useMe();
  const [prefs] = useNotificationPrefs();
  const { t, i18n } = useTranslation("notifications");
  const lastChime = useRef(0);
  const handle = async (incoming: Incoming) => {
    if (!tabs) return;
    const { store } = engine;
    const { chat, message } = incoming;
    const { notify } = decide(incoming, prefs, clock.now(), {
      me,
      watching: inFront() ? viewed : null,
      dnd: me !== null && store.presence(me)?.status === "dnd",
      readSeq: store.chat(chat.id)?.info.readSeq ?? 0,
    });
    if (!notify) return;
    const chime = () => {
      if (clock.now() - lastChime.current < CHIME_PAUSE_MS) return;
      lastChime.current = clock.now();
      void import("./sound").then(({ play }) => play(prefs.sound, prefs.volume), () => undefined);
    };
    const known = chat.type === "direct" ? chat.peer?.display_name : store.userName(message.sender_id);
    const card = cardOf(incoming, known ?? message.sender_username, prefs, t);
    if (inFront()) {
      cardStore.getState().push(card);
      return chime();
    }
    // Another tab shows it in its page, or knows that its chat is being read.
    if (await tabs.anyInFront()) return;
    if (tabs.leader) chime();
    if (prefs.system && systemPermission() === "granted") {
      if (!tabs.leader) return;
      const title = card.chatTitle === null ? card.sender : t("titleInChat", { sender: card.sender, chat: card.chatTitle });
      await notes.show({ chatId: card.chatId, seq: card.seq, title, body: card.text, path: messagePath(card.chatId, card.seq), lang: i18n.language });
    } else if (document.visibilityState === "visible") {
      cardStore.getState().push(card);
    }
  };
  const newest = useRef(handle);
  useEffect(() => {
    newest.current = handle;
  });
  useEffect(() => engine.onIncoming((incoming) => void newest.current(incoming)), [engine]);
}
