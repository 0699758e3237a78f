import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Popover } from "@/ui";
import { FloatingMenu } from "@/ui/lazyFloating";
import { useEngine, useMe } from "@/hooks";
import { toggleReaction } from "./react";
import { MessageSheet } from "./MessageSheet";
import { useMessageMenu } from "./useMessageMenu";
import { useTimeline, useView } from "./view";

/** The one menu of the timeline, for whichever message it is opened. */
export function OpenMenu() {
  const { t } = useTranslation("timeline");
  const { view } = useTimeline();
  const open = useView((state) => state.menu);
  const menu = useMessageMenu();
  const [focus] = useState(whereToReturn);
  if (open === null) return null;
  const close = () => view.setState({ menu: null });
  if (open.touch) return <MessageSheet shown={open.shown} menu={menu} onClose={close} />;
  return (
    <Suspense>
      <FloatingMenu box={open.box} entries={menu.entries(open.shown)} label={t("messageActions")} byKeyboard={open.byKeyboard} returnTo={focus} onClose={close} />
    </Suspense>
  );
}

/** Where the focus goes when the menu closes: where it was, but not to a button over a row, which is gone by then. */
function whereToReturn(): HTMLElement | null {
  const focused = document.activeElement;
  return focused instanceof HTMLElement && focused !== document.body ? (focused.closest<HTMLElement>("[data-key]") ?? focused) : null;
}

/** The one emoji picker of the timeline. */
export function OpenPicker() {
  const { t } = useTranslation("timeline");
  const { view, renderEmojiPicker, chatId } = useTimeline();
  const engine = useEngine();
  const me = useMe();
  const open = useView((state) => state.picker);
  if (open === null || !renderEmojiPicker) return null;
  const close = () => view.setState({ picker: null });
  const onPick = (emoji: string) => {
    if (me !== null) toggleReaction(engine, chatId, open.message, emoji, me);
    close();
  };
  const { left, top, width, height } = open.box;
  const anchor = <button type="button" tabIndex={-1} aria-hidden className="pointer-events-none fixed opacity-0" style={{ left, top, width, height }} />;
  return (
    // To where there is more room: the picker grows when its emoji have come, and would be cut then.
    <Popover open onOpenChange={(next) => !next && close()} trigger={anchor} side={top > window.innerHeight / 2 ? "top" : "bottom"} label={t("addReaction")} className="p-0">
      <Suspense>{renderEmojiPicker({ onPick, onClose: close })}</Suspense>
    </Popover>
  );
}
