import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClientConfig, useEngine } from "@/hooks";
import type { ChatSummary } from "@/sync/types";
import { Button, Dialog, TextArea, TextField } from "@/ui";
import { LIMITS } from "@wire";
import { useSentence } from "./hooks";

/** Name and description, for those who may change them. */
export function ChatSettingsDialog({ chat, description: before, onClose }: { chat: ChatSummary; description: string; onClose: () => void }) {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const sentence = useSentence();
  const { chatNameMaxLength } = useClientConfig();
  const [name, setName] = useState(chat.title);
  const [description, setDescription] = useState(before);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const changed = name.trim() !== chat.title || description.trim() !== before;
  const save = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await engine.command({ type: "update_chat", chat_id: chat.id, name: name.trim(), description: description.trim() });
      onClose();
    } catch (error) {
      setFailure(sentence(error));
      setBusy(false);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t("common:cancel")}</Button>
      <Button variant="primary" type="submit" form="chat-settings" loading={busy} disabled={!changed || name.trim() === ""}>
        {t("common:save")}
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("editChat")} size="sm" footer={footer}>
      <form
        id="chat-settings"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (changed && !busy) void save();
        }}
      >
        <TextField label={t("name")} value={name} onChange={setName} maxLength={chatNameMaxLength} error={name.trim() === "" ? t("nameNeeded") : null} required autoFocus />
        <TextArea label={t("description")} hint={t("descriptionHint")} value={description} onChange={setDescription} maxLength={LIMITS.CHAT_DESCRIPTION_CHARS} rows={4} />
        {failure && (
          <p role="alert" className="text-sm text-danger">
            {failure}
          </p>
        )}
      </form>
    </Dialog>
  );
}
