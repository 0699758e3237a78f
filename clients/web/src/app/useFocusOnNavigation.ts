import { composerStore } from "@/hooks/composer";
import { useParams, useRouterState } from "@tanstack/react-router";
import { type RefObject, useEffect, useRef } from "react";
import { isTouch } from "./useWide";

/**
 * Puts the focus where a new page begins: into the message field of a chat, else on the page itself, so that
 * screen readers read on there. The first page is left to the browser, and so is a page that took the focus itself.
 */
export function useFocusOnNavigation(main: RefObject<HTMLElement | null>): void {
  const { chatId } = useParams({ strict: false });
  const place = useRouterState({ select: (state) => (chatId ? `/c/${chatId}` : state.location.pathname) });
  const before = useRef(place);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    const frame = requestAnimationFrame(() => {
      if (document.querySelector("[role=dialog],[role=alertdialog]")) return;
      if (chatId && !isTouch()) composerStore.getState().focus();
      else if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [place, chatId, main]);
}
