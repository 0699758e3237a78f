import { ChatList } from "@/features/chats";
import { useIdentity } from "@/hooks";
import { cx, lazyPart } from "@/ui";
import { Outlet, useParams, useRouterState } from "@tanstack/react-router";
import { type CSSProperties, Suspense, useRef } from "react";
import { useTranslation } from "react-i18next";
import { ConnectionBanner } from "./ConnectionBanner";
import { Rail } from "./Rail";
import { ListResizer } from "./ListResizer";
import { SkipLink } from "./SkipLink";
import { useShellStore } from "./shellStore";
import { useFocusOnNavigation } from "./useFocusOnNavigation";
import { useShellShortcuts } from "./useShellShortcuts";
import { useSwipeBack } from "./useSwipeBack";
import { usePhone } from "./useWide";

const search = () => useShellStore.getState().setSwitcher(true);
const create = () => useShellStore.getState().openCreate("group");

const Overlays = lazyPart(async () => (await import("./Overlays")).Overlays);

/** Rail, list and page. On phones one of them at a time: the list with the rail below it, or the page. */
export function Shell() {
  const { t } = useTranslation("common");
  const member = useIdentity().kind === "user";
  const atHome = useRouterState({ select: (state) => state.location.pathname === "/" });
  const { chatId } = useParams({ strict: false });
  const phone = usePhone();
  const main = useRef<HTMLElement>(null);
  const listWidth = useShellStore((state) => state.listWidth);
  useShellShortcuts(chatId);
  useFocusOnNavigation(main);
  const swipe = useSwipeBack(phone && !atHome);
  const showList = member && (!phone || atHome);
  const showMain = !phone || !atHome;
  return (
    <div className="flex h-dvh flex-col overflow-hidden ps-[env(safe-area-inset-left)] pe-[env(safe-area-inset-right)]" style={{ "--list": `${listWidth}rem` } as CSSProperties}>
      {showList && <SkipLink to="list">{t("skip.list")}</SkipLink>}
      <ConnectionBanner />
      <div className="flex min-h-0 flex-1 max-phone:flex-col" {...swipe}>
        {(!phone || atHome || !chatId) && <Rail />}
        {showList && (
          <aside
            id="list"
            tabIndex={-1}
            aria-label={t("shell.list")}
            className="relative flex min-h-0 flex-col outline-none border-e border-line bg-surface max-phone:order-first max-phone:flex-1 max-phone:border-0 max-phone:pt-[env(safe-area-inset-top)] phone:w-[min(var(--list),38vw)] phone:shrink-0"
          >
            <ChatList activeId={chatId} onSearch={search} onCreate={create} />
            {!phone && <ListResizer />}
          </aside>
        )}
        {showMain && (
          <main
            ref={main}
            id="main"
            tabIndex={-1}
            aria-label={chatId ? t("shell.conversation") : t("shell.content")}
            className={cx("min-h-0 min-w-0 flex-1 bg-surface outline-none", !chatId && "max-phone:order-first max-phone:pt-[env(safe-area-inset-top)]", chatId ? "overflow-hidden" : "overflow-y-auto")}
          >
            <Outlet />
          </main>
        )}
      </div>
      <Suspense>
        <OverlaysWhenAsked chatId={chatId} />
      </Suspense>
    </div>
  );
}

/** Switcher, shortcut sheet and the dialog for new chats: loaded when one of them is first asked for. */
function OverlaysWhenAsked({ chatId }: { chatId: string | undefined }) {
  const asked = useShellStore((state) => state.switcher || state.sheet || state.create !== null);
  const ever = useRef(false);
  ever.current ||= asked;
  return ever.current ? <Overlays chatId={chatId} /> : null;
}
