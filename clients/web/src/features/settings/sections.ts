import { Bell, Keyboard, Languages, type LucideIcon, MonitorSmartphone, Palette, ShieldCheck, UserRound, Wrench } from "lucide-react";

/** Sections in their order; each is the page `/settings/<id>`. */
export const SECTIONS = [
  { id: "profile", Icon: UserRound },
  { id: "account", Icon: ShieldCheck },
  { id: "sessions", Icon: MonitorSmartphone },
  { id: "appearance", Icon: Palette },
  { id: "notifications", Icon: Bell },
  { id: "keyboard", Icon: Keyboard },
  { id: "language", Icon: Languages },
  { id: "advanced", Icon: Wrench },
] as const satisfies readonly { id: string; Icon: LucideIcon }[];

export type SectionId = (typeof SECTIONS)[number]["id"];

/** Whether there is such a section. */
export function isSection(id: string | undefined): id is SectionId {
  return SECTIONS.some((section) => section.id === id);
}
