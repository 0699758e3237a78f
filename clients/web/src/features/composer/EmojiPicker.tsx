import { Clock, Flag, Hand, Heart, Lightbulb, PawPrint, Pizza, Plane, Search, Smile, Trophy } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { useComposerPrefs, withRecent } from "@/hooks/composerPrefs";
import { type EmojiData, emojiLabel, emojiNow, loadEmoji, type SkinTone } from "@/lib/emoji";
import { cx, Menu, Spinner } from "@/ui";
import { cellId, EmojiGrid } from "./EmojiGrid";
import { type Cell, emojiRows, moveCell, type Section } from "./emojiRows";
import { touchOnly } from "./field";
import { emojiLanguage } from "./language";
import { usePhone } from "./usePhone";

const TABS: readonly { section: Section; Icon: typeof Clock }[] = [
  { section: "recent", Icon: Clock }, { section: "smileys", Icon: Smile }, { section: "people", Icon: Hand },
  { section: "animals", Icon: PawPrint }, { section: "food", Icon: Pizza }, { section: "travel", Icon: Plane },
  { section: "activities", Icon: Trophy }, { section: "objects", Icon: Lightbulb }, { section: "symbols", Icon: Heart },
  { section: "flags", Icon: Flag },
];
const TONES: readonly SkinTone[] = [0, 1, 2, 3, 4, 5];
const HANDS = ["✋", "✋🏻", "✋🏼", "✋🏽", "✋🏾", "✋🏿"];

export interface EmojiPickerProps {
  onPick: (emoji: string) => void;
  onClose: () => void;
}

/**
 * Choosing an emoji: by group, by words in the language of the interface and in English, and from the recent ones.
 * Put it into a popover; on phones it takes itself to the lower end of the screen.
 */
export default function EmojiPicker({ onPick, onClose }: EmojiPickerProps) {
  const { t, i18n } = useTranslation("composer");
  const phone = usePhone();
  const language = emojiLanguage(i18n.language);
  const [data, setData] = useState<EmojiData | null>(() => ready(language));
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    void loadEmoji(language).then(setData, () => setFailed(true));
  }, [language]);
  const content = data ? <Loaded {...{ data, phone, onPick, onClose }} /> : (
    <div className="grid flex-1 place-items-center p-6 text-center text-sm text-ink-2">
      {failed ? t("emoji.unavailable") : <Spinner label={t("common:loading")} />}
    </div>
  );
  return phone ? <Sheet label={t("emoji.title")} onClose={onClose}>{content}</Sheet> : <div className="flex h-[min(26rem,70dvh)] w-[21.5rem] flex-col">{content}</div>;
}

function ready(language: "en" | "ru"): EmojiData | null {
  const data = emojiNow();
  return data?.words.has(language) ? data : null;
}

function Sheet({ label, onClose, children }: { label: string; onClose: () => void; children: ReactNode }) {
  return createPortal(
    <div className="fixed inset-0 z-60 flex flex-col justify-end bg-scrim" onClick={onClose} data-swipe="none">
      <div
        role="dialog"
        aria-modal
        aria-label={label}
        onClick={(event) => event.stopPropagation()}
        onKeyDown={(event) => event.key === "Escape" && onClose()}
        className="flex h-[min(28rem,70dvh)] animate-[rise_160ms_ease-out] flex-col rounded-t-3 bg-raised pb-[env(safe-area-inset-bottom)] text-ink shadow-raised"
      >
        <span aria-hidden className="mx-auto mt-2 h-1 w-9 shrink-0 rounded-full bg-line" />
        {children}
      </div>
    </div>,
    document.body,
  );
}

