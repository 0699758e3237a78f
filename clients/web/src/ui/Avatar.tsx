import type { PresenceStatus } from "@wire";
import { Hash, Megaphone, Users } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";

/** Every one of these has at least 4.5:1 against white. */
const COLOURS = ["#2b777e", "#7556bd", "#a45a32", "#4668ac", "#4d7a3e", "#a04a7a", "#2a7859", "#2f6f9f", "#8a4fa3", "#ad4747", "#946011", "#6a5a9a"];
const SIZE = {
  xs: "size-6 text-[0.625rem] [&_svg]:size-3",
  sm: "size-9 text-sm [&_svg]:size-4",
  md: "size-11 text-md [&_svg]:size-5",
  lg: "size-20 text-2xl [&_svg]:size-8",
};
const DOT = { online: "bg-ok", away: "bg-warn", dnd: "bg-danger", offline: "" };
const ICON = { room: Hash, group: Users, channel: Megaphone, person: null };

export interface AvatarProps {
  name: string;
  /** What the colour is made of; stable where the name is not. */
  seed: string | number;
  kind?: keyof typeof ICON;
  size?: keyof typeof SIZE;
  presence?: PresenceStatus;
}

/** Which of the colours a seed has. */
export function seedColour(seed: string | number): string {
  let hash = 2166136261;
  for (const char of String(seed)) hash = Math.imul(hash ^ char.codePointAt(0)!, 16777619);
  // The upper bits: neighbouring numbers differ too little in the lower ones.
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  return COLOURS[((hash ^ (hash >>> 13)) >>> 8) % COLOURS.length]!;
}

/** Up to two first letters; "?" for names without letters or digits. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).flatMap((word) => word.match(/[\p{L}\p{N}]/u)?.[0] ?? []);
  const letters = words.length > 1 ? words[0]! + words.at(-1)! : (words[0] ?? "?");
  return letters.toLocaleUpperCase();
}

/** A person's or a chat's picture: initials on a colour, an icon for chats of many. The name stands beside it. */
export function Avatar({ name, seed, kind = "person", size = "md", presence }: AvatarProps) {
  const { t } = useTranslation("common");
  const Icon = ICON[kind];
  const there = presence && presence !== "offline";
  return (
    <span className={cx("relative inline-grid shrink-0", SIZE[size])}>
      <span
        aria-hidden
        style={{ backgroundColor: seedColour(seed) }}
        className={cx("grid size-full place-items-center overflow-hidden font-semibold text-[#fff] select-none", kind === "person" ? "rounded-full" : "rounded-2")}
      >
        {Icon ? <Icon strokeWidth={2} /> : initials(name)}
      </span>
      {there && (
        <>
          <span className={cx("absolute rounded-full border-2 border-surface", size === "lg" ? "end-1 bottom-1 size-4.5" : size === "xs" ? "-end-px -bottom-px size-2.5" : "-end-px -bottom-px size-3", DOT[presence])} />
          <span className="sr-only">{t(`presence.${presence}`)}</span>
        </>
      )}
    </span>
  );
}
