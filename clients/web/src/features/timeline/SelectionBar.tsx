import { Copy, Forward, Trash2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe } from "@/hooks";
import { times } from "@/lib/time";
import { IconButton } from "@/ui";
import { copy, possible } from "./actions";
import { nameOf } from "./names";
import { copyText } from "./quote";
import type { Row } from "./rows";
import { useTimeline, useView } from "./view";

/** What can be done with the selected messages; in place of nothing when none is selected. */
export function SelectionBar({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const me = useMe();
  const { chatId, view } = useTimeline();
  const selected = useView((state) => state.selected);
  if (selected === null) return null;
  const chosen = rows.filter((row) => selected.has(row.key) && !row.shown.message.deleted).map((row) => row.shown);
  const messages = chosen.map((shown) => shown.message);
  const info = engine.store.chat(chatId)?.info;
  const allMay = (action: "delete" | "forward") => chosen.length > 0 && chosen.every((shown) => possible(shown, me, info?.permissions ?? [], info?.role != null).has(action));
  const leave = () => view.setState({ selected: null });
  const copyAll = () => {
    void copy(t, copyText(messages, (message) => nameOf(engine, chatId, message.sender_id, message.sender_username), (at) => times().short(at)), "copied");
    leave();
  };
  return (
    <div role="toolbar" aria-label={t("selection")} className="absolute inset-x-3 top-3 z-20 flex items-center gap-1 rounded-2 border border-line bg-raised p-1 shadow-raised">
      <IconButton label={t("stopSelecting")} shortcut="Esc" onClick={leave}>
        <X />
      </IconButton>
      <span className="flex-1 px-1 text-sm font-medium" aria-live="polite">
        {t("selected", { count: chosen.length })}
      </span>
      <IconButton label={t("action.copyText")} disabled={chosen.length === 0} onClick={copyAll}>
        <Copy />
      </IconButton>
      <IconButton label={t("action.forward")} disabled={!allMay("forward")} onClick={() => view.setState({ dialog: { kind: "forward", messages } })}>
        <Forward />
      </IconButton>
      <IconButton label={t("action.delete")} disabled={!allMay("delete")} onClick={() => view.setState({ dialog: { kind: "delete", messages } })} className="text-danger">
        <Trash2 />
      </IconButton>
    </div>
  );
}
