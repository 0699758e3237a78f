import { useChat } from "@/hooks";
import type { ChatId } from "@wire";
import { lockReason } from "./lock";
import { Writer } from "./Writer";
import { lazyPart } from "@/ui";

// Most people write; the suspense around the composer waits for it.
const LockedBar = lazyPart(async () => (await import("./LockedBar")).LockedBar);

/** Where one writes into a chat, or is told why one cannot. */
export function Composer({ chatId, guest = false }: { chatId: ChatId; guest?: boolean }) {
  const chat = useChat(chatId);
  if (!chat) return guest ? <LockedBar chatId={chatId} reason="guest" /> : null;
  const reason = lockReason(chat, guest);
  return reason ? <LockedBar chatId={chatId} reason={reason} /> : <Writer key={chatId} chatId={chatId} />;
}
