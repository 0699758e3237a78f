import { MoreHorizontal, Reply, SmilePlus } from "lucide-react";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { ShownMessage } from "@/sync/types";
import { IconButton } from "@/ui";
import { useMessageMenu } from "./useMessageMenu";
import { useTimeline } from "./view";

const boxOf = (event: MouseEvent<HTMLElement>) => {
  const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
  return { left, top, width, height };
};

/** The buttons over the message that is pointed at: recent reactions, reply, more. On phones a held finger does it. */
export function Toolbar({ shown }: { shown: ShownMessage }) {
  const { t } = useTranslation("timeline");
  const { view, hasPicker } = useTimeline();
  const menu = useMessageMenu();
  const can = menu.can(shown);
  return (
    // Sticky, so that at the list's upper edge it slides over the message instead of being cut.
    <div className="pointer-events-none absolute -inset-y-4 end-2 z-10 pointer-coarse:hidden">
      <div role="toolbar" aria-label={t("messageActions")} className="pointer-events-auto sticky top-1 flex items-center rounded-2 border border-line bg-raised p-0.5 shadow-raised">
        {can.has("react") && (
          <span className="hidden items-center phone:flex">
            {menu.quick.map((emoji) => (
              <button key={emoji} type="button" aria-label={t("reactWith", { emoji })} onClick={() => menu.react(shown, emoji)} className="grid size-7 place-items-center rounded-1 text-base hover:bg-sunken">
                {emoji}
              </button>
            ))}
          </span>
        )}
        {can.has("react") && hasPicker && (
          <IconButton size="sm" label={t("addReaction")} onClick={(event) => view.setState({ picker: { message: shown.message, box: boxOf(event) } })}>
            <SmilePlus />
          </IconButton>
        )}
        {can.has("reply") && (
          <IconButton size="sm" label={t("action.reply")} onClick={() => menu.run("reply", shown)}>
            <Reply />
          </IconButton>
        )}
        <IconButton
          size="sm"
          label={t("more")}
          aria-haspopup="menu"
          aria-expanded={false}
          onClick={(event) => view.setState({ menu: { shown, box: boxOf(event), byKeyboard: event.detail === 0, touch: false } })}
        >
          <MoreHorizontal />
        </IconButton>
      </div>
    </div>
  );
}
