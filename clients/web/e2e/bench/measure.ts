/** Measuring a page through the Chromium protocol, and figures of several rounds. */
import { gzipSync } from "node:zlib";
import type { CDPSession, Page } from "@playwright/test";
import type { Account, Server } from "../server";

export interface Script {
  readonly path: string;
  /** Gzipped as well as gzip can, bytes. */
  readonly size: number;
  readonly text: string;
}

/** Notes every script that a page fetches from now on. */
export function scriptsOf(page: Page): () => Promise<readonly Script[]> {
  const found: Promise<Script>[] = [];
  page.on("response", (response) => {
    const type = response.headers()["content-type"] ?? "";
    if (response.request().resourceType() !== "script" && !/javascript|wasm/.test(type)) return;
    const { pathname } = new URL(response.url());
    // The worker keeps the client for the next start; it is no part of this one.
    if (pathname === "/sw.js") return;
    found.push(response.body().then((body) => ({ path: pathname, size: gzipSync(body, { level: 9 }).length, text: body.toString() })));
  });
  return () => Promise.all(found);
}

/** The page's own counters. */
export class Gauge {
  private constructor(private readonly session: CDPSession) {}

  static async on(page: Page): Promise<Gauge> {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    await session.send("HeapProfiler.enable");
    return new Gauge(session);
  }

  /** What is left of the heap when all garbage is gone, MB of a million bytes. */
  async heap(): Promise<number> {
    await this.session.send("HeapProfiler.collectGarbage");
    await this.session.send("HeapProfiler.collectGarbage");
    return (await this.read("JSHeapUsedSize")) / 1e6;
  }

  /** Seconds that the page's main thread has worked. */
  cpu(): Promise<number> {
    return this.read("TaskDuration");
  }

  private async read(name: string): Promise<number> {
    const { metrics } = await this.session.send("Performance.getMetrics");
    return metrics.find((metric) => metric.name === name)?.value ?? 0;
  }
}

/** The value below which a part of the values lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/** A chat with its newest message. */
export interface Filled {
  readonly id: string;
  readonly text: string;
}

/** Texts of many lengths, as people write; the n-th is always the same. */
export const textOf = (name: string) => (n: number): string => {
  const words = "the build is green again and the notes are in the usual place so whoever has a moment may look through them before we ship ";
  return `${name} ${n}: ${words.repeat(1 + ((n * 7) % 5 === 0 ? 3 : 0)).slice(0, 12 + ((n * 37) % (n % 11 === 0 ? 300 : 90)))}`;
};

/** Makes a group of two and says how far it has been read, so that it opens at its end. */
export async function group(server: Server, owner: Account, member: Account, name: string): Promise<string> {
  const { id } = await server.call<{ id: string }>("POST", "/api/v1/chats", owner.token, { type: "group", name, members: [member.username] });
  return id;
}

export const markRead = (server: Server, who: Account, chatId: string, seq: number): Promise<unknown> =>
  server.call("POST", `/api/v1/chats/${chatId}/read`, who.token, { seq });

/** The settings of a server that takes whatever comes. */
export const UNLIMITED = { VESTNIK_MESSAGES__PER_SECOND: "0", VESTNIK_MESSAGES__COMMANDS_PER_SECOND: "0" };
