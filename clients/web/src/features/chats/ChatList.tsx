import { useApi, useChatSummaries, useConnection, useEngine } from "@/hooks";
import { shortcutText } from "@/lib/keys";
import { safeName } from "@/lib/text";
import { times } from "@/lib/time";
import type { ChatSummary } from "@/sync/types";
import { Button, ConfirmDialog, EmptyState, IconButton, Kbd, lazyPart, Menu, Skeleton } from "@/ui";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowDownAZ, CheckCheck, CloudOff, Ellipsis, FolderPlus, History, Inbox, MessagesSquare, Search, SquarePen } from "lucide-react";
import { Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { arrange, isUnread } from "./arrange";
import { ChatRows } from "./ChatRows";
import type { FolderTask } from "./FolderDialog";
import { FolderTabs } from "./FolderTabs";
import { useListStore } from "./listStore";
import { useChatMenu } from "./useChatMenu";
import { readAll } from "./useChatShortcuts";
import { useFolders } from "./useFolders";

const FolderDialog = lazyPart(async () => (await import("./FolderDialog")).FolderDialog);
const PANEL_ID = "chat-list-panel";

export interface ChatListProps {
  activeId: string | undefined;
  /** Opens the switcher. */
  onSearch: () => void;
  /** Opens the dialog for new chats. */
  onCreate: () => void;
}

/** The chats: heading, search, folders and rows. */
export function ChatList({ activeId, onSearch, onCreate }: ChatListProps) {
  const { t } = useTranslation("chats");
  const chats = useChatSummaries();
  const [prefs, change] = useFolders();
  const view = useListStore((state) => state.view);
  const [leaving, setLeaving] = useState<ChatSummary | null>(null);
  const [task, setTask] = useState<FolderTask | null>(null);
  const menu = useChatMenu({ onLeave: setLeaving, onNewFolder: (chat) => setTask({ folder: null, chats: [chat.id] }) });
  const { locale } = times();
  const rows = useMemo(() => arrange(chats, view, prefs, locale, activeId), [chats, view, prefs, locale, activeId]);
  const unread = useMemo(() => chats.filter((chat) => isUnread(chat) && !chat.settings.archived && chat.role !== null).length, [chats]);
  return (
    <>
      <header className="grid grid-cols-1 gap-3 px-4 pt-3 pb-2">
        <div className="flex items-center gap-1">
          <h1 className="min-w-0 flex-1 truncate text-lg font-[650]">{t("title")}</h1>
          <ListMenu onNewFolder={() => setTask({ folder: null, chats: [] })} />
          <IconButton label={t("newChat")} onClick={onCreate} className="-me-2">
            <SquarePen />
          </IconButton>
        </div>
        <button type="button" onClick={onSearch} className="flex min-h-9 items-center justify-between gap-2 rounded-2 bg-sunken px-3 text-start text-sm text-ink-2 hover:text-ink max-phone:min-h-11">
          <span className="flex min-w-0 items-center gap-2">
            <Search aria-hidden className="size-4 shrink-0 phone:hidden" />
            <span className="truncate">{t("search")}</span>
          </span>
          <span className="max-phone:hidden">
            <Kbd keys={shortcutText("switcher")} />
          </span>
        </button>
        <FolderTabs unread={unread} controls={PANEL_ID} onEdit={(folder) => setTask({ folder })} />
      </header>
      <div id={PANEL_ID} role="tabpanel" aria-label={t("title")} className="flex min-h-0 flex-1 flex-col">
        {rows.length > 0 ? (
          <ChatRows rows={rows} activeId={activeId} menu={menu} onSection={(section) => change({ type: "section", section })} />
        ) : (
          <NoRows view={view} any={chats.length > 0} onCreate={onCreate} />
        )}
      </div>
      {leaving && <LeaveDialog chat={leaving} active={leaving.id === activeId} onClose={() => setLeaving(null)} />}
      {task && (
        <Suspense>
          <FolderDialog task={task} onClose={() => setTask(null)} />
        </Suspense>
      )}
    </>
  );
}

function ListMenu({ onNewFolder }: { onNewFolder: () => void }) {
  const { t } = useTranslation("chats");
  const engine = useEngine();
  const [prefs, change] = useFolders();
  return (
    <Menu
      label={t("options")}
      align="end"
      trigger={
        <IconButton label={t("options")}>
          <Ellipsis />
        </IconButton>
      }
      items={() => [
        { label: t("sort.recent"), icon: <History />, checked: prefs.sort === "recent", onSelect: () => change({ type: "sort", sort: "recent" }) },
        { label: t("sort.name"), icon: <ArrowDownAZ />, checked: prefs.sort === "name", onSelect: () => change({ type: "sort", sort: "name" }) },
        "separator",
        { label: t("newFolder"), icon: <FolderPlus />, onSelect: onNewFolder },
        { label: t("readAll"), icon: <CheckCheck />, shortcut: shortcutText("readAll"), onSelect: () => void readAll(engine) },
      ]}
    />
  );
}

/** An empty view says why it is empty; the first moments show where the chats will be. */
function NoRows({ view, any, onCreate }: { view: string; any: boolean; onCreate: () => void }) {
  const { t } = useTranslation("chats");
  const { state } = useConnection();
  const setView = useListStore((store) => store.setView);
  if (!any && (state === "connecting" || state === "syncing")) return <RowSkeletons label={t("common:loading")} />;
  // Without the server nobody can say that there are none.
  if (!any && state === "offline") return <EmptyState icon={<CloudOff />} title={t("empty.offline")} text={t("empty.offlineText")} />;
  if (view !== "all") {
    const known = view === "unread" || view === "direct";
    return (
      <EmptyState
        icon={<Inbox />}
        title={t(view === "unread" ? "empty.unread" : view === "direct" ? "empty.direct" : "empty.folder")}
        {...(!known && { text: t("empty.folderText") })}
        action={<Button onClick={() => (view === "direct" ? onCreate() : setView("all"))}>{t(view === "direct" ? "newChat" : "showAll")}</Button>}
      />
    );
  }
  return (
    <EmptyState
      icon={<MessagesSquare />}
      title={t("empty.all")}
      text={t("empty.allText")}
      action={
        <>
          <Button variant="primary" onClick={onCreate}>
            {t("newChat")}
          </Button>
          <Link to="/rooms" className="inline-flex min-h-10 items-center rounded-2 px-4 font-medium text-accent hover:bg-accent-soft">
            {t("common:chat.browse")}
          </Link>
        </>
      }
    />
  );
}

const RowSkeletons = ({ label }: { label: string }) => (
  <div role="status" className="grid gap-1 px-4 py-2">
    <span className="sr-only">{label}</span>
    {Array.from({ length: 7 }, (_, index) => (
      <div key={index} className="flex items-center gap-3 py-2">
        <Skeleton className="size-11 shrink-0 rounded-full" />
        <div className="grid flex-1 gap-2">
          <Skeleton className="h-3.5 w-1/2" />
          <Skeleton className="h-3 w-4/5" />
        </div>
      </div>
    ))}
  </div>
);

function LeaveDialog({ chat, active, onClose }: { chat: ChatSummary; active: boolean; onClose: () => void }) {
  const { t } = useTranslation("chats");
  const api = useApi();
  const navigate = useNavigate();
  const leave = async () => {
    await api.leave(chat.id);
    if (active) await navigate({ to: "/", replace: true });
  };
  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={t("leaveTitle", { name: safeName(chat.title, t("unnamed")) })}
      text={t(chat.type === "room" ? "leaveRoom" : "leaveOther")}
      confirmLabel={t("leave")}
      danger
      onConfirm={leave}
    />
  );
}
