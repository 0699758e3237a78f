import { useTranslation } from "react-i18next";
import { useChat, useEngine, useGuests, usePresence } from "@/hooks";
import { clock } from "@/lib/clock";
import { safeLine } from "@/lib/text";
import { times } from "@/lib/time";
import type { ChatSummary } from "@/sync/types";
import type { Presence, User } from "@wire";
import { useMembers, usePresenceVersion } from "./hooks";

/** Under the title: who is there and what it is about. */
export function HeaderSubtitle({ chat }: { chat: ChatSummary }) {
  return chat.type === "direct" ? <DirectSubtitle peer={chat.peer} /> : <ManySubtitle chat={chat} />;
}

function DirectSubtitle({ peer }: { peer: User | null }) {
  const { t } = useTranslation("details");
  const presence = usePresence(peer?.id ?? 0);
  if (!peer) return null;
  const status = [peer.status_emoji, peer.status_text].flatMap((part) => (part ? [safeLine(part)] : [])).join(" ");
  return <>{[presenceText(t, peer, presence), status].filter(Boolean).join(" · ") || `@${peer.username}`}</>;
}

/** "online", "last seen …"; empty when nothing is known. */
export function presenceText(t: (key: string, options?: Record<string, unknown>) => string, peer: Pick<User, "last_seen">, presence: Presence | undefined): string {
  if (presence && presence.status !== "offline") return t(`details:presence.${presence.status}`);
  const seen = presence?.last_seen ?? peer.last_seen;
  return seen ? t("details:lastSeen", { when: times().relative(seen, clock.now()) }) : "";
}

function ManySubtitle({ chat }: { chat: ChatSummary }) {
  const { t } = useTranslation("details");
  const description = safeLine(useChat(chat.id)?.info.description ?? "");
  const online = useOnline(chat.id);
  const guests = useGuests(chat.id);
  const parts = [
    t("membersCount", { count: chat.memberCount }),
    online > 0 && t("onlineCount", { count: online }),
    guests > 0 && t("guestsCount", { count: guests }),
    description,
  ];
  return <>{parts.filter(Boolean).join(" · ")}</>;
}

/** How many of the members known are there. */
function useOnline(chatId: string): number {
  const { store } = useEngine();
  const members = useChat(chatId)?.members;
  useMembers(chatId);
  usePresenceVersion();
  let online = 0;
  for (const id of members?.keys() ?? []) {
    const status = store.presence(id)?.status;
    if (status !== undefined && status !== "offline") online += 1;
  }
  return online;
}
