/** Which chat is in view and whether one is there: every tab tells the leading one, which tells the server for the foremost. */
import type { Clock, Timer } from "@/lib/clock";
import type { Answer, ChatId, Command } from "@wire";
import type { Page } from "./page";
import { foremost, type TabView } from "./tabs";

/** A tab that has not said anything for so long is gone. */
const GONE_MS = 150_000;
const AGAIN_MS = 45_000;

export interface ViewsOptions {
  readonly tab: string;
  readonly clock: Clock;
  readonly page: Page;
  readonly say: (view: TabView) => void;
  /** The connection to tell, while this tab leads and is in step; null otherwise. */
  readonly epoch: () => number | null;
  readonly send: (command: Command) => Promise<Answer>;
  /** The server knows of the chat in view. */
  readonly entered: (chatId: ChatId, epoch: number) => Promise<void>;
}

export class Views {
  private readonly others = new Map<string, { view: TabView; heardAt: number }>();
  private told: { epoch: number; chatId: ChatId | null; status: TabView["status"] } = { epoch: -1, chatId: null, status: null };
  private own: TabView;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(private readonly options: ViewsOptions) {
    const { tab, clock, page } = options;
    this.own = { tab, chatId: null, status: null, focused: page.focused(), visible: page.visible(), at: clock.now() };
  }

  get chatId(): ChatId | null {
    return this.own.chatId;
  }

  /** This tab's chat, presence or focus changed. */
  show(change: Partial<Pick<TabView, "chatId" | "status">>): void {
    if (this.stopped) return;
    const { clock, page } = this.options;
    const [focused, visible] = [page.focused(), page.visible()];
    const moved = focused !== this.own.focused || visible !== this.own.visible || Object.keys(change).length > 0;
    this.own = { ...this.own, ...change, focused, visible, at: moved ? clock.now() : this.own.at };
    this.say();
    void this.tell();
  }

  /** Tells the other tabs, and again from time to time, so that they know it is there. */
  say(): void {
    const { clock, say } = this.options;
    say(this.own);
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(() => this.say(), AGAIN_MS);
  }

  heard(from: string, view: TabView | null): void {
    if (view) this.others.set(from, { view, heardAt: this.options.clock.now() });
    else this.others.delete(from);
    void this.tell();
  }

  stop(): void {
    this.stopped = true;
    this.options.clock.clearTimeout(this.timer);
  }

  /** Tells the server what it does not know yet. */
  async tell(): Promise<void> {
    const epoch = this.options.epoch();
    if (epoch === null || this.stopped) return;
    const view = this.foremost();
    const before = this.told.epoch === epoch ? this.told : { epoch, chatId: null, status: null };
    this.told = { epoch, chatId: view.chatId, status: view.status ?? before.status };
    if (view.status !== null && view.status !== before.status) {
      this.options.send({ type: "presence", status: view.status }).catch(() => (this.told = { ...this.told, status: null }));
    }
    if (view.chatId === before.chatId) return;
    try {
      await this.options.send({ type: "set_active_chat", chat_id: view.chatId });
      if (view.chatId !== null) await this.options.entered(view.chatId, epoch);
    } catch {
      if (this.told.epoch === epoch && this.told.chatId === view.chatId) this.told = { ...this.told, chatId: null };
    }
  }

  private foremost(): TabView {
    const now = this.options.clock.now();
    for (const [tab, { heardAt }] of [...this.others]) if (now - heardAt > GONE_MS) this.others.delete(tab);
    return foremost([this.own, ...[...this.others.values()].map(({ view }) => view)]) ?? this.own;
  }
}
