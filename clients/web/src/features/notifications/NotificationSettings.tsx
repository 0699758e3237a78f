import { useTranslation } from "react-i18next";
import { useChatSummaries } from "@/hooks";
import { useNotificationPrefs } from "@/hooks/notifications";
import { levelOf, LEVELS, withLevel, type Level } from "@/lib/notify";
import { safeName } from "@/lib/text";
import { Select, Segmented, Switch } from "@/ui";
import { KeywordField } from "./KeywordField";
import { PermissionCard } from "./PermissionCard";
import { QuietSettings } from "./QuietSettings";
import { Part } from "@/ui/Part";
import { SoundSettings } from "./SoundSettings";
import { WhyNot } from "./WhyNot";

/** The page of settings about notifications. */
export function NotificationSettings() {
  const { t } = useTranslation("notifications");
  const [prefs, change] = useNotificationPrefs();
  return (
    <div className="grid grid-cols-1 gap-6">
      <PermissionCard />
      <Part title={t("what")} text={t("whatText")}>
        <Segmented<Level>
          label={t("level")}
          value={prefs.level}
          options={LEVELS.map((level) => ({ value: level, label: t(`levels.${level}`) }))}
          onChange={(level) => change({ level })}
        />
        <KeywordField />
        <Switch label={t("preview")} hint={t("previewHint")} checked={prefs.preview} onChange={(preview) => change({ preview })} />
      </Part>
      <Exceptions />
      <SoundSettings />
      <QuietSettings />
      <WhyNot />
    </div>
  );
}

/** The chats that do not follow the general level. */
function Exceptions() {
  const { t } = useTranslation("notifications");
  const [prefs, change] = useNotificationPrefs();
  const chats = useChatSummaries().filter((chat) => Object.hasOwn(prefs.perChat, chat.id));
  if (chats.length === 0) return null;
  const set = (chatId: string, level: Level | "general") => change(withLevel(prefs, chatId, level === "general" ? null : level));
  return (
    <Part title={t("exceptions")} text={t("exceptionsText")}>
      <ul className="grid grid-cols-1 gap-2">
        {chats.map((chat) => (
          <li key={chat.id} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <bdi className="min-w-0 flex-1 basis-40 truncate">{safeName(chat.title, chat.id)}</bdi>
            <div className="w-56 max-w-full">
              <Select<Level | "general">
                label={t("levelIn", { chat: safeName(chat.title, chat.id) })}
                hideLabel
                value={levelOf(prefs, chat.id)}
                options={[...LEVELS.map((level) => ({ value: level, label: t(`levels.${level}`) })), { value: "general", label: t("followGeneral") }]}
                onChange={(level) => set(chat.id, level)}
              />
            </div>
          </li>
        ))}
      </ul>
    </Part>
  );
}
