import { useTranslation } from "react-i18next";
import { clock } from "@/lib/clock";
import { findCommand } from "@/lib/commands";
import { parseWhen } from "@/lib/when";
import { momentText } from "./moment";
import { NoticeLine } from "./NoticeLine";

/** Usage of the command at hand; for those with a time, the moment as it was understood. */
export function CommandHint({ text }: { text: string }) {
  const { t } = useTranslation("composer");
  const [, typed = "", args = ""] = /^\/(\w+)\s+([\s\S]*)$/.exec(text) ?? [];
  const command = findCommand(typed);
  if (!command || command.args === "none") return null;
  const timed = command.name === "later" || command.name === "remind";
  const when = timed ? parseWhen(args, new Date(clock.now())) : null;
  return (
    <NoticeLine tone="hint">
      <span className="shrink-0 font-medium">
        /{command.name} {t(`args.${command.name}`)}
      </span>
      <span className="min-w-0 truncate">{when ? t("at", { time: momentText(when.at) }) : t(`commands.${command.name}`)}</span>
    </NoticeLine>
  );
}
