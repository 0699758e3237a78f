import { useTranslation } from "react-i18next";
import { useChat } from "@/hooks";
import { completeCommand } from "@/lib/commands";
import { Dialog } from "@/ui";
import type { ChatId } from "@wire";

/** `/help`: what can be typed here. Choosing one puts it into the field. */
export function CommandHelp({ chatId, name, onClose, onPick }: { chatId: ChatId; name: string; onClose: () => void; onPick: (name: string) => void }) {
  const { t } = useTranslation("composer");
  const info = useChat(chatId)?.info;
  const found = info ? completeCommand(name, info.type, info.permissions) : [];
  const shown = found.length > 0 || !info ? found : completeCommand("", info.type, info.permissions);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("help.title")} description={t("help.text")}>
      <ul className="grid gap-0.5">
        {shown.map(({ name: command, args }) => (
          <li key={command}>
            <button
              type="button"
              onClick={() => onPick(command)}
              className="grid w-full grid-cols-[minmax(8rem,2fr)_3fr] items-baseline gap-3 rounded-1 px-2 py-1.5 text-start text-sm hover:bg-sunken max-phone:min-h-11 max-phone:grid-cols-1 max-phone:gap-0"
            >
              <span className="font-medium">
                /{command} {args !== "none" && <span className="font-normal text-ink-3">{t(`args.${command}`)}</span>}
              </span>
              <span className="text-ink-2">{t(`commands.${command}`)}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
