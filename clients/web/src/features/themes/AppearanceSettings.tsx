import { useTranslation } from "react-i18next";
import { Segmented, Slider, Switch } from "@/ui";
import { AccentPicker } from "./AccentPicker";
import { FONT_SCALE } from "./appearance";
import { ChoiceCards } from "./ChoiceCards";
import { useAppearance } from "./context";
import { CustomThemes } from "./CustomThemes";
import { MiniPreview } from "./MiniPreview";
import { PALETTES } from "./tokens";

const SEASON_COLORS = "conic-gradient(from 45deg, #6ea8d8, #dd8fb0, #d9a520, #c9772b, #6ea8d8)";

/** Theme, accent, one's own themes, density, size of text, seasons. Every choice is applied at once. */
export function AppearanceSettings() {
  const { t } = useTranslation("settings");
  const { appearance, look, change } = useAppearance();
  const plain = appearance.custom.every(({ id }) => id !== appearance.theme);
  const { light, dark, strongLight, strongDark } = PALETTES;
  const [lightHalf, darkHalf] = [{ base: "light", tokens: strongLight } as const, { base: "dark", tokens: strongDark } as const];
  return (
    <div className="grid grid-cols-1 gap-8">
      <ChoiceCards
        label={t("theme.label")}
        value={plain ? appearance.theme : null}
        onChange={(theme) => change({ theme })}
        options={[
          { value: "system", label: t("theme.system"), picture: <MiniPreview base="light" tokens={light} half={{ base: "dark", tokens: dark }} /> },
          { value: "light", label: t("theme.light"), picture: <MiniPreview base="light" tokens={light} /> },
          { value: "dark", label: t("theme.dark"), picture: <MiniPreview base="dark" tokens={dark} /> },
          { value: "contrast", label: t("theme.contrast"), picture: <MiniPreview {...(look.skin.base === "dark" ? darkHalf : lightHalf)} /> },
        ]}
      />
      {plain ? (
        <AccentPicker
          value={appearance.accent === "season" ? null : appearance.accent}
          onChange={(accent) => change({ accent })}
          special={{ id: "season", label: t("accent.season"), color: SEASON_COLORS }}
          onSpecial={() => change({ accent: "season", seasonal: true })}
        />
      ) : (
        <p className="text-sm text-ink-2">{t("accent.inTheme")}</p>
      )}
      <CustomThemes />
      <Segmented
        label={t("density.label")}
        value={appearance.density}
        onChange={(density) => change({ density })}
        options={[
          { value: "cozy", label: t("density.cozy") },
          { value: "compact", label: t("density.compact") },
        ]}
      />
      <Slider
        label={t("fontSize")}
        min={FONT_SCALE.least * 100}
        max={FONT_SCALE.most * 100}
        step={FONT_SCALE.step * 100}
        value={Math.round(appearance.fontScale * 100)}
        onChange={(percent) => change({ fontScale: percent / 100 })}
        format={(percent) => `${percent}\u202f%`}
      />
      <Switch label={t("seasonal.label")} hint={t("seasonal.hint")} checked={appearance.seasonal} onChange={(seasonal) => change({ seasonal })} />
    </div>
  );
}
