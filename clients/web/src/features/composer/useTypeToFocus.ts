import { useEffect } from "react";
import { composerStore } from "@/hooks/composer";

/** Keys pressed here belong to what has the focus. */
const BUSY = "input,textarea,select,[contenteditable]:not([contenteditable=false]),[role=dialog],[role=alertdialog],[role=menu],[role=listbox],[role=grid]";
/** These are operated by the space bar. */
const PRESSED = "button,a,summary,[role=button],[role=tab],[role=option],[role=switch],[role=checkbox]";

/** Typing anywhere focuses the composer; the letter goes into it, because the focus moves before it arrives. */
export function useTypeToFocus(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      // Named keys are longer than one sign; "Process" and "Dead" begin a composition, which needs the focus too.
      if ([...event.key].length !== 1 && event.key !== "Dead" && event.key !== "Process") return;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest(BUSY) || document.querySelector("[role=dialog],[role=alertdialog],[role=menu]")) return;
      if (event.key === " " && (target === document.body || target.closest(PRESSED))) return;
      composerStore.getState().focus();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
