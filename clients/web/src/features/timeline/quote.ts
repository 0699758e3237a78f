/** Texts made of messages: what is forwarded and what is copied. Pure. */
import type { Message } from "@wire";
import { truncate } from "@/lib/text";

/** A message as a quote under a line that says whose it is, at most `max` characters long. */
export function quoteOf(attribution: string, content: string, max: number): string {
  const head = `_${attribution.replace(/[_\n]/g, " ")}_\n`;
  const quoted = content
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
  const room = max - Array.from(head).length;
  return head + (Array.from(quoted).length > room ? truncate(quoted, Math.max(0, room - 1)) : quoted);
}

/** Several messages as text: alone as they are, together with names and times. */
export function copyText(messages: readonly Message[], name: (message: Message) => string, time: (timestamp: string) => string): string {
  if (messages.length === 1) return messages[0]?.content ?? "";
  return messages
    .filter((message) => !message.deleted)
    .map((message) => `[${time(message.timestamp)}] ${name(message)}: ${message.content}`)
    .join("\n");
}
