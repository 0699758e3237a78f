import { Tabs } from "@/ui";
import { FloatingMenu } from "@/ui/lazyFloating";
import { Pencil, Trash2, ArrowLeft, ArrowRight } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { View } from "./arrange";
import type { Folder } from "./folders";
import { useFolders } from "./useFolders";
import { useListStore } from "./listStore";

interface Asked {
  readonly folder: Folder;
  readonly x: number;
  readonly y: number;
  readonly element: HTMLElement;
}

/** All, Unread, Direct and the person's own folders. A folder's menu is behind its right click. */
export function FolderTabs({ unread, controls, onEdit }: { unread: number; controls: string; onEdit: (folder: Folder) => void }) {
  const { t } = useTranslation("chats");
  const [prefs] = useFolders();
  const { view, setView } = useListStore();
  const [asked, setAsked] = useState<Asked | null>(null);
  const tabs: { value: View; label: string; badge?: number }[] = [
    { value: "all", label: t("view.all") },
    { value: "unread", label: t("view.unread"), badge: unread },
    { value: "direct", label: t("view.direct") },
    ...prefs.folders.map(({ id, name }) => ({ value: id, label: name })),
  ];
  const known = tabs.some((tab) => tab.value === view);
  return (
    <>
      <Tabs<View>
        label={t("views")}
        value={known ? view : "all"}
        onChange={setView}
        tabs={tabs}
        controls={controls}
        onContextMenu={(value, at) => {
          const folder = prefs.folders.find(({ id }) => id === value);
          if (folder) setAsked({ folder, ...at });
        }}
      />
      {asked && <FolderMenu asked={asked} onEdit={onEdit} onClose={() => setAsked(null)} />}
    </>
  );
}

function FolderMenu({ asked: { folder, x, y, element }, onEdit, onClose }: { asked: Asked; onEdit: (folder: Folder) => void; onClose: () => void }) {
  const { t } = useTranslation("chats");
  const [prefs, change] = useFolders();
  const at = prefs.folders.findIndex(({ id }) => id === folder.id);
  const entries = [
    { label: t("editFolder"), icon: <Pencil />, onSelect: () => onEdit(folder) },
    { label: t("moveEarlier"), icon: <ArrowLeft className="rtl:-scale-x-100" />, disabled: at <= 0, onSelect: () => change({ type: "move", id: folder.id, by: -1 as const }) },
    { label: t("moveLater"), icon: <ArrowRight className="rtl:-scale-x-100" />, disabled: at >= prefs.folders.length - 1, onSelect: () => change({ type: "move", id: folder.id, by: 1 as const }) },
    "separator" as const,
    { label: t("deleteFolder"), icon: <Trash2 />, danger: true, hint: t("deleteFolderHint"), onSelect: () => change({ type: "delete", id: folder.id }) },
  ];
  return (
    <Suspense>
      <FloatingMenu box={{ left: x, top: y, width: 0, height: 0 }} label={folder.name} entries={entries} returnTo={element} onClose={onClose} />
    </Suspense>
  );
}
