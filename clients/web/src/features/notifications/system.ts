/** Notifications of the operating system: one for each chat, replaced by newer ones, closed when it was read. */
import type { ChatId } from "@wire";

export interface SystemNote {
  readonly chatId: ChatId;
  readonly seq: number;
  readonly title: string;
  readonly body: string;
  readonly path: string;
  readonly lang: string;
}

const tagOf = (chatId: ChatId) => `chat:${chatId}`;
const ICON = "/icons/icon-192.png";
const BADGE = "/icons/badge-96.png";

export type SystemPermission = NotificationPermission | "missing";

/** What the browser allows; `missing` where it cannot (a page that is not secure, some private modes). */
export const systemPermission = (): SystemPermission => (typeof Notification === "undefined" ? "missing" : Notification.permission);

/** Asks the person; call it from a button only. */
export async function askPermission(): Promise<SystemPermission> {
  if (typeof Notification === "undefined") return "missing";
  return Notification.requestPermission().catch(() => Notification.permission);
}

export class SystemNotes {
  private readonly pages = new Map<ChatId, Notification>();
  private readonly shown = new Map<ChatId, number>();

  /** `open` is called when a notification of this page is clicked; those of the worker come as its message. */
  constructor(private readonly open: (path: string) => void) {}

  async show(note: SystemNote): Promise<void> {
    if (systemPermission() !== "granted") return;
    this.shown.set(note.chatId, note.seq);
    const options = { body: note.body, tag: tagOf(note.chatId), icon: ICON, badge: BADGE, lang: note.lang, silent: true, renotify: true, data: { path: note.path } };
    const worker = await registration();
    // Android has notifications of the worker alone; they also outlive the tab.
    if (worker?.active) return worker.showNotification(note.title, options);
    try {
      this.pages.get(note.chatId)?.close();
      const shown = new Notification(note.title, options);
      shown.addEventListener("click", () => {
        window.focus();
        shown.close();
        this.open(note.path);
      });
      this.pages.set(note.chatId, shown);
    } catch {
      // Only a worker may notify here, and there is none.
    }
  }

  /** Closes what has been read meanwhile, here or on another device; `readSeq` tells how far a chat was read. */
  async closeRead(readSeq: (chatId: ChatId) => number): Promise<void> {
    const read = [...this.shown].filter(([chatId, seq]) => seq <= readSeq(chatId)).map(([chatId]) => chatId);
    if (read.length > 0) await Promise.all(read.map((chatId) => this.close(chatId)));
  }

  async closeAll(): Promise<void> {
    for (const note of this.pages.values()) note.close();
    this.pages.clear();
    this.shown.clear();
    const worker = await registration();
    for (const note of (await worker?.getNotifications()) ?? []) note.close();
  }

  private async close(chatId: ChatId): Promise<void> {
    this.shown.delete(chatId);
    this.pages.get(chatId)?.close();
    this.pages.delete(chatId);
    const worker = await registration();
    for (const note of (await worker?.getNotifications({ tag: tagOf(chatId) })) ?? []) note.close();
  }
}

async function registration(): Promise<ServiceWorkerRegistration | undefined> {
  return "serviceWorker" in navigator ? navigator.serviceWorker.getRegistration().catch(() => undefined) : undefined;
}
