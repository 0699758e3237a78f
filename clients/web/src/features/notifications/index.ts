import { lazy } from "react";

export { useNotifyLevel } from "@/hooks/notifications";
export { NotificationCenter } from "./NotificationCenter";
export { QuietButton, useQuietMenu } from "./QuietButton";
/** Part of the settings, loaded with them. */
export const NotificationSettings = lazy(async () => ({ default: (await import("./NotificationSettings")).NotificationSettings }));
