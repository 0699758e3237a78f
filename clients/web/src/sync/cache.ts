/**
 * What survives a reload: chats with their newest messages, the account's position, the outbox, wishes. One database
 * an account. When IndexedDB is blocked or full, everything goes on in memory and says so.
 */
import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";
import type { Clock } from "@/lib/clock";
import type { ChatId } from "@wire";
import type { Entry } from "./entries";
import type { Intent, IntentDisk } from "./intents";
import type { OutboxDisk } from "./outbox";
import { Journal } from "./journal";
import { type ChatRecord, entryRecord, intentRecord, type MetaRecord, readChat, readMeta, readRecord } from "./records";

interface Schema extends DBSchema {
  meta: { key: string; value: MetaRecord };
  chats: { key: string; value: ChatRecord };
  outbox: { key: string; value: Entry };
  intents: { key: string; value: Intent };
}

/** A database that does not open by then is taken for blocked. */
const OPEN_MS = 3000;
const VERSION = 1;
const STORES = ["meta", "chats", "outbox", "intents"] as const;

/** What was kept. `whole` is false when something was odd and has to be fetched anew. */
export interface Kept {
  readonly meta: MetaRecord | null;
  readonly chats: readonly ChatRecord[];
  readonly whole: boolean;
}

/** Everything that changed since the last write; written as one. */
export interface Batch {
  readonly meta: MetaRecord;
  readonly put: readonly ChatRecord[];
  readonly remove: readonly ChatId[];
}

export const databaseName = (account: number | "guest"): string => `vestnik.${account}`;

export class Cache implements OutboxDisk, IntentDisk {
  private db: IDBPDatabase<Schema> | null = null;
  /** There is no room for chats. */
  private full = false;
  private readonly memory = { outbox: new Map<string, Entry>(), intents: new Map<string, Intent>() };

  constructor(
    private readonly name: string,
    private readonly clock: Clock,
    /** The cache works no more. */
    private readonly degraded: (why: unknown) => void,
    private readonly journal = new Journal(null, ""),
  ) {}

  get persistent(): boolean {
    return this.db !== null;
  }

  async open(): Promise<void> {
    let opening: Promise<IDBPDatabase<Schema>> | undefined;
    try {
      opening = openDB<Schema>(this.name, VERSION, {
        upgrade: (db) => {
          db.createObjectStore("meta");
          db.createObjectStore("chats", { keyPath: "id" });
          db.createObjectStore("outbox", { keyPath: "id" });
          db.createObjectStore("intents");
        },
        // Another tab signs out, or is of a newer version: it must not wait for this one.
        blocking: () => this.degrade(new Error("The database was taken over."), true),
        terminated: () => this.degrade(new Error("The database was closed.")),
      });
      this.db = await this.inTime(opening);
    } catch (error) {
      this.degraded(error);
      // One that opens too late is not used, and must not stand in the way of other tabs.
      void opening?.then((late) => late.close(), () => undefined);
    }
  }

  async load(): Promise<Kept> {
    const nothing: Kept = { meta: null, chats: [], whole: false };
    const read = async (db: IDBPDatabase<Schema>): Promise<Kept> => {
      const tx = db.transaction(["meta", "chats"]);
      const [rawMeta, rawChats] = await Promise.all([tx.objectStore("meta").get("state"), tx.objectStore("chats").getAll()]);
      const meta = readMeta(rawMeta);
      if (!meta) return nothing;
      const chats = rawChats.map(readChat);
      return { meta, chats: chats.filter((chat) => chat !== null), whole: !chats.includes(null) };
    };
    return this.use(read, () => nothing);
  }

  /** Writes a batch in one transaction, so that a chat's position and its messages never part. */
  async save(batch: Batch): Promise<void> {
    const { db } = this;
    if (!db || this.full) return;
    try {
      const tx = db.transaction(["meta", "chats"], "readwrite");
      const chats = tx.objectStore("chats");
      const writes = [
        tx.objectStore("meta").put(batch.meta, "state"), ...batch.put.map((chat) => chats.put(chat)), ...batch.remove.map((id) => chats.delete(id)),
      ];
      await Promise.all([...writes, tx.done]);
    } catch (error) {
      await this.makeRoom(db, error);
    }
  }

  /** Chats can be fetched again, what waits to be sent cannot: when space runs out, they go first. */
  private async makeRoom(db: IDBPDatabase<Schema>, error: unknown): Promise<void> {
    if (this.db !== db) return;
    this.degraded(error);
    await this.forgetChats().catch(() => undefined);
  }

  /** Drops what is kept of chats, and keeps no more of them. */
  async forgetChats(): Promise<void> {
    this.full = true;
    await this.use(async (db) => {
      const tx = db.transaction(["meta", "chats"], "readwrite");
      await Promise.all([tx.objectStore("meta").clear(), tx.objectStore("chats").clear(), tx.done]);
    }, () => undefined);
  }

