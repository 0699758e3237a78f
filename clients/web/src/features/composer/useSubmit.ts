import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClientConfig, useEngine } from "@/hooks";
import { composerStore, useComposerMode } from "@/hooks/composer";
import { useComposerPrefs } from "@/hooks/composerPrefs";
import { copyToClipboard } from "@/lib/clipboard";
import { type CommandName, parseInput } from "@/lib/commands";
import { emojiNow, replaceShortcodes } from "@/lib/emoji";
import { describeFailure } from "@/lib/errors";
import { toast } from "@/ui";
import type { ChatId, Message, MessageType } from "@wire";
import { withoutCode } from "./format";
import { countScalars, split, tidy } from "./limits";
import { momentText } from "./moment";
import type { Outcome } from "./runCommand";
import { useCommands } from "./useCommands";
import type { DraftText } from "./useDraft";

/** A line above the field about what was tried. */
export type Notice =
  | { readonly kind: "unknown"; readonly name: string }
  | { readonly kind: "incomplete"; readonly name: CommandName }
  | { readonly kind: "refused"; readonly text: string };

/** What must be answered first. */
export type Question =
  | { readonly kind: "mention"; readonly name: "here" | "room"; readonly count: number; go(): Promise<void> | void }
  | { readonly kind: "delete"; readonly message: Message }
  | { readonly kind: "help"; readonly name: string }
  | { readonly kind: "moment" }
  | Extract<Outcome, { kind: "ask" }>;

/** From this many members on, calling all of them is asked about. */
const MANY_MEMBERS = 20;

/** What the send button and Enter do. */
export function useSubmit(chatId: ChatId, draft: DraftText, stopTyping: () => void) {
  const { t } = useTranslation("composer");
  const engine = useEngine();
  const [prefs] = useComposerPrefs();
  const { chatMessageMaxLength: limit } = useClientConfig();
  const mode = useComposerMode(chatId);
  const command = useCommands(chatId);
  const [notice, setNotice] = useState<Notice | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const [busy, setBusy] = useState(false);
  const replyTo = mode.kind === "reply" ? mode.message.id : null;

  const finish = useCallback(() => {
    draft.clear();
    composerStore.getState().cancel(chatId);
    stopTyping();
    setNotice(null);
  }, [draft, chatId, stopTyping]);

  const prepare = (text: string) => tidy(replaceShortcodes(text, emojiNow(), prefs.skinTone, prefs.emoticons));
  const fits = (content: string) => content !== "" && countScalars(content) <= limit;
  const refuse = (failure: unknown) => setNotice({ kind: "refused", text: describeFailure(t, failure).text });

  /** Asks first where many would be called. */
  const careful = (content: string, go: () => Promise<void> | void) => {
    const chat = engine.store.chat(chatId);
    const name = chat && callsMany(content);
    if (!name || chat.memberCount <= MANY_MEMBERS || !chat.info.permissions.includes(`mention_${name}`)) return void go();
    setQuestion({ kind: "mention", name, count: chat.memberCount, go });
  };

  const deliver = (content: string, messageType: MessageType = "text") => {
    if (!fits(content)) return;
    careful(content, () => {
      engine.send(chatId, { content, messageType, replyTo });
      finish();
    });
  };

  const work = async (run: () => Promise<void>) => {
    setBusy(true);
    setNotice(null);
    await run().catch(refuse);
    setBusy(false);
  };

  const follow = (outcome: Outcome) => {
    if (outcome.kind === "send") return deliver(prepare(outcome.content), outcome.messageType);
    if (outcome.kind === "refused") return setNotice(outcome);
    if (outcome.kind === "help" || outcome.kind === "ask") setQuestion(outcome);
    finish();
    if (outcome.kind === "done") announce(outcome, t("common:copyLink"), t("common:linkCopied"));
  };

  const submitEdit = (begun: Message) => {
    // A message that was still on its way has got its lasting name meanwhile.
    const message = engine.store.segment(chatId).messages.find(({ key }) => key === begun.id)?.message ?? begun;
    const content = prepare(draft.text);
    if (content === "") return setQuestion({ kind: "delete", message });
    if (!fits(content)) return;
    if (content !== message.content) engine.edit(chatId, message, content);
    composerStore.getState().cancel(chatId);
    stopTyping();
  };

  const submit = () => {
    if (busy) return;
    if (mode.kind === "edit") return submitEdit(mode.message);
    const parsed = parseInput(draft.text.trimEnd());
    if (parsed.kind === "text") return deliver(prepare(parsed.text));
    // Once one has signed out there is no draft that this could be taken out of.
    if (parsed.kind === "command" && parsed.name === "logout") draft.clear();
    if (parsed.kind === "command") return void work(async () => follow(await command(parsed.name, parsed.args)));
    setNotice(parsed);
  };

  /** Schedules what is in the field. */
  const sendLater = (at: Date) => {
    const parsed = parseInput(draft.text.trimEnd());
    const emote = parsed.kind === "command" && parsed.name === "me" ? parsed.args : null;
    const typed = parsed.kind === "text" ? parsed.text : emote;
    if (typed === null) return setNotice({ kind: "refused", text: t("refused.commandLater") });
    const content = prepare(typed);
    if (!fits(content)) return;
    careful(content, () =>
      work(async () => {
        const message_type = emote === null ? "text" : "emote";
        await engine.command({ type: "schedule_message", chat_id: chatId, content, message_type, reply_to: replyTo, send_at: at.toISOString() });
        finish();
        toast({ text: t("done.scheduled", { time: momentText(at) }), tone: "success" });
      }),
    );
  };

  /** Sends a text that is too long in several messages; only the first is a reply. */
  const sendSplit = () => {
    const parts = split(prepare(draft.text), limit);
    careful(draft.text, () => {
      parts.forEach((content, at) => engine.send(chatId, { content, replyTo: at === 0 ? replyTo : null }));
      finish();
    });
  };

  /** Sends an unknown command as it was typed. */
  const sendAsText = () => deliver(prepare(draft.text));

  return { submit, sendLater, sendSplit, sendAsText, notice, setNotice, question, setQuestion, busy, limit, mode };
}

/** Whether a text calls everybody, outside of code; as the server reads it. */
function callsMany(content: string): "here" | "room" | null {
  const match = /(?:^|[^\p{L}\p{N}@/._])@(here|room)(?![\p{L}\p{N}_])/iu.exec(withoutCode(content));
  return match?.[1] ? (match[1].toLowerCase() as "here" | "room") : null;
}

function announce({ say, copy }: Extract<Outcome, { kind: "done" }>, copyLabel: string, copied: string): void {
  if (say === undefined) return;
  const onClick = () => void copyToClipboard(copy ?? "").then((done) => done && toast({ text: copied, tone: "success" }));
  toast({ text: copy === undefined ? say : `${say} ${copy}`, tone: "success", ...(copy !== undefined && { action: { label: copyLabel, onClick } }) });
}
