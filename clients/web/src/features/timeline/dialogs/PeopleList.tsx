import { useTranslation } from "react-i18next";
import { useTimeline } from "../view";
import { safeName } from "@/lib/text";
import { Avatar } from "@/ui";
import type { UserId } from "@wire";

export interface Person {
  readonly id: UserId;
  readonly name: string;
  readonly username: string;
}

/** More are only counted. */
const MOST = 300;

/** A plain list of people. */
export function PeopleList({ people }: { people: readonly Person[] }) {
  const { t } = useTranslation("timeline");
  const { ProfileCard, chatId } = useTimeline();
  const rest = people.length - MOST;
  return (
    <ul className="grid gap-0.5">
      {people.slice(0, MOST).map((person) => {
        const name = safeName(person.name, person.username);
        const row = (
          <button type="button" className="flex min-h-11 w-full items-center gap-3 rounded-2 px-1 text-start enabled:hover:bg-sunken" disabled={!ProfileCard || person.username === ""}>
            <Avatar name={name} seed={person.id} size="sm" />
            <bdi className="min-w-0 truncate">{name}</bdi>
            {person.username !== "" && person.username !== name && <bdi className="min-w-0 truncate text-sm text-ink-2">@{safeName(person.username)}</bdi>}
          </button>
        );
        return <li key={person.id}>{ProfileCard && person.username !== "" ? <ProfileCard userId={person.id} username={person.username} chatId={chatId} trigger={row} /> : row}</li>;
      })}
      {rest > 0 && <li className="p-2 text-sm text-ink-2">{t("andMore", { count: rest })}</li>}
    </ul>
  );
}
