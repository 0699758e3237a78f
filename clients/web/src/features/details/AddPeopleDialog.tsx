import { useQuery } from "@/hooks/query";
import { Check, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi, useChat, useEngine } from "@/hooks";
import { safeName } from "@/lib/text";
import { Avatar, Button, Dialog, ErrorNotice, Spinner, TextField, useDebounced } from "@/ui";
import type { ChatId, User } from "@wire";
import { useAction } from "./hooks";

const FRESH_MS = 30_000;

/** Finds people by name and adds them, one press each. */
export function AddPeopleDialog({ chatId, onClose }: { chatId: ChatId; onClose: () => void }) {
  const { t } = useTranslation("details");
  const api = useApi();
  const [text, setText] = useState("");
  const q = useDebounced(text.trim().replace(/^@/, ""));
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["find-users", q, 30],
    queryFn: () => api.findUsers(q, 30),
    enabled: q !== "",
    staleTime: FRESH_MS,
    keepPrevious: true,
  });
  const people = q === "" ? [] : (data ?? []);
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("addPeople")} size="sm">
      <div className="grid gap-3">
        <TextField label={t("findPerson")} hideLabel placeholder={t("findPerson")} inputMode="search" enterKeyHint="search" leading={<Search />} value={text} onChange={setText} autoFocus trailing={isFetching ? <Spinner label={t("common:loading")} /> : undefined} />
        {error && <ErrorNotice failure={error} onRetry={() => void refetch()} />}
        <ul className="-mx-2 min-h-48" aria-live="polite">
          {people.map((user) => (
            <li key={user.id}>
              <PersonRow user={user} chatId={chatId} />
            </li>
          ))}
        </ul>
        {q === "" && <p className="text-sm text-ink-2">{t("findPersonHint")}</p>}
        {q !== "" && !isFetching && people.length === 0 && !error && <p className="text-sm text-ink-2">{t("nobodyFits")}</p>}
      </div>
    </Dialog>
  );
}

function PersonRow({ user, chatId }: { user: User; chatId: ChatId }) {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const known = useChat(chatId)?.members.get(user.id);
  const [busy, run] = useAction();
  const name = safeName(user.display_name, user.username);
  const add = () => void run(() => engine.command({ type: "add_member", chat_id: chatId, username: user.username }));
  return (
    <div className="flex min-h-12 items-center gap-3 rounded-2 px-2">
      <Avatar name={name} seed={user.id} size="sm" />
      <span className="min-w-0 flex-1">
        <span className="block truncate leading-tight">
          <bdi>{name}</bdi>
        </span>
        <span className="block truncate text-xs text-ink-2">@{user.username}</span>
      </span>
      {known ? (
        <span className="flex items-center gap-1 text-sm text-ink-2">
          <Check aria-hidden className="size-4" />
          {t(known.role === "blocked" ? "roles.blocked" : "isMember")}
        </span>
      ) : (
        <Button size="sm" loading={busy} onClick={add} aria-label={t("addName", { name })}>
          {t("add")}
        </Button>
      )}
    </div>
  );
}
