import { Copy, Download, Pencil, Plus, Trash2, Upload } from "lucide-react";
import { Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { clock } from "@/lib/clock";
import { uuidV7 } from "@/lib/ids";
import { Button, ConfirmDialog, IconButton, lazyPart, toast } from "@/ui";
import { ChoiceCards } from "./ChoiceCards";
import { useAppearance } from "./context";
import { cleanName, exportThemes, importThemes, MOST_THEMES, solid, ThemeRefused, type CustomTheme } from "./custom";
import { MiniPreview } from "./MiniPreview";
import { saveFile } from "./saveFile";

const ThemeEditor = lazyPart(async () => (await import("./ThemeEditor")).ThemeEditor);

/** One's own themes: choose, make, change, copy, delete, and as files. */
export function CustomThemes() {
  const { t } = useTranslation("settings");
  const { appearance, look, change } = useAppearance();
  const [edited, setEdited] = useState<CustomTheme | null>(null);
  const [asked, setAsked] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const { custom } = appearance;
  const current = custom.find(({ id }) => id === appearance.theme);
  const full = custom.length >= MOST_THEMES;

  const fresh = (from: CustomTheme | null): CustomTheme => ({
    id: uuidV7(clock),
    name: cleanName(from ? t("themes.copyOf", { name: from.name }) : t("themes.newName", { count: custom.length + 1 })),
    base: from?.base ?? look.skin.base,
    tokens: from?.tokens ?? solid(look.skin.base, look.skin.tokens),
  });
  const save = (theme: CustomTheme) => {
    const known = custom.some(({ id }) => id === theme.id);
    change({ custom: known ? custom.map((other) => (other.id === theme.id ? theme : other)) : [...custom, theme], theme: theme.id });
    setEdited(null);
  };
  const remove = (theme: CustomTheme) => change({ custom: custom.filter(({ id }) => id !== theme.id), theme: theme.base });
  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    try {
      const read = importThemes(await chosen.text(), () => uuidV7(clock)).slice(0, MOST_THEMES - custom.length);
      const themes = withOwnNames(read, custom.map(({ name }) => name));
      change({ custom: [...custom, ...themes], theme: themes[0]?.id ?? appearance.theme });
      toast({ text: t("themes.imported", { count: themes.length }), tone: "success" });
    } catch (error) {
      toast({ text: refusalText(t, error), tone: "danger" });
    }
  };

  return (
    <section className="grid grid-cols-1 gap-3" aria-label={t("themes.label")}>
      {custom.length > 0 ? (
        <ChoiceCards
          label={t("themes.label")}
          value={current?.id ?? null}
          onChange={(theme) => change({ theme })}
          options={custom.map((theme) => ({ value: theme.id, label: theme.name, picture: <MiniPreview base={theme.base} tokens={theme.tokens} /> }))}
        />
      ) : (
        <div>
          <h3 className="text-sm font-medium">{t("themes.label")}</h3>
          <p className="text-sm text-ink-2">{t("themes.none")}</p>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button size="sm" icon={<Plus />} disabled={full} onClick={() => setEdited(fresh(null))}>
          {t("themes.create")}
        </Button>
        <Button size="sm" icon={<Upload />} disabled={full} onClick={() => file.current?.click()}>
          {t("themes.import")}
        </Button>
        {current && (
          <span className="flex flex-wrap gap-1">
            <IconButton label={t("themes.edit")} onClick={() => setEdited(current)}>
              <Pencil />
            </IconButton>
            <IconButton label={t("themes.duplicate")} disabled={full} onClick={() => setEdited(fresh(current))}>
              <Copy />
            </IconButton>
            <IconButton label={t("themes.export")} onClick={() => saveFile(`${fileName(current.name)}.json`, exportThemes([current]))}>
              <Download />
            </IconButton>
            <IconButton label={t("themes.delete")} onClick={() => setAsked(true)}>
              <Trash2 />
            </IconButton>
          </span>
        )}
      </div>
      {full && <p className="text-sm text-ink-2">{t("themes.full", { count: MOST_THEMES })}</p>}
      <input
        ref={file}
        type="file"
        accept=".json,application/json"
        aria-label={t("themes.import")}
        hidden
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = "";
        }}
      />
      {edited && (
        <Suspense>
          <ThemeEditor key={edited.id} theme={edited} onSave={save} onClose={() => setEdited(null)} />
        </Suspense>
      )}
      {current && (
        <ConfirmDialog
          open={asked}
          onOpenChange={setAsked}
          title={t("themes.deleteTitle", { name: current.name })}
          text={t("themes.deleteText")}
          confirmLabel={t("themes.deleteConfirm")}
          danger
          onConfirm={() => remove(current)}
        />
      )}
    </section>
  );
}

function refusalText(t: (key: string, options?: Record<string, unknown>) => string, error: unknown): string {
  const refused = error instanceof ThemeRefused ? error : new ThemeRefused("format");
  return t(`refused.${refused.reason}`, { part: refused.part });
}

/** The same theme may be read twice; a number tells the copies apart. */
function withOwnNames(themes: readonly CustomTheme[], taken: readonly string[]): readonly CustomTheme[] {
  const names = new Set(taken);
  return themes.map((theme) => {
    let name = theme.name;
    for (let copy = 2; names.has(name); copy++) name = `${theme.name.slice(0, 36)} ${copy}`;
    names.add(name);
    return { ...theme, name };
  });
}

/** A name that every file system takes. */
function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "") || "theme";
}
