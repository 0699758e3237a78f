import { lazyPart } from "@/ui";
export { useNotifyLevel } from "@/hooks/notifications";
export { NotificationCenter } from "./NotificationCenter";
export { QuietButton, useQuietMenu } from "./QuietButton";
/** Part of the settings, loaded with them. */
export const NotificationSettings = lazyPart(async () => (await import("./NotificationSettings")).NotificationSettings);
