import { useApi, useMe } from "@/hooks";
import { safeName } from "@/lib/text";
import { Avatar, cx, ErrorNotice, Spinner, TextField, useDebounced } from "@/ui";
import { useQuery } from "@/hooks/query";
import type { User } from "@wire";
import { Search, X } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";

export interface PeoplePickerProps {
  label: string;
  /** Those chosen already; absent where choosing one ends it. */
  chosen?: readonly User[];
  onPick: (user: User) => void;
  onRemove?: (user: User) => void;
  autoFocus?: boolean;
}

/** Finds people by the beginning of their names. Arrows and Enter choose, Backspace in the empty field removes the last. */
export function PeoplePicker({ label, chosen, onPick, onRemove, autoFocus = false }: PeoplePickerProps) {
  const { t } = useTranslation("chats");
  const listId = useId();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const { users, query, failure, pending, retry } = usePeople(text, chosen);
  const active = users[Math.min(at, users.length - 1)];
  const pick = (user: User) => {
    onPick(user);
    setText("");
    setAt(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && users.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, users.length - 1) + step + users.length) % users.length);
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (active) pick(active);
    } else if (event.key === "Backspace" && text === "" && chosen?.length) {
      onRemove?.(chosen.at(-1)!);
    }
  };
  return (
    <div className="grid gap-2">
      {chosen && chosen.length > 0 && <Chosen users={chosen} onRemove={onRemove} />}
      <TextField
        label={label}
        value={text}
        onChange={(value) => {
          setText(value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        leading={<Search />}
        placeholder={t("findPeople")}
        autoComplete="off"
        spellCheck={false}
        autoFocus={autoFocus}
        role="combobox"
        aria-expanded={users.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={active ? `${listId}-${active.id}` : undefined}
        {...(pending && { trailing: <span className="pe-2 text-ink-3"><Spinner label={t("common:loading")} className="size-4" /></span> })}
      />
      <ul id={listId} role="listbox" aria-label={t("people")} className={users.length > 0 ? "max-h-64 overflow-y-auto rounded-2 border border-line p-1" : "hidden"}>
        {users.map((user) => (
          <li
            key={user.id}
            id={`${listId}-${user.id}`}
            role="option"
            aria-selected={user === active}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => pick(user)}
            className={cx("flex min-h-11 cursor-pointer items-center gap-3 rounded-1 px-2 py-1", user === active ? "bg-accent-soft" : "hover:bg-sunken")}
          >
            <Avatar name={safeName(user.display_name, user.username)} seed={user.id} size="sm" />
            <span className="min-w-0">
              <bdi className="block truncate font-medium">{safeName(user.display_name, user.username)}</bdi>
              <span className="block truncate text-sm text-ink-2">{`@${user.username}`}</span>
            </span>
          </li>
        ))}
      </ul>
      {failure ? <ErrorNotice failure={failure} onRetry={retry} /> : query !== "" && !pending && users.length === 0 && <p className="px-1 text-sm text-ink-2">{t("nobodyFound")}</p>}
    </div>
  );
}

function Chosen({ users, onRemove }: { users: readonly User[]; onRemove: ((user: User) => void) | undefined }) {
  const { t } = useTranslation("chats");
  return (
    <ul className="flex flex-wrap gap-1.5" aria-label={t("chosen")}>
      {users.map((user) => (
        <li key={user.id} className="flex items-center gap-1 rounded-full bg-accent-soft ps-3 text-sm">
          <bdi className="max-w-40 truncate">{safeName(user.display_name, user.username)}</bdi>
          <button type="button" aria-label={t("removePerson", { name: user.username })} onClick={() => onRemove?.(user)} className="grid size-7 place-items-center rounded-full text-ink-2 hover:text-danger max-phone:size-11">
            <X aria-hidden className="size-3.5" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** People whose names begin with what was typed, without oneself and those chosen. */
function usePeople(text: string, chosen: readonly User[] = []) {
  const api = useApi();
  const me = useMe();
  const query = useDebounced(text.trim().replace(/^@/, ""));
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["find-users", query],
    queryFn: () => api.findUsers(query, 20),
    enabled: query !== "",
    keepPrevious: true,
  });
  const users = query === "" ? [] : (data ?? []).filter((user) => user.id !== me && !chosen.some((one) => one.id === user.id));
  return { users, query, failure: query === "" ? null : error, pending: isFetching, retry: () => void refetch() };
}
