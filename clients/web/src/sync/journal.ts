/**
 * What was typed a moment ago. A page that is going away may not finish writing to IndexedDB; local storage is written
 * before the call returns. An entry stays here only until the database has it.
 */
import type { Intent } from "./intents";

export type JournalStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Journal {
  constructor(
    private readonly storage: JournalStorage | null,
    private readonly name: string,
  ) {}

  put(key: string, intent: Intent): void {
    try {
      this.storage?.setItem(this.full(key), JSON.stringify(intent));
    } catch {
      // Full or forbidden: then the database alone keeps it.
    }
  }

  /** Lets go of what is kept elsewhere by now, unless something newer came. */
  settle(key: string, at: number): void {
    const kept = this.read(this.full(key)) as { at?: unknown } | null;
    if (kept && !(typeof kept.at === "number" && kept.at > at)) this.storage?.removeItem(this.full(key));
  }

  /** Everything that is here, not decoded yet. */
  all(): unknown[] {
    return this.keys().map((key) => this.read(key));
  }

  clear(): void {
    for (const key of this.keys()) this.storage?.removeItem(key);
  }

  private full(key: string): string {
    return `${this.name}.typed.${key}`;
  }

  private keys(): string[] {
    try {
      const all = Array.from({ length: this.storage?.length ?? 0 }, (_, at) => this.storage?.key(at) ?? "");
      return all.filter((key) => key.startsWith(this.full("")));
    } catch {
      return [];
    }
  }

  private read(key: string): unknown {
    try {
      return JSON.parse(this.storage?.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }
}
