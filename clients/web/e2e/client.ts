/** The client as a person uses it: by names and roles, never by classes. */
import { type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import type { Account } from "./server";

/** Says what in which language; the stories' words for the interface. */
const WORDS = {
  en: { username: "Username", password: "Password", signIn: "Sign in" },
  ru: { username: "Имя пользователя", password: "Пароль", signIn: "Войти" },
} as const;

export class Client {
  /** Errors that the page's scripts threw, and whatever broke the content security policy. */
  readonly faults: string[] = [];

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {}

  /** Notes what goes wrong in a page. */
  watch(page: Page): void {
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && /Content Security Policy|Uncaught|React/.test(message.text())) {
        this.faults.push(message.text());
      }
    });
  }

  /** Another tab of the same browser. */
  async tab(path = "/"): Promise<Client> {
    const page = await this.context.newPage();
    const client = new Client(page, this.context);
    client.watch(page);
    await page.goto(path);
    return client;
  }

  async signIn(account: Account, language: keyof typeof WORDS = "en"): Promise<void> {
    const words = WORDS[language];
    if (!this.page.url().includes("/login")) await this.page.goto("/login");
    await this.field(words.username).fill(account.username);
    await this.field(words.password).fill(account.password);
    await this.page.getByRole("button", { name: words.signIn, exact: true }).click();
    await expect(this.list).toBeVisible();
  }

  /** A field of a form. */
  field(name: string): Locator {
    return this.page.getByRole("textbox", { name, exact: true });
  }

  /** The list of chats. */
  get list(): Locator {
    return this.page.getByRole("complementary", { name: /^(Chats|Чаты)$/ });
  }

  /** A chat in the list. */
  chat(title: string): Locator {
    return this.list.getByRole("link", { name: new RegExp(title) });
  }

  async openChat(title: string): Promise<void> {
    await this.chat(title).click();
    await expect(this.composer).toBeVisible();
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: /^(Message|Сообщение)/ });
  }

  get timeline(): Locator {
    return this.page.getByRole("log", { name: /^(Messages|Сообщения)$/ });
  }

  /** A message by its own text; what it quotes does not count. */
  message(text: string | RegExp): Locator {
    return this.timeline.getByRole("article", { name: text });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.composer).toHaveValue("");
  }

  /** Opens a message's menu and picks an entry. */
  async act(text: string | RegExp, entry: string | RegExp): Promise<void> {
    await this.message(text).click({ button: "right" });
    await this.page.getByRole("menuitem", { name: entry }).click();
  }

  /** What the page copied last. */
  copied(): Promise<string | undefined> {
    return this.page.evaluate(() => (window as unknown as { copied?: string }).copied);
  }

  /** Waits until the page would open without a server. */
  async installed(): Promise<void> {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await expect.poll(() => this.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  }

  /** Waits until the page says that it is connected and in step. */
  async online(): Promise<void> {
    await expect(this.page.locator("html[data-connection=online]")).toBeAttached();
  }
}
