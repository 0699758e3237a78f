/** What the engine hears of the page it runs in. */
export type PageEvent = "online" | "offline" | "view" | "hide";

export interface Page {
  online(): boolean;
  visible(): boolean;
  focused(): boolean;
  /** "view": visibility or focus changed; "hide": the page may be gone any moment. */
  listen(listener: (event: PageEvent) => void): () => void;
}

/** The browser's page. */
export const browserPage: Page = {
  online: () => navigator.onLine !== false,
  visible: () => document.visibilityState === "visible",
  focused: () => document.hasFocus(),
  listen(listener) {
    const stop = new AbortController();
    const on = (target: EventTarget, type: string, event: PageEvent) => target.addEventListener(type, () => listener(event), { signal: stop.signal });
    on(window, "online", "online");
    on(window, "offline", "offline");
    on(window, "focus", "view");
    on(window, "blur", "view");
    on(window, "pagehide", "hide");
    document.addEventListener("visibilitychange", () => listener(document.visibilityState === "hidden" ? "hide" : "view"), { signal: stop.signal });
    return () => stop.abort();
  },
};
