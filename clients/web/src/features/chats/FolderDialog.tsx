import { useChatSummaries } from "@/hooks";
import { clock } from "@/lib/clock";
import { uuidV7 } from "@/lib/ids";
import { safeName } from "@/lib/text";
import { Button, Checkbox, Dialog, TextField } from "@/ui";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cleanName, FOLDER_NAME_CHARS, type Folder } from "./folders";
import { useFolders } from "./useFolders";

/** What the dialog is about: a folder there is, or a new one that begins with some chats. */
export type FolderTask = { readonly folder: Folder } | { readonly folder: null; readonly chats: readonly string[] };

/** Names a folder and chooses its chats. */
export function FolderDialog({ task, onClose }: { task: FolderTask; onClose: () => void }) {
  const { t } = useTranslation("chats");
  const chats = useChatSummaries().filter((chat) => chat.role !== null);
  const [, change] = useFolders();
  const [name, setName] = useState(task.folder?.name ?? "");
  const [chosen, setChosen] = useState<readonly string[]>(task.folder ? task.folder.chats : task.chats);
  const save = () => {
    if (cleanName(name) === "") return;
    change(task.folder ? { type: "update", id: task.folder.id, name, chats: chosen } : { type: "create", id: uuidV7(clock), name, chats: chosen });
    onClose();
  };
  const toggle = (id: string, on: boolean) => setChosen(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(task.folder ? "editFolder" : "newFolder")}
      size="sm"
      footer={
        <>
          <Button onClick={onClose}>{t("common:cancel")}</Button>
          <Button variant="primary" disabled={cleanName(name) === ""} onClick={save}>
            {t("common:save")}
          </Button>
        </>
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField label={t("folderName")} value={name} onChange={setName} maxLength={FOLDER_NAME_CHARS} autoFocus required />
        <fieldset className="grid gap-1">
          <legend className="mb-1 text-sm font-medium">{t("folderChats")}</legend>
          {chats.map((chat) => (
            <Checkbox key={chat.id} label={<bdi className="block truncate">{safeName(chat.title, t("unnamed"))}</bdi>} checked={chosen.includes(chat.id)} onChange={(on) => toggle(chat.id, on)} />
          ))}
        </fieldset>
      </form>
    </Dialog>
  );
}
