import { type KeyboardEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

/** Words hidden until somebody wants to see them: by click, Enter or Space. */
export function Spoiler({ children }: { children: ReactNode }) {
  const { t } = useTranslation("timeline");
  const [open, setOpen] = useState(false);
  if (open) return <span className="rounded-[4px] bg-sunken px-0.5">{children}</span>;
  const keyDown = (event: KeyboardEvent) => {
    if (event.code !== "Enter" && event.code !== "Space") return;
    event.preventDefault();
    event.stopPropagation();
    setOpen(true);
  };
  return (
    <span
      role="button"
      tabIndex={0}
      aria-label={t("spoiler")}
      data-tip={t("spoiler")}
      onClick={() => setOpen(true)}
      onKeyDown={keyDown}
      className="cursor-pointer rounded-[4px] bg-line-strong/55 text-transparent select-none hover:bg-line-strong/75"
    >
      <span aria-hidden inert className="pointer-events-none opacity-0">
        {children}
      </span>
    </span>
  );
}
