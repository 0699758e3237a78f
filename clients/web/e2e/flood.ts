/** Fills a chat quickly: over TCP, many messages under way at once. */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import type { Account, Server } from "./server";

/** Messages under way at once; the server reads no further when 64 wait. */
const WINDOW = 48;

/** Sends `count` messages; `text` makes the n-th. Needs VESTNIK_MESSAGES__PER_SECOND=0. */
export async function flood(server: Server, who: Account, chatId: string, count: number, text: (n: number) => string): Promise<void> {
  const port = /TCP\s+127\.0\.0\.1:(\d+)/.exec(server.output)?.[1];
  if (port === undefined) throw new Error("the server printed no TCP address");
  const socket = connect(Number(port), "127.0.0.1");
  const say = (frame: object): boolean => socket.write(`${JSON.stringify(frame)}\n`);
  say({ type: "login", username: who.username, password: who.password });
  let sent = 0;
  let acknowledged = 0;
  for await (const line of createInterface({ input: socket })) {
    const frame = JSON.parse(line) as { type: string; id?: string; message?: string };
    if (frame.type === "error") throw new Error(`the server refused: ${line}`);
    if (frame.type === "ack") acknowledged++;
    else if (frame.type !== "auth_success") continue;
    if (acknowledged === count) break;
    while (sent < count && sent - acknowledged < WINDOW) {
      sent++;
      say({ type: "message", id: String(sent), chat_id: chatId, content: text(sent) });
    }
  }
  socket.destroy();
}
