import { useConnection, useIdentity } from "@/hooks";
import { dispatchShortcut } from "@/lib/keys";
import { updateStore } from "@/pwa";
import { lazyPart, Toaster, TooltipLayer } from "@/ui";
import { Outlet } from "@tanstack/react-router";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { SkipLink } from "./SkipLink";

// Title, icon and notices come a moment after the page itself.
const UpdatePrompt = lazyPart(async () => (await import("@/pwa/UpdatePrompt")).UpdatePrompt);
const NotificationCenter = lazyPart(async () => (await import("@/features/notifications/NotificationCenter")).NotificationCenter);

/** What is there on every page. */
export function Root() {
  const { t } = useTranslation("common");
  const { kind } = useIdentity();
  const updating = updateStore((state) => state.waiting);
  useShortcutListener();
  useConnectionMark();
  return (
    <>
      <SkipLink to="main">{t("skip.main")}</SkipLink>
      <Outlet />
      {kind === "user" && (
        <Suspense>
          <NotificationCenter />
        </Suspense>
      )}
      {updating && (
        <Suspense>
          <UpdatePrompt />
        </Suspense>
      )}
      <Toaster />
      <TooltipLayer />
    </>
  );
}

/** The one listener for shortcuts. It hears a key last, so that menus, dialogs and fields come first. */
function useShortcutListener() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => void dispatchShortcut(event);
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

/** How the connection stands, for style sheets and for scripts that drive the page. */
function useConnectionMark() {
  const { state } = useConnection();
  useEffect(() => {
    document.documentElement.dataset["connection"] = state;
  }, [state]);
}
