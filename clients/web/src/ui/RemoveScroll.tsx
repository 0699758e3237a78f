import type { ComponentType, ElementType, ReactNode, Ref } from "react";

/**
 * Stands in for `react-remove-scroll` under Radix (see the alias in `vite.config.ts`). The original keeps the page
 * behind a dialog from scrolling by a style sheet written into the page, which the content security policy refuses.
 * Here the page itself never scrolls, so there is nothing to keep.
 */
interface Props {
  as?: ElementType;
  children?: ReactNode;
  ref?: Ref<unknown>;
  allowPinchZoom?: boolean;
  shards?: unknown;
  enabled?: boolean;
}

export function RemoveScroll({ as, children, allowPinchZoom: _zoom, shards: _shards, enabled: _enabled, ...rest }: Props) {
  const Part = (as ?? "div") as ComponentType<Record<string, unknown>>;
  return <Part {...rest}>{children}</Part>;
}

export default RemoveScroll;
