import { CalendarClock, Check, ChevronUp, Clock, CornerDownLeft, ListChecks, SendHorizontal, Smile } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useComposerPrefs } from "@/hooks/composerPrefs";
import { clock } from "@/lib/clock";
import { times } from "@/lib/time";
import { presets } from "@/lib/presets";
import { ContextMenu, cx, IconButton, Menu, type MenuEntry, Spinner } from "@/ui";

export interface SendButtonProps {
  editing: boolean;
  /** Whether there is something that may be sent. */
  ready: boolean;
  busy: boolean;
  onSend: () => void;
  onSendLater: (at: Date) => void;
  onPickMoment: () => void;
  onShowScheduled: () => void;
}

/** Sends; its menu (the arrow, a right click or a held finger) sends later and has the options of writing. */
export function SendButton({ editing, ready, busy, onSend, onSendLater, onPickMoment, onShowScheduled }: SendButtonProps) {
  const { t } = useTranslation("composer");
  const [prefs, change] = useComposerPrefs();
  const items = (): MenuEntry[] => {
    const later = presets(new Date(clock.now())).map(({ id, at }): MenuEntry => ({
      label: t(`later.${id}`),
      icon: <Clock />,
      shortcut: times().time(at),
      disabled: !ready,
      onSelect: () => onSendLater(at),
    }));
    return [
      ...later,
      { label: t("later.exact"), icon: <CalendarClock />, disabled: !ready, onSelect: onPickMoment },
      "separator",
      { label: t("scheduled.show"), icon: <ListChecks />, onSelect: onShowScheduled },
      { label: t("option.ctrlEnter"), icon: <CornerDownLeft />, checked: prefs.ctrlEnter, onSelect: () => change({ ctrlEnter: !prefs.ctrlEnter }) },
      { label: t("option.emoticons"), icon: <Smile />, checked: prefs.emoticons, onSelect: () => change({ emoticons: !prefs.emoticons }) },
    ];
  };
  const button = (
    <button
      type="button"
      aria-label={editing ? t("saveEdit") : t("send")}
      data-tip={editing ? t("saveEdit") : t("send")}
      data-tip-keys={prefs.ctrlEnter ? "Ctrl+Enter" : "Enter"}
      disabled={!ready || busy}
      // The field keeps the focus, and a phone its keyboard.
      onPointerDown={(event) => event.preventDefault()}
      onClick={onSend}
      className={cx(
        "grid size-9 shrink-0 place-items-center rounded-full transition max-phone:size-11 [&_svg]:size-5 [&_svg]:stroke-[1.75]",
        ready ? "bg-accent text-accent-ink hover:brightness-110" : "bg-sunken text-ink-3 disabled:cursor-default",
      )}
    >
      {busy ? <Spinner label={t("working")} className="size-5" /> : editing ? <Check /> : <SendHorizontal className="rtl:-scale-x-100" />}
    </button>
  );
  if (editing) return button;
  return (
    <>
      <Menu
        label={t("sendOptions")}
        align="end"
        items={items}
        trigger={
          <IconButton label={t("sendOptions")} size="sm" className="mb-1 max-phone:hidden" onPointerDown={(event) => event.preventDefault()}>
            <ChevronUp />
          </IconButton>
        }
      />
      <ContextMenu items={items} label={t("sendOptions")}>
        {button}
      </ContextMenu>
    </>
  );
}