function Loaded({ data, phone, onPick, onClose }: EmojiPickerProps & { data: EmojiData; phone: boolean }) {
  const { t, i18n } = useTranslation("composer");
  const id = useId();
  const [prefs, change] = useComposerPrefs();
  const [query, setQuery] = useState("");
  const [marked, setMarked] = useState(-1);
  const [section, setSection] = useState<Section>("smileys");
  const [jump, setJump] = useState<{ section: Section } | null>(null);
  const [, again] = useState(0);
  const search = useRef<HTMLInputElement>(null);
  const size = phone ? 44 : 36;
  const columns = phone ? Math.max(6, Math.floor((window.innerWidth - 16) / size)) : 9;
  const language = emojiLanguage(i18n.language);
  const words = data.words.size;
  const rows = useMemo(
    () => emojiRows(data, query, prefs.recentEmoji, prefs.skinTone, columns),
    // The words of another language may have come meanwhile.
    [data, query, prefs.recentEmoji, prefs.skinTone, columns, words],
  );
  const cells = useMemo(() => rows.flatMap((row) => (row.kind === "cells" ? row.cells : [])), [rows]);
  // While searching, Enter takes the best match.
  const active = query.trim() !== "" && marked < 0 && cells.length > 0 ? 0 : Math.min(marked, cells.length - 1);

  useEffect(() => {
    if (!touchOnly()) search.current?.focus();
  }, []);
  useEffect(() => {
    if (/\p{Script=Cyrillic}/u.test(query) && !data.words.has("ru")) void loadEmoji("ru").then(() => again((n) => n + 1), () => undefined);
  }, [query, data]);

  const pick = (cell: Cell | undefined) => {
    if (!cell) return;
    change({ recentEmoji: withRecent(prefs.recentEmoji, cell.emoji) });
    onClose();
    onPick(cell.emoji);
  };
  const label = (cell: Cell) => (cell.entry ? emojiLabel(data, cell.entry, language) : cell.emoji);
  const onSection = useCallback((next: Section) => setSection(next), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      return pick(cells[active]);
    }
    const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
    // In the field the arrows move the cursor until a cell is marked by moving down.
    if (sideways && event.target === search.current && (marked < 0 || query !== "")) return;
    const rtl = document.documentElement.dir === "rtl" && sideways;
    const key = rtl ? (event.key === "ArrowLeft" ? "ArrowRight" : "ArrowLeft") : event.key;
    const next = moveCell(rows, active, key);
    if (next === null) return;
    event.preventDefault();
    setMarked(next);
  };
  const shown = cells[active];
  return (
    <>
      <div className="flex items-center gap-1.5 p-2 pb-1">
        <label className="flex min-w-0 flex-1 items-center gap-2 rounded-2 bg-sunken px-2.5 focus-within:shadow-[0_0_0_2px_var(--accent)]">
          <Search aria-hidden className="size-4 shrink-0 text-ink-3" />
          <input
            ref={search}
            type="search"
            role="combobox"
            aria-expanded
            aria-haspopup="grid"
            aria-controls={id}
            aria-activedescendant={active >= 0 ? cellId(id, active) : undefined}
            aria-label={t("emoji.search")}
            placeholder={t("emoji.search")}
            autoComplete="off"
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setMarked(-1);
            }}
            onKeyDown={onKeyDown}
            className="h-9 min-w-0 flex-1 bg-transparent text-sm outline-none placeholder:text-ink-3 [&::-webkit-search-cancel-button]:hidden max-phone:h-11 max-phone:text-[1rem]"
          />
        </label>
        <Menu
          label={t("emoji.tone")}
          align="end"
          items={TONES.map((tone) => ({ label: t(`tone.${tone}`), icon: <span>{HANDS[tone]}</span>, checked: prefs.skinTone === tone, onSelect: () => change({ skinTone: tone }) }))}
          trigger={
            <button type="button" aria-label={t("emoji.tone")} data-tip={t("emoji.tone")} className="grid size-9 shrink-0 place-items-center rounded-2 text-lg hover:bg-sunken max-phone:size-11">
              {HANDS[prefs.skinTone]}
            </button>
          }
        />
      </div>
      {query.trim() === "" && (
        <div className="flex justify-between px-2" role="group" aria-label={t("emoji.groups")}>
          {TABS.filter((tab) => tab.section !== "recent" || prefs.recentEmoji.length > 0).map((tab) => (
            <button
              key={tab.section}
              type="button"
              aria-label={t(`emoji.${tab.section}`)}
              aria-pressed={tab.section === section}
              data-tip={t(`emoji.${tab.section}`)}
              onClick={() => setJump({ section: tab.section })}
              className={cx("grid h-8 min-w-7 flex-1 place-items-center rounded-1 max-phone:h-11 [&_svg]:size-4.5 [&_svg]:stroke-[1.75]", tab.section === section ? "bg-accent-soft text-accent" : "text-ink-3 hover:text-ink")}
            >
              <tab.Icon />
            </button>
          ))}
        </div>
      )}
      {cells.length === 0 ? (
        <p id={id} role="status" className="grid flex-1 place-items-center p-6 text-center text-sm text-ink-2">{t("emoji.nothing")}</p>
      ) : (
        <EmojiGrid {...{ id, rows, columns, size, active, jump, label, onKeyDown, onSection }} onPick={pick} onHover={(cell) => setMarked(cell.at)} />
      )}
      <div className="flex h-9 shrink-0 items-center gap-2 border-t border-line px-3 text-xs text-ink-2 max-phone:hidden" aria-hidden>
        {shown && (
          <>
            <span className="text-lg leading-none">{shown.emoji}</span>
            <span className="truncate">{label(shown)}</span>
            {shown.entry && <span className="ms-auto truncate text-ink-3">:{shown.entry.codes[0]}:</span>}
          </>
        )}
      </div>
    </>
  );
}
