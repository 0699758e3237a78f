import { useApi, useEngine } from "@/hooks";
import { composerStore } from "@/hooks/composer";
import { cx, Dialog, Kbd, Spinner, toast } from "@/ui";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { seqOfDay } from "./seqOfDay";
import { type Found, type Goal, useFound } from "./useFound";

export interface SwitcherProps {
  /** The open chat: dates lead into it, and Esc returns to its composer. */
  chatId: string | undefined;
  onClose: () => void;
  onCreate: () => void;
}

/** Ctrl+K: chats, people, rooms, commands and dates by a few letters. */
export function Switcher({ chatId, onClose, onCreate }: SwitcherProps) {
  const { t } = useTranslation("chats");
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const chosen = useRef<(() => void) | null>(null);
  const { groups, searching } = useFound(text, chatId, onCreate);
  const items = groups.flatMap((group) => group.items);
  const active = items[Math.min(at, items.length - 1)];
  const reach = useReach(chatId);
  const choose = (found: Found) => {
    chosen.current = () => reach(found.goal);
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = items.length - 1;
    const here = Math.min(at, last);
    const to = { ArrowDown: here >= last ? 0 : here + 1, ArrowUp: here <= 0 ? last : here - 1, PageDown: Math.min(here + 6, last), PageUp: Math.max(here - 6, 0) }[event.key];
    if (to !== undefined && items.length > 0) {
      event.preventDefault();
      setAt(to);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (active) choose(active);
    }
  };
  // What was chosen acts after the window has gone, so that it may take the focus.
  const leave = () => (chosen.current ? chosen.current() : chatId !== undefined && composerStore.getState().focus());
  return (
    <Dialog open onOpenChange={onClose} title={t("switcher.title")} hideTitle returnFocus={leave} className="phone:top-[12vh] phone:max-h-[70dvh] phone:translate-y-0">
      <div className="flex max-h-full flex-col max-phone:h-full phone:max-h-[70dvh]">
        <div className="flex items-center gap-3 border-b border-line px-4">
          {searching ? <span className="text-ink-3"><Spinner label="" /></span> : <Search aria-hidden className="size-5 shrink-0 text-ink-3" />}
          <input
            autoFocus
            role="combobox"
            aria-expanded={items.length > 0}
            aria-controls={listId}
            aria-autocomplete="list"
            aria-activedescendant={active && `${listId}-${active.key}`}
            aria-label={t("switcher.title")}
            placeholder={t("switcher.placeholder")}
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
            className="h-14 min-w-0 flex-1 bg-transparent text-lg text-ellipsis outline-none max-phone:text-[1rem] placeholder:text-ink-3"
          />
          <button type="button" onClick={onClose} className="min-h-11 px-1 text-sm text-accent phone:hidden">
            {t("common:close")}
          </button>
        </div>
        <div id={listId} role="listbox" aria-label={t("switcher.title")} className="min-h-0 flex-1 overflow-y-auto p-2">
          {groups.map((group) => (
            <div key={group.id} role="group" aria-labelledby={`${listId}-${group.id}`} className="pb-1">
              <div id={`${listId}-${group.id}`} className="px-3 pt-2 pb-1 text-xs font-semibold tracking-wide text-ink-2 uppercase">
                {t(`switcher.${group.id}`)}
              </div>
              {group.items.map((found) => (
                <Line key={found.key} id={`${listId}-${found.key}`} found={found} active={found === active} onChoose={() => choose(found)} onPoint={() => setAt(items.indexOf(found))} />
              ))}
            </div>
          ))}
        </div>
        {items.length === 0 && !searching && <p className="px-4 pb-8 text-center text-ink-2">{t("switcher.none")}</p>}
        <p className="sr-only" role="status">{text !== "" && !searching && t("switcher.results", { count: items.length })}</p>
        <p aria-hidden className="border-t border-line px-4 py-2 text-xs text-ink-2 max-phone:hidden">{t("switcher.hint")}</p>
      </div>
    </Dialog>
  );
}

function Line({ id, found, active, onChoose, onPoint }: { id: string; found: Found; active: boolean; onChoose: () => void; onPoint: () => void }) {
  const { t } = useTranslation("chats");
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active) line.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <div
      ref={line}
      id={id}
      role="option"
      aria-selected={active}
      onClick={onChoose}
      onPointerMove={active ? undefined : onPoint}
      onPointerDown={(event) => event.preventDefault()}
      className={cx("flex min-h-10 cursor-pointer items-center gap-3 rounded-2 px-3 py-1 max-phone:min-h-12 [&>svg]:mx-0.75 [&>svg]:size-4.5 [&>svg]:shrink-0 [&>svg]:text-ink-2", active && "bg-accent-soft")}
    >
      {found.icon}
      <bdi className="truncate">{found.title}</bdi>
      {found.note && <span className="truncate text-sm text-ink-2">{found.note}</span>}
      <span className="flex-1" />
      {found.badge && (
        <span className="text-sm font-semibold text-accent" aria-label={t("unreadCount", { count: found.badge })}>
          {found.badge}
        </span>
      )}
      {found.shortcut && <Kbd keys={found.shortcut} />}
    </div>
  );
}

/** Goes where a choice leads. */
function useReach(chatId: string | undefined): (goal: Goal) => void {
  const { t } = useTranslation("chats");
  const navigate = useNavigate();
  const api = useApi();
  const engine = useEngine();
  const toDay = async (day: Date) => {
    if (chatId === undefined) return;
    try {
      const seq = await seqOfDay(api, chatId, day, engine.store.chat(chatId)?.lastSeq ?? 0);
      if (seq === null) toast({ text: t("switcher.noMessagesThen"), id: "jump" });
      else await navigate({ to: "/c/$chatId/$seq", params: { chatId, seq: String(seq) } });
    } catch {
      toast({ text: t("errors:unavailable"), tone: "danger", id: "jump" });
    }
  };
  return (goal) => {
    switch (goal.type) {
      case "chat":
        if (goal.id === chatId) return composerStore.getState().focus();
        return void navigate({ to: "/c/$chatId", params: { chatId: goal.id } });
      case "person":
        return void navigate({ to: "/direct/$username", params: { username: `@${goal.username}` } });
      case "settings":
        return void navigate({ to: "/settings/{-$section}", params: { section: goal.section } });
      case "page":
        return void navigate({ to: goal.to });
      case "day":
        return void toDay(goal.day);
      case "run":
        return goal.run();
    }
  };
}
