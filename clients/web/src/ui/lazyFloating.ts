import { lazy } from "react";

const load = () => import("./FloatingParts");

/** Menus, popovers and dialogs stand on one chunk that is fetched when the page has come to rest. */
export const FloatingMenu = lazy(async () => ({ default: (await load()).FloatingMenu }));
export const FloatingPopover = lazy(async () => ({ default: (await load()).FloatingPopover }));
export const FloatingDialog = lazy(async () => ({ default: (await load()).FloatingDialog }));

/** Fetches the chunk ahead of the first click. */
export const preloadFloating = (): void => void load().catch(() => undefined);
