import { useSyncExternalStore } from "react";

const queries = new Map<string, MediaQueryList>();
const media = (query: string): MediaQueryList => {
  let found = queries.get(query);
  if (!found) queries.set(query, (found = window.matchMedia(query)));
  return found;
};

/** Whether a media query holds now. */
function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      media(query).addEventListener("change", listener);
      return () => media(query).removeEventListener("change", listener);
    },
    () => media(query).matches,
  );
}

const PHONE = "(width < 760px)";
const TOUCH = "(pointer: coarse)";
const WIDE_PX = 1180;
const NORMAL_TEXT_PX = 16;

let roomy: boolean | null = null;
const measure = (): boolean => {
  const text = parseFloat(getComputedStyle(document.documentElement).fontSize) || NORMAL_TEXT_PX;
  return window.innerWidth >= WIDE_PX * Math.max(1, text / NORMAL_TEXT_PX);
};

/** One pane at a time. */
export const usePhone = () => useMedia(PHONE);

/** Room for the details beside the conversation; larger text needs more of it, which no media query knows. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribeToRoom, () => (roomy ??= measure()));
}

function subscribeToRoom(listener: () => void): () => void {
  const change = () => {
    roomy = measure();
    listener();
  };
  const observer = new MutationObserver(change);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  window.addEventListener("resize", change);
  return () => {
    observer.disconnect();
    window.removeEventListener("resize", change);
    // While nobody listens the window may change.
    roomy = null;
  };
}

/** A finger: a field that takes the focus would bring up the keyboard. */
export const isTouch = () => media(TOUCH).matches;
