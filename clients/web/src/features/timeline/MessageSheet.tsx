import { useTranslation } from "react-i18next";
import { SmilePlus } from "lucide-react";
import { useMe } from "@/hooks";
import type { ShownMessage } from "@/sync/types";
import { cx, Dialog, type MenuItem } from "@/ui";
import type { MessageMenu } from "./useMessageMenu";

interface Props {
  shown: ShownMessage;
  menu: MessageMenu;
  onClose: () => void;
}

/** What can be done with a message, as a sheet from below for fingers. */
export function MessageSheet({ shown, menu, onClose }: Props) {
  const { t } = useTranslation("timeline");
  const me = useMe();
  const choose = (act: () => void) => () => {
    onClose();
    // After the sheet has given the focus back, so that what opens keeps it.
    requestAnimationFrame(act);
  };
  const canReact = menu.can(shown).has("react");
  const items = menu.entries(shown, true).filter((entry): entry is MenuItem => entry !== "separator");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("messageActions")}
      hideTitle
      className="max-phone:top-auto! max-phone:bottom-0! max-phone:h-auto! max-phone:max-h-[85dvh] max-phone:translate-y-0! max-phone:rounded-t-3"
    >
      {canReact && (
        <div className="flex justify-between border-b border-line p-2">
          {menu.quick.map((emoji) => (
            <button
              key={emoji}
              type="button"
              aria-label={t("reactWith", { emoji })}
              aria-pressed={me !== null && (shown.message.reactions[emoji]?.includes(me) ?? false)}
              onClick={choose(() => menu.react(shown, emoji))}
              className="grid size-11 place-items-center rounded-full text-2xl aria-pressed:bg-accent-soft"
            >
              {emoji}
            </button>
          ))}
          <button type="button" aria-label={t("addReaction")} onClick={choose(() => menu.run("react", shown))} className="grid size-11 place-items-center rounded-full text-ink-2">
            <SmilePlus aria-hidden className="size-6" />
          </button>
        </div>
      )}
      <ul className="p-1 pb-2">
        {items.map((item) => (
          <li key={item.label}>
            <button
              type="button"
              onClick={choose(() => item.onSelect?.())}
              className={cx("flex min-h-12 w-full items-center gap-4 rounded-2 px-4 text-start [&>svg]:size-5 [&>svg]:stroke-[1.75]", item.danger && "text-danger")}
            >
              {item.icon}
              {item.label}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
