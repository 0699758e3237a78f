import { memo, useMemo } from "react";
import { type Block, parseMarkdown, plainText } from "@/lib/markdown";
import { bigEmoji, safeText } from "@/lib/text";
import { cx } from "@/ui";
import type { ChatId, Message } from "@wire";
import { Markdown } from "./Markdown";
import { MessageContext } from "./MessageContext";

const parsed = new WeakMap<Message, readonly Block[]>();
const plain = new WeakMap<Message, string>();

/** A message's text, parsed once as long as the message lives. */
function blocksOf(message: Message): readonly Block[] {
  let blocks = parsed.get(message);
  if (blocks === undefined) {
    blocks = parseMarkdown(message.content);
    parsed.set(message, blocks);
  }
  return blocks;
}

/** A message on one line, without markup. */
export function previewOf(message: Message): string {
  let text = plain.get(message);
  if (text === undefined) {
    text = plainText(message.content, 200);
    plain.set(message, text);
  }
  return text;
}

const BIG = ["", "text-5xl/tight", "text-5xl/tight", "text-4xl/tight", "text-3xl/tight"];

export interface MessageTextProps {
  message: Message;
  /** Where names in it are looked up. */
  chatId?: ChatId;
  /** One line without markup, for quotes and previews. */
  plain?: boolean;
}

/** What a message says. Whatever it is, it is text. */
export const MessageText = memo(function MessageText({ message, chatId = "", plain: oneLine = false }: MessageTextProps) {
  const context = useMemo(() => ({ chatId }), [chatId]);
  if (oneLine) return <span className="wrap-anywhere">{previewOf(message)}</span>;
  const emoji = bigEmoji(message.content);
  if (emoji > 0) return <p className={cx("wrap-anywhere", BIG[emoji] ?? "text-2xl/snug")}>{safeText(message.content)}</p>;
  return (
    <MessageContext value={context}>
      <div dir="auto" className="overflow-x-clip wrap-anywhere">
        <Markdown blocks={blocksOf(message)} source={message} />
      </div>
    </MessageContext>
  );
});
