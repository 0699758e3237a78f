import { useApi, useIdentity } from "@/hooks";
import { safeLine, safeName } from "@/lib/text";
import { Avatar, Button, EmptyState, ErrorNotice, Skeleton, TextField, useDebounced } from "@/ui";
import { useMutation, useQueries } from "@/hooks/query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { RoomEntry } from "@wire";
import { Hash, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { inviteCode } from "./inviteCode";
import { useDirectory } from "./useDirectory";

/** All public rooms: searched, looked into, joined. Guests look in. And the way in by an invite's link. */
export function RoomDirectory() {
  const { t } = useTranslation("chats");
  const [text, setText] = useState("");
  const query = useDebounced(text.trim());
  const { rooms, failure, isPending, hasMore, loading, more, retry } = useDirectory(query);
  return (
    <div className="mx-auto grid w-full max-w-3xl gap-5 p-5 max-phone:px-4">
      <h1 className="text-lg font-[650]">{t("rooms")}</h1>
      <TextField label={t("findRooms")} hideLabel placeholder={t("findRooms")} value={text} onChange={setText} leading={<Search />} type="search" autoComplete="off" />
      {failure !== null ? (
        <ErrorNotice failure={failure} onRetry={retry} />
      ) : isPending ? (
        <DirectorySkeleton label={t("common:loading")} />
      ) : rooms.length === 0 ? (
        <EmptyState icon={<Hash />} title={t(query ? "noRoomsFound" : "noRooms")} {...(query && { action: <Button onClick={() => setText("")}>{t("showAll")}</Button> })} />
      ) : (
        <ul className="grid overflow-hidden rounded-3 border border-line" aria-label={t("rooms")}>
          {rooms.map((room) => (
            <RoomRow key={room.id} room={room} />
          ))}
        </ul>
      )}
      {hasMore && (
        <Button className="justify-self-center" loading={loading} onClick={() => void more()}>
          {t("moreRooms")}
        </Button>
      )}
      <InviteEntry />
    </div>
  );
}

function RoomRow({ room }: { room: RoomEntry }) {
  const { t } = useTranslation("chats");
  const api = useApi();
  const queries = useQueries();
  const navigate = useNavigate();
  const member = useIdentity().kind === "user";
  const name = safeName(room.name, room.id);
  const join = useMutation({
    mutationFn: () => api.join(room.id),
    onSuccess: () => {
      void queries.invalidate(["rooms"]);
      void navigate({ to: "/c/$chatId", params: { chatId: room.id } });
    },
  });
  return (
    <li className="grid gap-2 border-b border-line px-4 py-3 last:border-0">
      <div className="flex flex-wrap items-center gap-3">
        <Avatar name={name} seed={room.id} kind="room" />
        <div className="min-w-0 flex-1 basis-36">
          <Link to="/c/$chatId" params={{ chatId: room.id }} preload={false} className="font-semibold hover:underline">
            <bdi className="line-clamp-1">{name}</bdi>
          </Link>
          <p className="text-sm text-ink-2">
            <span className="font-mono text-xs">{`#${room.id}`}</span>
            {` · ${t("memberCount", { count: room.member_count })}`}
          </p>
          {room.description && <p className="line-clamp-2 text-sm text-ink-2 wrap-anywhere">{safeLine(room.description)}</p>}
        </div>
        {member && !room.joined ? (
          <Button variant="primary" size="sm" loading={join.isPending} aria-label={t("joinRoom", { name })} onClick={() => join.mutate()}>
            {t("common:chat.join")}
          </Button>
        ) : (
          <Link
            to="/c/$chatId"
            params={{ chatId: room.id }}
            preload={false}
            aria-label={t("openRoom", { name })}
            className="inline-flex min-h-8 items-center rounded-2 border border-line-strong/40 px-3 text-sm font-medium hover:bg-sunken max-phone:min-h-11"
          >
            {t("open")}
          </Link>
        )}
      </div>
      {join.error && <ErrorNotice failure={join.error} onRetry={() => join.mutate()} />}
    </li>
  );
}

function InviteEntry() {
  const { t } = useTranslation("chats");
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(false);
  return (
    <form
      className="flex flex-wrap items-end gap-2 rounded-3 bg-sunken p-4"
      onSubmit={(event) => {
        event.preventDefault();
        const code = inviteCode(text);
        setWrong(code === null);
        if (code !== null) void navigate({ to: "/invite/$code", params: { code } });
      }}
    >
      <div className="min-w-0 flex-1 basis-56">
        <TextField
          label={t("haveInvite")}
          value={text}
          onChange={(value) => {
            setText(value);
            setWrong(false);
          }}
          placeholder={`${window.location.origin}/invite/…`}
          autoComplete="off"
          spellCheck={false}
          error={wrong ? t("notInvite") : null}
        />
      </div>
      <Button type="submit" disabled={text.trim() === ""}>
        {t("openInvite")}
      </Button>
    </form>
  );
}

const DirectorySkeleton = ({ label }: { label: string }) => (
  <div role="status" className="grid gap-4 rounded-3 border border-line p-4">
    <span className="sr-only">{label}</span>
    {Array.from({ length: 5 }, (_, index) => (
      <div key={index} className="flex items-center gap-3">
        <Skeleton className="size-11 shrink-0" />
        <div className="grid flex-1 gap-2">
          <Skeleton className="h-3.5 w-1/3" />
          <Skeleton className="h-3 w-2/3" />
        </div>
      </div>
    ))}
  </div>
);
