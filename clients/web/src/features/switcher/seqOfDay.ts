import type { Api } from "@/api";

/** The number of the first message of a day or after it; null when there is none. */
export async function seqOfDay(api: Pick<Api, "history">, chatId: string, day: Date, lastSeq: number): Promise<number | null> {
  const { messages } = await api.history(chatId, { before_timestamp: day.toISOString(), limit: 1 });
  const seq = (messages.at(-1)?.seq ?? 0) + 1;
  return seq <= lastSeq ? seq : null;
}
