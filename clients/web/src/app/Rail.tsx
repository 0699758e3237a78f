import { useAttention } from "@/features/chats";
import { QuietButton } from "@/features/notifications/QuietButton";
import { SeasonDecoration } from "@/features/themes";
import { useIdentity, useScheduled } from "@/hooks";
import { cx } from "@/ui";
import { Link, type LinkProps, useRouterState } from "@tanstack/react-router";
import { CalendarClock, Hash, LogIn, MessageCircle, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { AccountMenu } from "./AccountMenu";

/** Where one can go. At the side, on phones at the bottom. */
export function Rail() {
  const { t } = useTranslation("common");
  const member = useIdentity().kind === "user";
  return (
    <nav
      aria-label={t("nav.label")}
      className="@container/rail flex shrink-0 items-center gap-2 border-line bg-sunken max-phone:justify-around max-phone:border-t max-phone:px-2 max-phone:pt-1 max-phone:pb-[max(0.25rem,env(safe-area-inset-bottom))] phone:w-16 phone:flex-col phone:overflow-y-auto phone:border-e phone:py-3"
    >
      <span aria-hidden className="relative mb-3 grid size-9 shrink-0 place-items-center rounded-2 bg-accent font-bold text-accent-ink max-phone:hidden">
        <SeasonDecoration />
        V
      </span>
      {member && <ChatsItem />}
      <Item to="/rooms" label={t("nav.rooms")} icon={<Hash />} />
      {member && <ScheduledItem />}
      <span aria-hidden className="flex-1 max-phone:hidden" />
      {member ? (
        <>
          <span className="max-phone:hidden">
            <QuietButton />
          </span>
          <Item to="/settings/{-$section}" label={t("nav.settings")} icon={<Settings />} />
          <AccountMenu />
        </>
      ) : (
        <SignInItem />
      )}
    </nav>
  );
}

function ChatsItem() {
  const { t } = useTranslation("common");
  const attention = useAttention();
  return <Item to="/" also="/c" label={t("nav.chats")} icon={<MessageCircle />} badge={attention} badgeLabel={t("nav.unread", { count: attention })} />;
}

function ScheduledItem() {
  const { t } = useTranslation("common");
  const failed = useScheduled().filter((message) => message.failed).length;
  return <Item to="/scheduled" label={t("nav.scheduled")} icon={<CalendarClock />} badge={failed} badgeLabel={t("nav.failed", { count: failed })} />;
}

/** Leads to the login, and from there back to this page. */
function SignInItem() {
  const { t } = useTranslation("common");
  const next = useRouterState({ select: ({ location }) => location.pathname });
  return <Item to="/login" search={{ next } as LinkProps["search"]} label={t("signIn")} icon={<LogIn />} />;
}

interface ItemProps {
  to: LinkProps["to"];
  search?: LinkProps["search"];
  label: string;
  icon: ReactNode;
  badge?: number;
  badgeLabel?: string;
  /** A beginning of other addresses that belong here. */
  also?: string;
}

function Item({ to, search, label, icon, badge = 0, badgeLabel, also }: ItemProps) {
  const here = useHere((to ?? "/").replace("/{-$section}", ""), also);
  return (
    <Link
      to={to}
      {...(search && { search })}
      aria-label={badge > 0 ? `${label}, ${badgeLabel}` : label}
      aria-current={here ? "page" : undefined}
      data-tip={label}
      className={cx(
        "relative grid size-11 shrink-0 place-items-center rounded-2 transition max-phone:h-12 max-phone:w-auto max-phone:min-w-0 max-phone:flex-1 max-phone:shrink max-phone:content-center max-phone:gap-0.5 [&_svg]:size-5 [&_svg]:stroke-[1.75]",
        here ? "bg-accent-soft text-accent" : "text-ink-2 hover:bg-line hover:text-ink",
      )}
    >
      {icon}
      <span aria-hidden className="max-w-full truncate text-[0.6875rem]/none phone:hidden @max-[20rem]/rail:hidden">
        {label}
      </span>
      {badge > 0 && (
        <span aria-hidden className="absolute end-0.5 top-1 max-phone:end-[calc(50%-1.5rem)] max-phone:top-0 min-w-4.5 rounded-full bg-accent px-1 text-center text-[0.6875rem]/[1.125rem] font-semibold text-accent-ink">
          {badge > 99 ? "99+" : badge}
        </span>
      )}
    </Link>
  );
}

/** Whether the address is `to` or below it (the list of chats: only itself and chats). */
function useHere(to: string, also: string | undefined): boolean {
  return useRouterState({
    select: ({ location: { pathname } }) => (to === "/" ? pathname === "/" : isBelow(pathname, to)) || (also !== undefined && isBelow(pathname, also)),
  });
}

const isBelow = (pathname: string, base: string): boolean => pathname === base || pathname.startsWith(`${base}/`);
