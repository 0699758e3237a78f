import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { Spinner } from "./Spinner";

const LOOK = {
  primary: "bg-accent text-accent-ink hover:brightness-110 active:brightness-95",
  secondary: "bg-raised text-ink border border-line-strong/40 hover:bg-sunken",
  ghost: "text-ink-2 hover:bg-sunken hover:text-ink",
  danger: "bg-danger text-danger-ink hover:brightness-110 active:brightness-95",
};
const SIZE = { sm: "min-h-8 px-3 text-sm max-phone:min-h-11", md: "min-h-10 px-4 max-phone:min-h-11" };

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: keyof typeof LOOK;
  size?: keyof typeof SIZE;
  icon?: ReactNode;
  /** Shows a turning ring and takes no clicks; the button keeps its place in the tab order. */
  loading?: boolean;
}

/** A button with words on it. */
export function Button({ variant = "secondary", size = "md", icon, loading, className, children, type = "button", onClick, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      aria-busy={loading || undefined}
      aria-disabled={loading || undefined}
      onClick={loading ? (event) => event.preventDefault() : onClick}
      className={cx(
        "inline-flex items-center justify-center gap-2 rounded-2 font-medium transition select-none disabled:cursor-default disabled:opacity-50 [&_svg]:size-4.5 [&_svg]:shrink-0",
        LOOK[variant],
        SIZE[size],
        className,
      )}
      {...rest}
    >
      {loading ? <Spinner label="" className="size-4.5" /> : icon}
      {children}
    </button>
  );
}
