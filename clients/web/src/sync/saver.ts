/** Writes to the cache what changed, a while after it did. Only the leading tab writes. */
import type { Clock, Timer } from "@/lib/clock";
import type { ChatId } from "@wire";
import type { Cache, Kept } from "./cache";
import type { History } from "./history";
import { chatFrom, metaOf, recordOf } from "./records";
import type { Store } from "./store";

const PAUSE_MS = 800;
/** Chats used most recently keep many messages, the others a few. */
const USED_CHATS = 12;
const KEEP_USED = 200;
const KEEP_OTHER = 20;

export class Saver {
  private readonly dirty = new Set<ChatId>();
  private metaDirty = false;
  private readonly usedAt = new Map<ChatId, number>();
  private timer: Timer | undefined;
  private writing: Promise<void> = Promise.resolve();
  private running = false;

  constructor(
    private readonly cache: Cache,
    private readonly store: Store,
    private readonly history: History,
    private readonly clock: Clock,
  ) {}

  /** Takes what was kept into the state. */
  restore({ meta, chats, whole }: Kept): void {
    const { state } = this.store;
    if (!meta || meta.me !== state.me) return;
    state.profile = meta.profile;
    state.preferences = new Map(Object.entries(meta.preferences));
    state.scheduled = new Map(meta.scheduled.map((one) => [one.id, one]));
    for (const record of chats) {
      state.chats.set(record.id, chatFrom(record));
      if (record.hint) this.store.hints.set(record.id, record.hint);
      if (record.usedAt) this.usedAt.set(record.id, record.usedAt);
    }
    // A chat that could not be read is asked for with the whole list.
    state.accountRev = whole ? meta.accountRev : 0;
  }

  used(chatId: ChatId): void {
    this.usedAt.set(chatId, this.clock.now());
    this.mark([chatId]);
  }

  mark(chats: Iterable<ChatId>): void {
    for (const chatId of chats) this.dirty.add(chatId);
    this.metaDirty = true;
    this.arm();
  }

  start(): void {
    this.running = true;
    this.arm();
  }

  stop(): void {
    this.running = false;
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Writes now; resolves when it is written, or cannot be. */
  flush(): Promise<void> {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.running || !this.metaDirty) return this.writing;
    // Taken at once: what is written must be the state of one moment.
    const { state, hints } = this.store;
    const recent = new Set([...this.usedAt].sort(([, a], [, b]) => b - a).slice(0, USED_CHATS).map(([id]) => id));
    const put = [];
    const remove = [];
    for (const id of this.dirty) {
      const chat = state.chats.get(id);
      // One who only looks in does so again next time.
      if (!chat || chat.info.role === null) remove.push(id);
      else put.push(recordOf(id, chat, recent.has(id) ? KEEP_USED : KEEP_OTHER, hints.get(id) ?? null, this.usedAt.get(id) ?? 0, this.history.uncertain(id)));
    }
    const batch = { meta: metaOf(state), put, remove };
    this.dirty.clear();
    this.metaDirty = false;
    this.writing = this.writing.then(() => this.cache.save(batch));
    return this.writing;
  }

  private arm(): void {
    if (this.running && this.timer === undefined && this.metaDirty) this.timer = this.clock.setTimeout(() => void this.flush(), PAUSE_MS);
  }
}
