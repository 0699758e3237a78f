import { SmilePlus } from "lucide-react";
import { memo, type MouseEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEngine, useMe } from "@/hooks";
import { safeLine } from "@/lib/text";
import { cx } from "@/ui";
import type { Message } from "@wire";
import { toggleReaction } from "./react";
import { useNameOf } from "./names";
import { useTimeline } from "./view";

/** More different emoji than this are folded. */
const SHOWN = 20;
/** So many people are named; the rest is counted. */
const NAMED = 20;

/** Who reacted with what. */
export const Reactions = memo(function Reactions({ message, allowed }: { message: Message; allowed: boolean }) {
  const { t } = useTranslation("timeline");
  const { view, hasPicker } = useTimeline();
  const [all, setAll] = useState(false);
  const entries = Object.entries(message.reactions).filter(([, people]) => people.length > 0);
  const shown = all ? entries : entries.slice(0, SHOWN);
  const pick = (event: MouseEvent<HTMLElement>) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    view.setState({ picker: { message, box: { left, top, width, height } } });
  };
  return (
    <ul className="mt-1 flex flex-wrap gap-1.5" aria-label={t("reactions")}>
      {shown.map(([emoji, people]) => (
        <li key={emoji}>
          <Reaction message={message} emoji={emoji} people={people} allowed={allowed} />
        </li>
      ))}
      {entries.length > shown.length && (
        <li>
          <button type="button" className={cx(CHIP, OTHER)} onClick={() => setAll(true)}>
            {t("moreReactions", { count: entries.length - shown.length })}
          </button>
        </li>
      )}
      {allowed && hasPicker && (
        <li>
          <button type="button" className={cx(CHIP, OTHER, "text-ink-2")} aria-label={t("addReaction")} data-tip={t("addReaction")} onClick={pick}>
            <SmilePlus aria-hidden className="size-4" />
          </button>
        </li>
      )}
    </ul>
  );
});

const CHIP =
  "inline-flex min-h-6.5 min-w-9 items-center justify-center gap-1.5 rounded-full border px-2 text-sm transition-colors enabled:hover:border-line-strong max-phone:min-h-8 max-phone:min-w-11";

const OTHER = "border-line bg-surface";

interface ReactionProps {
  message: Message;
  emoji: string;
  people: readonly number[];
  allowed: boolean;
}

function Reaction({ message, emoji, people, allowed }: ReactionProps) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const me = useMe();
  const { chatId, view } = useTimeline();
  const nameOf = useNameOf(chatId, t("someone"));
  const mine = me !== null && people.includes(me);
  const symbol = safeLine(emoji);
  // Only the first few are looked up, however many there are.
  const named = people.slice(0, NAMED).map((id) => (id === me ? t("you") : nameOf(id)));
  const rest = people.length - named.length;
  const who = rest > 0 ? t("namesAndMore", { names: named.join(", "), count: rest }) : named.join(", ");
  const openList = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
    view.setState({ dialog: { kind: "reactions", message, emoji } });
  };
  return (
    <button
      type="button"
      aria-pressed={mine}
      aria-label={t("reactionBy", { emoji: symbol, names: who, count: people.length })}
      data-tip={who}
      onClick={(event) => (allowed && me !== null ? toggleReaction(engine, chatId, message, emoji, me) : openList(event))}
      onContextMenu={openList}
      className={cx(CHIP, mine ? "border-accent bg-accent-soft text-accent" : OTHER)}
    >
      <span className="max-w-24 truncate">{symbol}</span>
      <span className="tabular-nums">{people.length}</span>
    </button>
  );
}
