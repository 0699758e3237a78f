/**
 * Several tabs, one notification. A tab in front shows it in its page; otherwise the leading tab asks the system.
 * Both are Web Locks: they go with the tab that held them, however it ends.
 */
const LEAD = "vestnik.notifier";
const FRONT = "vestnik.in-front";

type Locks = Pick<LockManager, "request" | "query">;

/** Whether this page is what the person looks at. */
export const inFront = (): boolean => document.visibilityState === "visible" && document.hasFocus();

export class Tabs {
  private leads = false;
  private front: (() => void) | null = null;
  private readonly stopped = new AbortController();

  /** Without locks (a page that is not secure) every tab counts as the only one. */
  constructor(private readonly locks: Locks | null = globalThis.navigator?.locks ?? null) {
    this.hold(LEAD, "exclusive", () => (this.leads = true));
    const look = () => this.setFront(inFront());
    for (const [target, event] of [[document, "visibilitychange"], [window, "focus"], [window, "blur"]] as const) {
      target.addEventListener(event, look, { signal: this.stopped.signal });
    }
    look();
  }

  get leader(): boolean {
    return this.leads || this.locks === null;
  }

  /** Whether any tab of this browser is looked at. */
  async anyInFront(): Promise<boolean> {
    if (inFront()) return true;
    const held = await this.locks?.query().catch(() => null);
    return held?.held?.some((lock) => lock.name === FRONT) ?? false;
  }

  stop(): void {
    this.stopped.abort();
    this.setFront(false);
  }

  private setFront(on: boolean): void {
    if (!on) {
      this.front?.();
      this.front = null;
    } else if (!this.front) {
      let release: () => void = () => undefined;
      const until = new Promise<void>((resolve) => (release = resolve));
      this.front = release;
      void this.locks?.request(FRONT, { mode: "shared" }, () => until).catch(() => undefined);
    }
  }

  private hold(name: string, mode: LockMode, taken: () => void): void {
    const { signal } = this.stopped;
    const forEver = () => {
      taken();
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    };
    void this.locks?.request(name, { mode, signal }, forEver).catch(() => undefined);
  }
}
