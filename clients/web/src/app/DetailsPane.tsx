import { ProfileCard } from "@/features/people";
import { useIdentity } from "@/hooks";
import { cx, lazyPart, Spinner } from "@/ui";
import { Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { LookButton } from "./LookButton";
import { useShellStore } from "./shellStore";
import { usePhone, useWide } from "./useWide";

const DetailsPanel = lazyPart(async () => (await import("@/features/details/DetailsPanel")).DetailsPanel);

/** Where the details stand: a column, a sheet from the side, on phones the whole page. */
export function DetailsPane({ chatId, onClose }: { chatId: string; onClose: () => void }) {
  const { t } = useTranslation("common");
  const wide = useWide();
  const phone = usePhone();
  const member = useIdentity().kind === "user";
  const section = useShellStore((state) => state.section);
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!wide) pane.current?.focus({ preventScroll: true });
  }, [wide]);
  return (
    <>
      {!wide && !phone && <div aria-hidden onClick={onClose} className="absolute inset-0 z-20 bg-scrim" />}
      <aside
        ref={pane}
        tabIndex={-1}
        aria-label={t("shell.details")}
        onKeyDown={(event) => {
          if (wide || event.key !== "Escape" || event.defaultPrevented) return;
          event.preventDefault();
          onClose();
        }}
        className={cx(
          "flex min-h-0 flex-col bg-surface outline-none",
          wide ? "w-[min(18.75rem,30vw)] shrink-0 border-s border-line" : phone ? "fixed inset-0 z-30 pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)]" : "absolute inset-y-0 end-0 z-30 w-[min(20rem,90%)] border-s border-line shadow-raised",
        )}
      >
        <Suspense fallback={<div className="grid flex-1 place-items-center text-ink-3"><Spinner label={t("loading")} /></div>}>
          <DetailsPanel chatId={chatId} onClose={onClose} section={section} ProfileCard={ProfileCard} {...(member && { lookSlot: <LookButton chatId={chatId} /> })} />
        </Suspense>
      </aside>
    </>
  );
}
