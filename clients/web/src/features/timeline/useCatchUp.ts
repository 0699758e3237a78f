import { elementScroll, measureElement, observeElementOffset, type Virtualizer, type VirtualizerOptions } from "@tanstack/react-virtual";
import { useRef } from "react";

type V = Virtualizer<HTMLDivElement, HTMLDivElement>;
type Options = Pick<VirtualizerOptions<HTMLDivElement, HTMLDivElement>, "observeElementOffset" | "scrollToFn" | "measureElement">;

/**
 * Keeps the virtualizer's idea of where the list stands as fresh as the list itself.
 *
 * It learns of scrolling by events, which come at the beginning of the next frame; when it corrects the position in
 * between (rows that were measured, a page that was put in), it writes an old place plus the correction, and what was
 * scrolled meanwhile is lost. So it is told before it looks.
 */
class CatchUp {
  /** Set as soon as there is one. */
  virtualizer: V | null = null;
  /** Where the element stood when the virtualizer last heard of it, or wrote it. */
  private known = 0;
  private tell: ((offset: number, scrolling: boolean) => void) | null = null;

  readonly options: Options = {
    observeElementOffset: (virtualizer, tell) => {
      this.tell = (offset, scrolling) => {
        this.known = offset;
        tell(offset, scrolling);
      };
      return observeElementOffset(virtualizer, this.tell);
    },
    scrollToFn: (offset, how, virtualizer) => {
      elementScroll(offset, how, virtualizer);
      this.known = virtualizer.scrollElement?.scrollTop ?? this.known;
    },
    measureElement: (element, entry, virtualizer) => {
      // An entry comes from the observer of sizes: after this frame's events, and still before it is drawn.
      if (entry && this.drift() !== 0) this.tell?.(this.known + this.drift(), true);
      return measureElement(element, entry, virtualizer);
    },
  };

  /** While drawing, nobody may be told: the virtualizer is about to look at the rows in any case. */
  readonly run = (): void => {
    const drift = this.drift();
    if (drift === 0 || !this.virtualizer) return;
    this.known += drift;
    this.virtualizer.scrollOffset = (this.virtualizer.scrollOffset ?? 0) + drift;
  };

  /**
   * For `ref` of a row. While one scrolls, the virtualizer leaves measuring to the observer of sizes, which comes when
   * the row may be in view already, and then what is read would be pushed aside. So it is measured at once.
   */
  readonly measure = (row: HTMLDivElement | null): void => {
    const { virtualizer } = this;
    if (!virtualizer) return;
    const { isScrolling } = virtualizer;
    virtualizer.isScrolling = false;
    virtualizer.measureElement(row);
    virtualizer.isScrolling = isScrolling;
  };

  /** What was scrolled since. Where the virtualizer itself is on the way to a row, that goes first. */
  private drift(): number {
    const element = this.virtualizer?.scrollElement;
    return element && !this.virtualizer?.["scrollState"] ? element.scrollTop - this.known : 0;
  }
}

/** One for each list; `run` belongs before the virtualizer gets its rows. */
export function useCatchUp(): CatchUp {
  const own = useRef<CatchUp | null>(null);
  return (own.current ??= new CatchUp());
}
