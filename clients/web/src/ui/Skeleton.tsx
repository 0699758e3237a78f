import { cx } from "./cx";

/** A grey stand-in of something that loads. */
export const Skeleton = ({ className }: { className?: string }) => (
  <span aria-hidden className={cx("block animate-pulse rounded-1 bg-sunken", className ?? "h-4 w-full")} />
);
