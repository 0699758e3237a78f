import { isWelcomeDue, WelcomeCard } from "@/features/auth/welcome";
import { Composer, useTypeToFocus } from "@/features/composer";
import { ChatHeader } from "@/features/details";
import { ProfileCard } from "@/features/people";
import { useChatLook } from "@/features/themes";
import { Timeline } from "@/features/timeline";
import { useChatSummary, useEngine, useIdentity } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import { useParams, useRouter } from "@tanstack/react-router";
import type { Message } from "@wire";
import { type ComponentProps, Suspense, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ChatMissing } from "./ChatMissing";
import { decodeSeq } from "./params";
import { SkipLink } from "./SkipLink";
import { useShellStore } from "./shellStore";
import { useDetailsOpen, useToggleDetails } from "./useDetails";
import { goBack } from "./useSwipeBack";
import { usePhone } from "./useWide";
import { lazyPart } from "@/ui";

const DetailsPane = lazyPart(async () => (await import("./DetailsPane")).DetailsPane);
const JoinBar = lazyPart(async () => (await import("./JoinBar")).JoinBar);
const EmojiPicker = lazyPart(async () => (await import("@/features/composer/EmojiPicker")).default);
const renderEmojiPicker = (props: ComponentProps<typeof EmojiPicker>) => <EmojiPicker {...props} />;

/** `/c/<chat>` and `/c/<chat>/<seq>` */
export function ChatPage() {
  const { chatId = "", seq } = useParams({ strict: false });
  const known = useChatSummary(chatId) !== undefined;
  useActiveChat(chatId, known);
  return known ? <ChatView key={chatId} chatId={chatId} seq={decodeSeq(seq)} /> : <ChatMissing key={chatId} chatId={chatId} />;
}

/** One conversation: header, timeline, composer, and the details beside or over it. */
function ChatView({ chatId, seq }: { chatId: string; seq: number | undefined }) {
  const { t } = useTranslation("common");
  const router = useRouter();
  const phone = usePhone();
  const guest = useIdentity().kind === "guest";
  const member = useChatSummary(chatId)?.role != null;
  const detailsOpen = useDetailsOpen();
  const toggleDetails = useToggleDetails();
  const { style } = useChatLook(chatId);
  const { onReply, onEdit } = useMemo(() => handlers(chatId), [chatId]);
  useTypeToFocus();
  return (
    <div className="relative flex h-full min-w-0">
      <SkipLink to="composer">{t("skip.composer")}</SkipLink>
      <section className="flex min-w-0 flex-1 flex-col" style={style} aria-label={t("shell.conversation")}>
        <ChatHeader chatId={chatId} onToggleDetails={toggleDetails} detailsOpen={detailsOpen} {...(phone && { onBack: () => goBack(router) })} />
        {isWelcomeDue(chatId) && (
          <Suspense>
            <WelcomeCard chatId={chatId} />
          </Suspense>
        )}
        <Timeline chatId={chatId} onReply={onReply} onEdit={onEdit} renderEmojiPicker={renderEmojiPicker} ProfileCard={ProfileCard} {...(seq !== undefined && { seq })} />
        <div id="composer" tabIndex={-1} className="shrink-0 outline-none pb-[env(safe-area-inset-bottom)]">
          <Suspense>{member || guest ? <Composer chatId={chatId} guest={guest} /> : <JoinBar chatId={chatId} />}</Suspense>
        </div>
      </section>
      {detailsOpen && (
        <Suspense>
          <DetailsPane chatId={chatId} onClose={() => toggleDetails()} />
        </Suspense>
      )}
    </div>
  );
}

/** What the timeline hands to the composer. */
const handlers = (chatId: string) => ({
  onReply: (message: Message) => composerStore.getState().startReply(chatId, message),
  onEdit: (message: Message) => composerStore.getState().startEdit(chatId, message),
});

/** Tells the engine which chat is in view, and this device for the next start. */
function useActiveChat(chatId: string, known: boolean): void {
  const engine = useEngine();
  useEffect(() => {
    if (!known) return;
    engine.setActiveChat(chatId);
    useShellStore.getState().keep({ lastChat: chatId });
    return () => engine.setActiveChat(null);
  }, [engine, chatId, known]);
}
