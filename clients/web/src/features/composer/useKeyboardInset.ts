import { useEffect, useState } from "react";

/** How much of the page's lower end a screen keyboard covers where the page is not made smaller by it (Safari). */
export function useKeyboardInset(): number {
  const [inset, setInset] = useState(0);
  useEffect(() => {
    const view = window.visualViewport;
    if (!view) return;
    const measure = () => {
      // Zooming makes the visible part smaller too.
      const covered = view.scale > 1.01 ? 0 : window.innerHeight - view.height - view.offsetTop;
      setInset(covered > 40 ? Math.round(covered) : 0);
    };
    view.addEventListener("resize", measure);
    view.addEventListener("scroll", measure);
    measure();
    return () => {
      view.removeEventListener("resize", measure);
      view.removeEventListener("scroll", measure);
    };
  }, []);
  return inset;
}
