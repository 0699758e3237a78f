import { Check } from "lucide-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Slider } from "@/ui";
import { ACCENTS, accentTokens, FREE_CHROMA, sameAccent, type Accent } from "./accent";
import { useAppearance } from "./context";

const PRESETS = Object.entries(ACCENTS) as [keyof typeof ACCENTS, Accent][];
/** Stands for "none of its own" and for the season beside real accents. */
export type Special = { readonly id: string; readonly label: string; readonly color: string };

/** Eight accents and a slider for any hue. What is shown is what will be set: corrected for contrast on the theme. */
export function AccentPicker({ value, onChange, special, onSpecial }: {
  value: Accent | null;
  onChange: (accent: Accent) => void;
  special: Special;
  onSpecial: () => void;
}) {
  const { t } = useTranslation("settings");
  const { skin } = useAppearance().look;
  const name = useId();
  const shown = (accent: Accent) => accentTokens(accent, skin.tokens, skin.base, skin.strong ? 7 : 4.5).accent;
  return (
    <div className="grid grid-cols-1 gap-4">
      <fieldset className="min-w-0">
        <legend className="mb-2 text-sm font-medium">{t("accent.label")}</legend>
        <div className="flex flex-wrap gap-2">
          <Swatch name={name} label={special.label} color={special.color} checked={value === null} onChange={onSpecial} />
          {PRESETS.map(([id, accent]) => (
            <Swatch key={id} name={name} label={t(`accent.${id}`)} color={shown(accent)} checked={value !== null && sameAccent(accent, value)} onChange={() => onChange(accent)} />
          ))}
        </div>
      </fieldset>
      <Slider
        label={t("accent.hue")}
        min={0}
        max={360}
        step={5}
        value={Math.round(value?.hue ?? ACCENTS.teal.hue)}
        onChange={(hue) => onChange({ hue, chroma: FREE_CHROMA })}
        format={(hue) => `${hue}°`}
      />
    </div>
  );
}

function Swatch({ name, label, color, checked, onChange }: { name: string; label: string; color: string; checked: boolean; onChange: () => void }) {
  return (
    <label data-tip={label} className="grid size-11 cursor-pointer place-items-center rounded-full has-checked:shadow-[0_0_0_2px_var(--surface),0_0_0_4px_var(--ink)] has-focus-visible:outline-2 has-focus-visible:outline-offset-4 has-focus-visible:outline-accent">
      <input type="radio" className="sr-only" name={name} aria-label={label} checked={checked} onChange={onChange} />
      <span className="grid size-9 place-items-center rounded-full text-surface" style={{ background: color }}>
        {checked && <Check aria-hidden className="size-4.5" strokeWidth={3} />}
      </span>
    </label>
  );
}
