import { useVirtualizer } from "@tanstack/react-virtual";
import { Search, UserPlus } from "lucide-react";
import { Suspense, useDeferredValue, useLayoutEffect, useMemo, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useChat, useEngine } from "@/hooks";
import type { ChatSummary } from "@/sync/types";
import { Button, ErrorNotice, IconButton, lazyPart, Skeleton, TextField } from "@/ui";
import type { Member } from "@wire";
import type { DetailsPanelProps } from "./DetailsPanel";
import { useMembers, usePresenceVersion } from "./hooks";
import { MemberRow } from "./MemberRow";
import { sortMembers } from "./roles";
import { Section } from "./Section";

const AddPeopleDialog = lazyPart(async () => (await import("./AddPeopleDialog")).AddPeopleDialog);

/** Longer lists are drawn only where one looks. */
const VIRTUAL_FROM = 100;
/** So many are shown until one asks for all: the rest of the details is below them. */
const FIRST = 12;
/** Shorter ones need no search. */
const SEARCH_FROM = 8;
const ROW_PX = 44;

export interface MembersProps extends Pick<DetailsPanelProps, "ProfileCard"> {
  chat: ChatSummary;
  scroller: RefObject<HTMLDivElement | null>;
  /** Begins with the dialog for adding people. */
  adding: boolean;
}

/** Who is in the chat. */
export function Members({ chat, scroller, adding, ProfileCard }: MembersProps) {
  const { t } = useTranslation("details");
  const [q, setQ] = useState("");
  const [open, setOpen] = useState(adding);
  const [all, setAll] = useState(false);
  const { failure, loading, retry } = useMembers(chat.id);
  const found = useShownMembers(chat.id, useDeferredValue(q));
  const cut = !all && q === "" && found.length > FIRST + 1;
  const shown = cut ? found.slice(0, FIRST) : found;
  const add = chat.permissions.includes("add_member") && (
    <IconButton size="sm" label={t("addPeople")} onClick={() => setOpen(true)}>
      <UserPlus />
    </IconButton>
  );
  return (
    <Section title={t("membersTitle", { total: chat.memberCount })} section="members" action={add}>
      {chat.memberCount >= SEARCH_FROM && (
        <TextField label={t("findMember")} hideLabel inputMode="search" enterKeyHint="search" placeholder={t("findMember")} leading={<Search />} value={q} onChange={setQ} />
      )}
      {failure !== null && <ErrorNotice failure={failure} onRetry={retry} />}
      {loading && shown.length === 0 ? (
        <MemberSkeletons count={Math.min(chat.memberCount, FIRST)} />
      ) : shown.length > VIRTUAL_FROM ? (
        <LongList members={shown} chat={chat} scroller={scroller} {...(ProfileCard && { ProfileCard })} />
      ) : (
        <ul className="-mx-2">
          {shown.map((member) => (
            <li key={member.user_id}>
              <MemberRow member={member} chatId={chat.id} {...(ProfileCard && { ProfileCard })} />
            </li>
          ))}
        </ul>
      )}
      {cut && (
        <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
          {t("allMembers", { count: chat.memberCount })}
        </Button>
      )}
      {!loading && shown.length === 0 && failure === null && <p className="text-sm text-ink-2">{t(q === "" ? "membersLater" : "noMember")}</p>}
      {open && (
        <Suspense>
          <AddPeopleDialog chatId={chat.id} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </Section>
  );
}

const MemberSkeletons = ({ count }: { count: number }) => (
  <div aria-hidden>
    {Array.from({ length: count }, (_, at) => (
      <div key={at} className="flex min-h-11 items-center gap-3">
        <Skeleton className="size-9 rounded-full" />
        <Skeleton className="h-3.5 w-2/5" />
      </div>
    ))}
  </div>
);

function useShownMembers(chatId: string, q: string): readonly Member[] {
  const { store } = useEngine();
  const members = useChat(chatId)?.members;
  const presence = usePresenceVersion();
  const version = store.version(`chat:${chatId}`);
  return useMemo(
    () => sortMembers(members?.values() ?? [], (id) => (store.presence(id)?.status ?? "offline") !== "offline", q),
    // The versions stand for what the store holds.
    [store, members, q, presence, version],
  );
}

function LongList({ members, chat, scroller, ProfileCard }: Pick<MembersProps, "chat" | "scroller" | "ProfileCard"> & { members: readonly Member[] }) {
  const list = useRef<HTMLUListElement>(null);
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const [top, box] = [list.current?.getBoundingClientRect().top ?? 0, scroller.current];
    setMargin(top - (box?.getBoundingClientRect().top ?? 0) + (box?.scrollTop ?? 0));
  }, [scroller, members.length]);
  const rows = useVirtualizer({ count: members.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 12, scrollMargin: margin });
  return (
    <ul ref={list} className="relative -mx-2" style={{ height: rows.getTotalSize() }}>
      {rows.getVirtualItems().map((item) => {
        const member = members[item.index]!;
        return (
          <li
            key={member.user_id}
            ref={rows.measureElement}
            data-index={item.index}
            aria-setsize={members.length}
            aria-posinset={item.index + 1}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${item.start - margin}px)` }}
          >
            <MemberRow member={member} chatId={chat.id} {...(ProfileCard && { ProfileCard })} />
          </li>
        );
      })}
    </ul>
  );
}
