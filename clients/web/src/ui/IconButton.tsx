import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label"> {
  /** Name for screen readers and text of the tooltip. */
  label: string;
  /** Shown in the tooltip, as `Ctrl+K`. */
  shortcut?: string;
  size?: "sm" | "md";
  /** Looks pressed; also told as `aria-pressed`, unless the caller says what the state means. */
  active?: boolean;
  badge?: number;
  children: ReactNode;
}

/** A button that shows only an icon. */
export function IconButton({ label, shortcut, size = "md", active, badge, className, children, type = "button", ...rest }: IconButtonProps) {
  const told = "aria-expanded" in rest || "aria-current" in rest || "aria-selected" in rest;
  return (
    <button
      type={type}
      aria-label={badge ? `${label} (${badge})` : label}
      aria-pressed={told ? undefined : active}
      data-tip={label}
      data-tip-keys={shortcut}
      className={cx(
        "relative inline-grid shrink-0 place-items-center rounded-2 transition select-none disabled:cursor-default disabled:opacity-40 [&_svg]:stroke-[1.75]",
        size === "md" ? "size-9 max-phone:size-11 [&_svg]:size-5" : "size-7 max-phone:size-11 [&_svg]:size-4",
        active ? "bg-accent-soft text-accent" : "text-ink-2 enabled:hover:bg-sunken enabled:hover:text-ink",
        className,
      )}
      {...rest}
    >
      {children}
      {badge ? (
        <span aria-hidden className="absolute end-0 top-0 min-w-4.5 rounded-full bg-accent px-1 text-center text-[0.6875rem]/[1.125rem] font-semibold text-accent-ink">
          {badge > 99 ? "99+" : badge}
        </span>
      ) : null}
    </button>
  );
}
