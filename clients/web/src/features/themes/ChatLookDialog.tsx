import { useTranslation } from "react-i18next";
import type { ChatId } from "@wire";
import { Button, Dialog } from "@/ui";
import { AccentPicker } from "./AccentPicker";
import { BACKGROUND_NAMES, BACKGROUNDS } from "./backgrounds";
import { ChoiceCards } from "./ChoiceCards";
import { useAppearance } from "./context";
import { SamplePreview } from "./SamplePreview";
import { chatStyle, useChatLook } from "./useChatLook";

/** Background and accent of one chat, for oneself on all devices. */
export function ChatLookDialog({ chatId, open, onOpenChange }: { chatId: ChatId; open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("settings");
  const { skin } = useAppearance().look;
  const { look, style, set } = useChatLook(chatId);
  const { background: _background, ...onlyAccent } = look;
  const { accent: _accent, ...withoutAccent } = look;
  const accented = chatStyle(onlyAccent, skin);
  const footer = (
    <>
      <Button onClick={() => set({})}>{t("chatLook.reset")}</Button>
      <Button variant="primary" onClick={() => onOpenChange(false)}>
        {t("done")}
      </Button>
    </>
  );
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("chatLook.title")} description={t("chatLook.text")} size="md" footer={footer}>
      <div className="grid grid-cols-1 gap-6">
        <SamplePreview base={skin.base} tokens={skin.tokens} style={style} />
        {skin.strong && <p className="text-sm text-ink-2">{t("chatLook.strong")}</p>}
        <ChoiceCards
          label={t("chatLook.background")}
          columns="grid-cols-[repeat(auto-fill,minmax(6rem,1fr))]"
          value={look.background ?? "none"}
          onChange={(background) => set({ ...look, background })}
          options={BACKGROUND_NAMES.map((name) => ({
            value: name,
            label: t(`background.${name}`),
            picture: <span className="block h-14 rounded-1 border border-line bg-surface" style={{ ...accented, ...BACKGROUNDS[name] }} />,
          }))}
        />
        <AccentPicker
          value={look.accent ?? null}
          onChange={(accent) => set({ ...look, accent })}
          special={{ id: "own", label: t("chatLook.noAccent"), color: skin.tokens.accent }}
          onSpecial={() => set(withoutAccent)}
        />
      </div>
    </Dialog>
  );
}
