import { Bold, Code, EyeOff, Italic, Link, List, SquareCode, Strikethrough, TextQuote } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { shortcutText, type ShortcutId } from "@/lib/keys";
import { IconButton } from "@/ui";
import type { Format } from "./format";

const BUTTONS: readonly { format: Format; Icon: typeof Bold; shortcut?: ShortcutId }[] = [
  { format: "bold", Icon: Bold, shortcut: "bold" },
  { format: "italic", Icon: Italic, shortcut: "italic" },
  { format: "strike", Icon: Strikethrough, shortcut: "strike" },
  { format: "code", Icon: Code, shortcut: "code" },
  { format: "codeBlock", Icon: SquareCode, shortcut: "codeBlock" },
  { format: "link", Icon: Link, shortcut: "link" },
  { format: "quote", Icon: TextQuote, shortcut: "quote" },
  { format: "list", Icon: List },
  { format: "spoiler", Icon: EyeOff },
];

/** The formats as buttons; those on at the cursor look pressed. One stop of the Tab key, arrows move within. */
export function Toolbar({ active, onFormat }: { active: ReadonlySet<Format>; onFormat: (format: Format) => void }) {
  const { t } = useTranslation("composer");
  const [stop, setStop] = useState(0);
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const by = event.key === forward ? 1 : event.key === "ArrowLeft" || event.key === "ArrowRight" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = (stop + by + BUTTONS.length) % BUTTONS.length;
    setStop(next);
    event.currentTarget.querySelectorAll("button")[next]?.focus();
  };
  return (
    <div role="toolbar" aria-label={t("formatting")} onKeyDown={move} className="flex items-center gap-0.5 overflow-x-auto px-2 pb-1.5" data-swipe="none">
      {BUTTONS.map(({ format, Icon, shortcut }, at) => (
        <IconButton
          key={format}
          size="sm"
          label={t(`format.${format}`)}
          tabIndex={at === stop ? 0 : -1}
          active={active.has(format)}
          {...(shortcut && { shortcut: shortcutText(shortcut) })}
          onPointerDown={(event) => event.preventDefault()}
          onFocus={() => setStop(at)}
          onClick={() => onFormat(format)}
        >
          <Icon />
        </IconButton>
      ))}
    </div>
  );
}
