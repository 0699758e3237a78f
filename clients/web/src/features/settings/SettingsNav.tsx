import { Link } from "@tanstack/react-router";
import { ChevronRight, LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useOutbox } from "@/hooks";
import { useSignOut } from "@/hooks/signOut";
import { ConfirmDialog, cx } from "@/ui";
import { SECTIONS, type SectionId } from "./sections";

const ROW = "flex min-h-11 w-full items-center gap-3 rounded-2 px-2 py-1.5 @xs:px-3 text-start text-ink hover:bg-sunken @3xl:min-h-10";

/** The sections, and the way out. `fallback` is shown as chosen only beside its content. */
export function SettingsNav({ current, fallback }: { current: SectionId | null; fallback: SectionId }) {
  const { t } = useTranslation("settings");
  return (
    <nav aria-label={t("title")}>
      <ul className="grid grid-cols-1 gap-0.5">
        {SECTIONS.map(({ id, Icon }) => (
          <li key={id}>
            <Link
              to="/settings/{-$section}"
              params={{ section: id }}
              aria-current={current === id ? "page" : undefined}
              className={cx(
                ROW,
                current === id && "bg-accent-soft font-medium !text-accent hover:bg-accent-soft",
                current === null && fallback === id && "@3xl:bg-accent-soft @3xl:font-medium @3xl:text-accent",
              )}
            >
              <Icon aria-hidden className="size-5 shrink-0 stroke-[1.75]" />
              <span className="min-w-0 flex-1 wrap-break-word hyphens-auto">{t(`section.${id}`)}</span>
              <ChevronRight aria-hidden className="size-4 shrink-0 text-ink-3 rtl:-scale-x-100 @max-xs:hidden @3xl:hidden" />
            </Link>
          </li>
        ))}
        <li className="mt-2 border-t border-line pt-2">
          <SignOut />
        </li>
      </ul>
    </nav>
  );
}

/** Signs out; asks first while something waits to be sent, for that would be lost. */
function SignOut() {
  const { t } = useTranslation("settings");
  const waiting = useOutbox().length;
  const signOut = useSignOut();
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button type="button" className={cx(ROW, "text-danger")} onClick={() => (waiting > 0 ? setAsked(true) : void signOut())}>
        <LogOut aria-hidden className="size-5 shrink-0 stroke-[1.75]" />
        {t("common:signOut")}
      </button>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        title={t("common:signOutConfirm.title")}
        text={t("common:signOutConfirm.text", { count: waiting })}
        confirmLabel={t("common:signOut")}
        danger
        onConfirm={signOut}
      />
    </>
  );
}
