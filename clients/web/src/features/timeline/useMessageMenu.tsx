import { CheckSquare, Copy, Eye, EyeOff, Forward, History, Link, Pencil, Pin, PinOff, Reply, RotateCcw, SmilePlus, Smile, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe, usePreference } from "@/hooks";
import type { ShownMessage } from "@/sync/types";
import type { MenuEntry, MenuItem } from "@/ui";
import { type Action, copy, linkTo, possible, quickEmoji, setPinned } from "./actions";
import { labelKey } from "./actionLabels";
import { toggleReaction } from "./react";
import { rowOnScreen, toggled, useTimeline } from "./view";

/** In which order, with lines between the groups. */
const ORDER: readonly (Action | "separator")[] = [
  "retry", "react", "reply", "edit", "separator", "copyText", "copyLink", "forward", "select", "separator", "pin", "unpin", "markUnread", "versions", "readers", "reactions", "separator",
  "delete", "discard",
];

const ICONS: Record<Action, ReactNode> = {
  react: <SmilePlus />, reply: <Reply />, edit: <Pencil />, copyText: <Copy />, copyLink: <Link />, forward: <Forward />, pin: <Pin />, unpin: <PinOff />, markUnread: <EyeOff />,
  versions: <History />, readers: <Eye />, reactions: <Smile />, select: <CheckSquare />, delete: <Trash2 />, retry: <RotateCcw />, discard: <Trash2 />,
};

export interface MessageMenu {
  can(shown: ShownMessage): ReadonlySet<Action>;
  run(action: Action, shown: ShownMessage): void;
  react(shown: ShownMessage, emoji: string): void;
  /** The entries of the menu; `flat` leaves reacting out, for the sheet that has its own row of emoji. */
  entries(shown: ShownMessage, flat?: boolean): MenuEntry[];
  readonly quick: readonly string[];
}

/** Everything a message's menus and buttons do. */
export function useMessageMenu(): MessageMenu {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const me = useMe();
  const [quick] = usePreference("composer", quickEmoji);
  const timeline = useTimeline();
  const { chatId, view } = timeline;

  const can = (shown: ShownMessage) => {
    const info = engine.store.chat(chatId)?.info;
    return possible(shown, me, info?.permissions ?? [], info?.role != null);
  };
  const react = (shown: ShownMessage, emoji: string) => me !== null && toggleReaction(engine, chatId, shown.message, emoji, me);
  const run = (action: Action, shown: ShownMessage) => {
    const { message, pending } = shown;
    switch (action) {
      case "react":
        return view.setState({ picker: { message, box: boxOfRow(shown.key) } });
      case "reply":
        return timeline.reply(message);
      case "edit":
        return timeline.edit(message);
      case "copyText":
        return void copy(t, message.content, "copied");
      case "copyLink":
        return void copy(t, linkTo(chatId, message.seq), "linkCopied");
      case "pin":
      case "unpin":
        return void setPinned(t, engine, chatId, message, action === "pin");
      case "markUnread":
        return timeline.markUnreadFrom(message);
      case "select":
        return view.setState(({ selected }) => ({ selected: toggled(selected, shown.key) }));
      case "versions":
      case "readers":
      case "reactions":
        return view.setState({ dialog: { kind: action, message } });
      case "delete":
      case "forward":
        return view.setState({ dialog: { kind: action, messages: [message] } });
      case "retry":
        return pending && engine.retry(pending.id);
      case "discard":
        return pending && engine.discard(pending.id);
    }
  };
  const item = (action: Action, shown: ShownMessage): MenuItem => ({
    label: t(labelKey(action)),
    icon: ICONS[action],
    danger: action === "delete" || action === "discard",
    ...(action === "markUnread" && { shortcut: t("altClick") }),
    ...(action === "react"
      ? { items: [...quick.map((emoji) => ({ label: emoji, checked: me !== null && (shown.message.reactions[emoji]?.includes(me) ?? false), onSelect: () => react(shown, emoji) })), ...(timeline.hasPicker ? (["separator", { label: t("moreEmoji"), onSelect: () => run("react", shown) }] as const) : [])] }
      : { onSelect: () => run(action, shown) }),
  });
  const entries = (shown: ShownMessage, flat = false) => {
    const allowed = can(shown);
    const found: MenuEntry[] = [];
    for (const action of ORDER) {
      if (action === "separator") {
        if (found.length > 0 && found.at(-1) !== "separator") found.push("separator");
      } else if (allowed.has(action) && !(flat && action === "react")) {
        found.push(item(action, shown));
      }
    }
    return found.at(-1) === "separator" ? found.slice(0, -1) : found;
  };
  return { can, run, react, entries, quick };
}

/** Where a row is in the window. */
function boxOfRow(key: string) {
  const element = rowOnScreen(key);
  const { left, top, width, height } = element?.getBoundingClientRect() ?? new DOMRect(window.innerWidth / 2, window.innerHeight / 2);
  return { left, top, width: Math.min(width, 320), height };
}
