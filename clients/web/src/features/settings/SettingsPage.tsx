import { Link } from "@tanstack/react-router";
import { ArrowLeft, Settings2 } from "lucide-react";
import { type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { cx, EmptyState, Spinner } from "@/ui";
import { AccountSection } from "./AccountSection";
import { AdvancedSection } from "./AdvancedSection";
import { KeyboardSection } from "./KeyboardSection";
import { ProfileSection } from "./ProfileSection";
import { isSection, type SectionId } from "./sections";
import { SessionsSection } from "./SessionsSection";
import { SettingsNav } from "./SettingsNav";

/** Parts that belong to other features; the app hands them in. */
export interface SettingsPanels {
  readonly appearance: ReactNode;
  readonly language: ReactNode;
  readonly notifications: ReactNode;
  readonly password: ReactNode;
  readonly themeBackup: ReactNode;
}

/** Settings: sections beside the chosen one where there is room, otherwise the list leads to the pages. */
export function SettingsPage({ section, panels, onShowShortcuts }: { section?: string | undefined; panels: SettingsPanels; onShowShortcuts: () => void }) {
  const { t } = useTranslation("settings");
  const known = isSection(section);
  const shown: SectionId = known ? section : "profile";
  const content: Record<SectionId, ReactNode> = {
    profile: <ProfileSection />,
    account: <AccountSection password={panels.password} />,
    sessions: <SessionsSection />,
    appearance: panels.appearance,
    notifications: panels.notifications,
    keyboard: <KeyboardSection onShowShortcuts={onShowShortcuts} />,
    language: panels.language,
    advanced: <AdvancedSection themeBackup={panels.themeBackup} />,
  };
  // The width of the page decides, not of the window: with large text there is less room.
  return (
    <div className="@container h-full overflow-y-auto bg-surface">
      {/* The visible title goes away with the list on narrow pages. */}
      <h1 className="sr-only">{t("title")}</h1>
      <div className="mx-auto grid max-w-5xl grid-cols-1 gap-x-10 px-4 py-6 @2xl:px-8 @3xl:grid-cols-[13.5rem_minmax(0,1fr)]">
        <div className={cx("@3xl:sticky @3xl:top-6 @3xl:block @3xl:self-start", section !== undefined && "hidden")}>
          <p aria-hidden className="mb-4 px-3 text-lg font-semibold">
            {t("title")}
          </p>
          <SettingsNav current={section === undefined ? null : shown} fallback={shown} />
        </div>
        {section !== undefined && !known ? (
          <EmptyState icon={<Settings2 />} title={t("noSection")} action={<Link to="/settings/{-$section}" params={{ section: undefined }} className="font-medium text-accent underline underline-offset-3">{t("toList")}</Link>} />
        ) : (
          <div className={cx("min-w-0 @3xl:block", section === undefined && "hidden")}>
            <div className="mb-5 flex items-center gap-2">
              <Link to="/settings/{-$section}" params={{ section: undefined }} aria-label={t("toList")} className="grid size-11 place-items-center rounded-2 text-ink-2 hover:bg-sunken @3xl:hidden">
                <ArrowLeft aria-hidden className="size-5 rtl:-scale-x-100" />
              </Link>
              <h2 className="text-lg font-semibold">{t(`section.${shown}`)}</h2>
            </div>
            <Suspense fallback={<Spinner label={t("common:loading")} />}>
              <div key={shown} className="max-w-2xl pb-10">
                {content[shown]}
              </div>
            </Suspense>
          </div>
        )}
      </div>
    </div>
  );
}