  async all(): Promise<Entry[]> {
    const read = (values: unknown[]) => values.map((value) => readRecord<Entry>(entryRecord, value)).filter((entry) => entry !== null);
    const kept = await this.use(async (db) => read(await db.getAll("outbox")), () => [...this.memory.outbox.values()]);
    kept.forEach((entry) => this.remember(entry));
    return kept;
  }

  remember(entry: Entry): void {
    this.memory.outbox.set(entry.id, entry);
  }

  async put(entry: Entry): Promise<void> {
    this.remember(entry);
    await this.use(async (db) => {
      const tx = db.transaction("outbox", "readwrite");
      const put = tx.store.put(entry);
      tx.commit();
      await Promise.all([put, tx.done]);
    }, () => undefined);
  }

  async update(id: string, change: (entry: Entry) => Entry | null): Promise<Entry | undefined> {
    const inMemory = () => {
      const known = this.memory.outbox.get(id);
      const next = known && change(known);
      if (next) this.memory.outbox.set(id, next);
      else this.memory.outbox.delete(id);
      return next ?? undefined;
    };
    return this.use(async (db) => {
      const tx = db.transaction("outbox", "readwrite");
      const done = tx.done.catch((error: unknown) => error);
      const known = readRecord<Entry>(entryRecord, await tx.store.get(id));
      const next = known && change(known);
      if (next) await tx.store.put(next);
      else await tx.store.delete(id);
      const failed = await done;
      if (failed) throw failed;
      if (next) this.memory.outbox.set(id, next);
      else this.memory.outbox.delete(id);
      return next ?? undefined;
    }, inMemory);
  }

  async allIntents(): Promise<Intent[]> {
    const read = (values: unknown[]) => values.map((value) => readRecord<Intent>(intentRecord, value)).filter((intent) => intent !== null);
    const kept = await this.use(async (db) => read(await db.getAll("intents")), () => [...this.memory.intents.values()]);
    // The newer of two counts, wherever it was written last.
    return [...kept, ...read(this.journal.all())].sort((a, b) => a.at - b.at);
  }

  async putIntent(key: string, intent: Intent): Promise<void> {
    this.memory.intents.set(key, intent);
    if (intent.kind === "draft") this.journal.put(key, intent);
    await this.use(async (db) => {
      const tx = db.transaction("intents", "readwrite");
      const put = tx.store.put(intent, key);
      // Without waiting: what is typed last is often kept while the page goes away, and would go with it.
      tx.commit();
      await Promise.all([put, tx.done]);
      this.journal.settle(key, intent.at);
    }, () => undefined);
  }

  async deleteIntent(key: string, at: number): Promise<void> {
    if ((this.memory.intents.get(key)?.at ?? 0) <= at) this.memory.intents.delete(key);
    this.journal.settle(key, at);
    await this.use(async (db) => {
      const tx = db.transaction("intents", "readwrite");
      const done = tx.done.catch((error: unknown) => error);
      const known = await tx.store.get(key);
      if (known && known.at <= at) await tx.store.delete(key);
      const failed = await done;
      if (failed) throw failed;
    }, () => undefined);
  }

  close(): void {
    this.db?.close();
    this.db = null;
  }

  /** Removes everything kept of the account. */
  async destroy(): Promise<void> {
    const { db } = this;
    if (db) {
      // Emptied first: deleting may have to wait for other tabs.
      const tx = db.transaction(STORES, "readwrite");
      await Promise.all([...STORES.map((store) => tx.objectStore(store).clear()), tx.done]).catch(() => undefined);
    }
    this.close();
    this.memory.outbox.clear();
    this.memory.intents.clear();
    this.journal.clear();
    await this.inTime(deleteDB(this.name)).catch(() => undefined);
  }

  /** Works on the database, or in memory once that has failed. */
  private async use<T>(run: (db: IDBPDatabase<Schema>) => Promise<T>, otherwise: () => T): Promise<T> {
    if (!this.db) return otherwise();
    try {
      return await run(this.db);
    } catch (error) {
      this.degrade(error);
      return otherwise();
    }
  }

  private degrade(error: unknown, quiet = false): void {
    if (!this.db) return;
    this.close();
    if (!quiet) this.degraded(error);
  }

  private inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.setTimeout(() => reject(new Error("The database does not answer.")), OPEN_MS);
      work.then(resolve, reject).finally(() => this.clock.clearTimeout(timer));
    });
  }
}

/**
 * Drops what this browser keeps of the chats of other accounts, whose sessions ended without a sign-out. What they
 * wrote and could not send stays: it is sent when they come back.
 */
export async function forgetOthers(own: string, clock: Clock): Promise<void> {
  for (const { name } of await indexedDB.databases()) {
    if (!name || name === own || !/^vestnik\.\d+$/.test(name)) continue;
    const cache = new Cache(name, clock, () => undefined);
    await cache.open();
    await cache.forgetChats();
    cache.close();
  }
}
