import { WandSparkles } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, ConfirmDialog, Dialog, Segmented, TextField } from "@/ui";
import { accentTokens } from "./accent";
import { hueOf, parseColor, toHex } from "./color";
import { ContrastTable } from "./ContrastTable";
import { cleanName, solid, type CustomTheme } from "./custom";
import { SamplePreview } from "./SamplePreview";
import { TOKENS, type Base, type Token } from "./tokens";

const GROUPS: readonly { id: string; tokens: readonly Token[] }[] = [
  { id: "grounds", tokens: ["bg", "surface", "raised", "sunken", "mine"] },
  { id: "inks", tokens: ["ink", "ink-2", "ink-3", "line", "line-strong"] },
  { id: "accents", tokens: ["accent", "accent-ink", "accent-soft"] },
  { id: "signals", tokens: ["warn", "warn-ink", "danger", "danger-ink", "ok"] },
];

/** Changes a theme's colours while a sample conversation and the contrasts follow. Nothing is kept until "Save". */
export function ThemeEditor({ theme, onSave, onClose }: { theme: CustomTheme; onSave: (theme: CustomTheme) => void; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const [name, setName] = useState(theme.name);
  const [base, setBase] = useState<Base>(theme.base);
  const [tokens, setTokens] = useState(theme.tokens);
  const [asked, setAsked] = useState(false);
  const clean = cleanName(name);
  const changed = name !== theme.name || base !== theme.base || TOKENS.some((token) => tokens[token] !== theme.tokens[token]);
  // One colour chosen, the three that belong to it follow, all of them legible.
  const fitAccent = () => {
    const accent = parseColor(tokens.accent);
    if (accent) setTokens({ ...tokens, ...accentTokens(hueOf(accent), tokens, base) });
  };
  const close = () => (changed ? setAsked(true) : onClose());
  const footer = (
    <>
      <Button onClick={close}>{t("common:cancel")}</Button>
      <Button variant="primary" disabled={clean === ""} onClick={() => onSave({ id: theme.id, name: clean, base, tokens })}>
        {t("common:save")}
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={(open) => !open && close()} title={t("editor.title")} size="lg" footer={footer}>
      <div className="grid gap-6 phone:grid-cols-2">
        <div className="grid grid-cols-1 content-start gap-5">
          <TextField label={t("editor.name")} value={name} onChange={setName} maxLength={40} error={clean === "" ? t("editor.nameMissing") : null} />
          <Segmented
            label={t("editor.base")}
            value={base}
            onChange={(next) => {
              setBase(next);
              setTokens(solid(next, { accent: tokens.accent }));
            }}
            options={[
              { value: "light", label: t("theme.light") },
              { value: "dark", label: t("theme.dark") },
            ]}
          />
          {GROUPS.map((group) => (
            <fieldset key={group.id} className="grid grid-cols-1 gap-1">
              <legend className="mb-1 text-sm font-medium">{t(`editor.${group.id}`)}</legend>
              {group.tokens.map((token) => (
                <ColorRow key={token} token={token} value={tokens[token]} onChange={(color) => setTokens({ ...tokens, [token]: color })} />
              ))}
              {group.id === "accents" && (
                <Button size="sm" className="mt-1 justify-self-start" icon={<WandSparkles />} onClick={fitAccent}>
                  {t("editor.fitAccent")}
                </Button>
              )}
            </fieldset>
          ))}
        </div>
        <div className="grid grid-cols-1 content-start gap-5 max-phone:order-first phone:sticky phone:top-0">
          <SamplePreview base={base} tokens={tokens} />
          <ContrastTable tokens={tokens} />
        </div>
      </div>
      <ConfirmDialog open={asked} onOpenChange={setAsked} title={t("unsaved.title")} text={t("unsaved.text")} confirmLabel={t("unsaved.discard")} danger onConfirm={onClose} />
    </Dialog>
  );
}

/** A colour by the browser's own picker or as text; what is no colour stays in the field and is not taken. */
function ColorRow({ token, value, onChange }: { token: Token; value: string; onChange: (color: string) => void }) {
  const { t } = useTranslation("settings");
  const [typed, setTyped] = useState<string | null>(null);
  const label = t(`token.${token}`);
  const wrong = typed !== null && !parseColor(typed);
  const type = (text: string) => {
    setTyped(text);
    const color = parseColor(text);
    if (color) onChange(toHex(color));
  };
  return (
    <div className="flex items-center gap-3 text-sm">
      <span className="min-w-0 flex-1">{label}</span>
      <input
        aria-label={t("editor.asText", { name: label })}
        aria-invalid={wrong || undefined}
        className={`h-9 w-28 rounded-1 border bg-surface px-2 font-mono text-xs ${wrong ? "border-danger" : "border-line"}`}
        value={typed ?? value}
        maxLength={64}
        spellCheck={false}
        onChange={(event) => type(event.target.value)}
        onBlur={() => setTyped(null)}
      />
      <input type="color" aria-label={label} className="h-9 w-11 shrink-0 cursor-pointer rounded-1 border border-line bg-surface p-0.5" value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}
