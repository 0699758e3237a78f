import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Avatar, cx } from "@/ui";
import type { Suggestion } from "./useSuggestions";

export interface SuggestionsListProps {
  id: string;
  items: readonly Suggestion[];
  active: number;
  onPick: (at: number) => void;
  onHover: (at: number) => void;
}

/** The id of a row, for `aria-activedescendant`. */
export const optionId = (id: string, at: number): string => `${id}-${at}`;

/** The popup over the field. The focus stays in the field; the marked row is told by `aria-activedescendant`. */
export function Suggestions({ id, items, active, onPick, onHover }: SuggestionsListProps) {
  const { t } = useTranslation("composer");
  const marked = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // Newer browsers return a promise, which an effect must not.
    void marked.current?.scrollIntoView?.({ block: "nearest" });
  }, [active]);
  return (
    <ul
      id={id}
      role="listbox"
      aria-label={t("suggestions")}
      className="absolute inset-x-0 bottom-full z-20 mb-2 max-h-[min(21rem,45dvh)] overflow-y-auto overscroll-contain rounded-2 border border-line bg-raised p-1 shadow-raised"
    >
      {items.map((item, at) => (
        <li
          key={item.key}
          ref={at === active ? marked : null}
          id={optionId(id, at)}
          role="option"
          aria-selected={at === active}
          // The field must not lose the focus.
          onPointerDown={(event) => event.preventDefault()}
          onPointerMove={() => at !== active && onHover(at)}
          onClick={() => onPick(at)}
          className={cx(
            "flex min-h-9 cursor-pointer items-center gap-2.5 rounded-1 px-2 py-1 text-sm max-phone:min-h-11",
            at === active && "bg-accent-soft",
          )}
        >
          <Mark item={item} />
          <bdi className="max-w-[60%] shrink-0 truncate font-medium">{item.label}</bdi>
          {item.detail && <bdi className="min-w-0 truncate text-ink-2">{item.detail}</bdi>}
        </li>
      ))}
    </ul>
  );
}

function Mark({ item: { mark, label } }: { item: Suggestion }) {
  // The name of a command begins with its sign anyway.
  if (mark.kind === "sign" && mark.text === "/") return null;
  if (mark.kind !== "sign") return <Avatar name={label} seed={mark.seed} kind={mark.kind} size="xs" />;
  return (
    <span aria-hidden className={cx("grid size-6 shrink-0 place-items-center", mark.text === "@" ? "text-ink-3" : "text-lg")}>
      {mark.text}
    </span>
  );
}
