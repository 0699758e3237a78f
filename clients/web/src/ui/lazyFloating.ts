import { lazyPart } from "./lazyPart";
const load = () => import("./FloatingParts");

/** Menus, popovers and dialogs stand on one chunk that is fetched when the page has come to rest. */
export const FloatingMenu = lazyPart(async () => (await load()).FloatingMenu);
export const FloatingPopover = lazyPart(async () => (await load()).FloatingPopover);
export const FloatingDialog = lazyPart(async () => (await load()).FloatingDialog);

/** Fetches the chunk ahead of the first click. */
export const preloadFloating = (): void => void load().catch(() => undefined);
