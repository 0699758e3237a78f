import { useSyncExternalStore } from "react";

/** The same width as the `phone` breakpoint of the styles. */
const QUERY = "(max-width: 759.98px)";

function list(): MediaQueryList | null {
  return typeof matchMedia === "function" ? matchMedia(QUERY) : null;
}

function subscribe(listener: () => void): () => void {
  const media = list();
  media?.addEventListener("change", listener);
  return () => media?.removeEventListener("change", listener);
}

/** Whether the page is as narrow as a phone's. */
export function usePhone(): boolean {
  return useSyncExternalStore(subscribe, () => list()?.matches ?? false, () => false);
}
