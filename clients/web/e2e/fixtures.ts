/** What every story has: a server of its own, and people who look at it through browsers of their own. */
import { type Browser, type BrowserContext, type BrowserContextOptions, expect, test as base } from "@playwright/test";
import { Client } from "./client";
import { type Account, Server } from "./server";

interface Fixtures {
  /** Settings of the server, as `VESTNIK_*` variables; set with `test.use({ settings: … })`. */
  settings: Readonly<Record<string, string>>;
  server: Server;
  /** Opens a browser of someone's own, signed in when an account is given. */
  open: (account?: Account, options?: BrowserContextOptions) => Promise<Client>;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],
  server: async ({ settings }, use) => {
    const server = await Server.start(settings);
    await use(server);
    await server.dispose();
  },
  open: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (account, options) => {
      const client = await openClient(browser, server, options);
      contexts.push(client.context);
      if (account !== undefined) await client.signIn(account);
      return client;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

async function openClient(browser: Browser, server: Server, options: BrowserContextOptions = {}): Promise<Client> {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  // The clipboard belongs to the machine, and stories run side by side: each page notes what it copies.
  await context.addInitScript(() => {
    const noted = window as unknown as { copied?: string };
    if (navigator.clipboard) navigator.clipboard.writeText = async (text) => void (noted.copied = text);
  });
  const page = await context.newPage();
  const client = new Client(page, context);
  client.watch(page);
  return client;
}

export { expect };
export type { Account, Client, Server };
