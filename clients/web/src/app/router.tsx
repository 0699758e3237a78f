import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, notFound, redirect } from "@tanstack/react-router";
import { ChatPage } from "./ChatPage";
import { ErrorPage } from "./ErrorPage";
import { requireSignedOut, requireUser, requireUserOrGuest, type RouterContext } from "./guards";
import { HomePage } from "./HomePage";
import { NotFoundAlone, NotFoundPage } from "./NotFoundPage";
import { PagePending } from "./PagePending";
import { decodeNext, isChatId, isInviteCode, isSection, isSeq, isUsername } from "./params";
import { Root } from "./Root";
import { Shell } from "./Shell";

/** The page for wrong addresses, unless `good`. */
function must(good: boolean): void {
  if (!good) throw notFound();
}

const auth = () => import("@/features/auth");
const nextSearch = (search: Record<string, unknown>): { next?: string } => {
  const next = decodeNext(search["next"]);
  return next ? { next } : {};
};

const root = createRootRouteWithContext<RouterContext>()({ component: Root, notFoundComponent: NotFoundAlone });

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell, beforeLoad: requireUserOrGuest, notFoundComponent: NotFoundPage });

const home = createRoute({ getParentRoute: () => shell, path: "/", component: HomePage, beforeLoad: requireUser });

const chat = createRoute({
  getParentRoute: () => shell,
  path: "/c/$chatId",
  component: ChatPage,
  // On narrow screens the details are a page of their own, which "back" leaves.
  validateSearch: (search: Record<string, unknown>): { panel?: "details" } => (search["panel"] === "details" ? { panel: "details" } : {}),
  beforeLoad: ({ params }) => must(isChatId(params.chatId)),
});
const message = createRoute({ getParentRoute: () => chat, path: "$seq", beforeLoad: ({ params }) => must(isSeq(params.seq)) });

const rooms = createRoute({ getParentRoute: () => shell, path: "/rooms", component: lazyRouteComponent(() => import("@/features/chats/RoomDirectory"), "RoomDirectory") });
const room = createRoute({
  getParentRoute: () => shell,
  path: "/rooms/$slug",
  beforeLoad: ({ params }) => {
    must(isChatId(params.slug));
    throw redirect({ to: "/c/$chatId", params: { chatId: params.slug }, replace: true });
  },
});
const scheduled = createRoute({ getParentRoute: () => shell, path: "/scheduled", beforeLoad: requireUser, component: lazyRouteComponent(() => import("@/features/composer/ScheduledPage"), "ScheduledPage") });
const settings = createRoute({
  getParentRoute: () => shell,
  path: "/settings/{-$section}",
  component: lazyRouteComponent(() => import("./SettingsRoute"), "SettingsRoute"),
  beforeLoad: async (guarded) => {
    must(guarded.params.section === undefined || isSection(guarded.params.section));
    await requireUser(guarded);
  },
});
const profile = createRoute({
  getParentRoute: () => shell,
  path: "/u/$username",
  component: lazyRouteComponent(() => import("./ProfileRoute"), "ProfileRoute"),
  beforeLoad: async (guarded) => {
    must(isUsername(guarded.params.username));
    await requireUser(guarded);
  },
});
const directs = createRoute({ getParentRoute: () => shell, path: "/direct", beforeLoad: requireUser, component: lazyRouteComponent(() => import("./DirectPage"), "DirectPage") });
const direct = createRoute({
  getParentRoute: () => shell,
  path: "/direct/$username",
  component: lazyRouteComponent(() => import("./DirectRoute"), "DirectRoute"),
  beforeLoad: async (guarded) => {
    const { username } = guarded.params;
    must(isUsername(username.replace(/^@/, "")));
    await requireUser(guarded);
    if (!username.startsWith("@")) throw redirect({ to: "/direct/$username", params: { username: `@${username}` }, replace: true });
  },
});
const share = createRoute({ getParentRoute: () => shell, path: "/share", beforeLoad: requireUser, component: lazyRouteComponent(() => import("./ShareRoute"), "ShareRoute") });

const login = createRoute({ getParentRoute: () => root, path: "/login", component: lazyRouteComponent(auth, "LoginPage"), validateSearch: nextSearch, beforeLoad: requireSignedOut });
const register = createRoute({
  getParentRoute: () => root,
  path: "/register",
  component: lazyRouteComponent(auth, "RegisterPage"),
  validateSearch: (search: Record<string, unknown>): { next?: string; invite?: string } => {
    const invite = search["invite"];
    return { ...nextSearch(search), ...(typeof invite === "string" && isInviteCode(invite) && { invite }) };
  },
  beforeLoad: requireSignedOut,
});
const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite/$code",
  component: lazyRouteComponent(auth, "InvitePage"),
  beforeLoad: ({ params }) => must(isInviteCode(params.code)),
});
const setup = createRoute({ getParentRoute: () => root, path: "/setup", component: lazyRouteComponent(auth, "SetupPage"), beforeLoad: requireSignedOut });

const tree = root.addChildren([
  shell.addChildren([home, chat.addChildren([message]), rooms, room, scheduled, settings, profile, directs, direct, share]),
  login,
  register,
  invite,
  setup,
]);

/** The addresses of the client. */
export const createAppRouter = (context: RouterContext) =>
  createRouter({
    routeTree: tree,
    context,
    defaultPreload: "intent",
    defaultPendingMs: 300,
    defaultPendingComponent: PagePending,
    defaultErrorComponent: ErrorPage,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: false,
  });

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
