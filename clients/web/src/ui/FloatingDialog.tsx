import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import type { DialogProps } from "./Dialog";
import { IconButton } from "./IconButton";

const WIDTH = { sm: "phone:max-w-md", md: "phone:max-w-xl", lg: "phone:max-w-3xl" };
const stop = (event: SyntheticEvent) => event.stopPropagation();

/** Where no field asked for the focus, a question's first answer gets it, or else the panel itself; the button that
 * closes it, which comes first, would only show its tooltip over what one wants to read. */
function focusPanel(event: Event) {
  event.preventDefault();
  const panel = event.currentTarget as HTMLElement;
  (panel.querySelector<HTMLElement>("[role=alertdialog] > footer button:enabled") ?? panel).focus();
}

/** The panel of a `Dialog`. */
export function FloatingDialog({ onOpenChange, title, hideTitle, description, size = "md", footer, children, alert, className, returnFocus }: DialogProps) {
  const { t } = useTranslation("common");
  const compact = alert === true;
  return (
    <Radix.Root open onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-[fade_120ms_ease-out] bg-scrim" />
        <Radix.Content
          role={alert ? "alertdialog" : "dialog"}
          aria-describedby={description ? undefined : ""}
          onOpenAutoFocus={focusPanel}
          onCloseAutoFocus={(event) => {
            if (!returnFocus) return;
            event.preventDefault();
            returnFocus();
          }}
          onClick={stop}
          onPointerDown={stop}
          onContextMenu={stop}
          className={cx(
            "fixed inset-s-1/2 top-1/2 z-40 flex -translate-x-1/2 -translate-y-1/2 animate-[fade_120ms_ease-out] flex-col border-line bg-raised text-ink shadow-raised outline-none rtl:translate-x-1/2",
            "phone:max-h-[min(85dvh,46rem)] phone:w-[calc(100vw-2rem)] phone:rounded-3 phone:border",
            compact ? "w-[calc(100vw-2rem)] rounded-3" : "max-phone:size-full max-phone:pt-[env(safe-area-inset-top)] max-phone:pb-[env(safe-area-inset-bottom)]",
            WIDTH[size],
            className,
          )}
        >
          <header className={cx("flex items-start gap-3 px-5 pt-4 pb-2", hideTitle && "sr-only")}>
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg/7 font-semibold wrap-anywhere">{title}</Radix.Title>
              {description && <Radix.Description className="text-sm text-ink-2">{description}</Radix.Description>}
            </div>
            {!compact && !hideTitle && (
              <Radix.Close asChild>
                <IconButton label={t("close")} className="-me-2 -mt-1">
                  <X />
                </IconButton>
              </Radix.Close>
            )}
          </header>
          <div className={cx("min-h-0 flex-1 overflow-y-auto", hideTitle ? "" : "px-5 pt-1 pb-5")}>{children}</div>
          {footer && <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
