import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { safeName } from "@/lib/text";
import type { ChatSummary } from "@/sync/types";
import { Button, Dialog, TextField } from "@/ui";
import { useSentence } from "./hooks";

/** Deletes a chat for everybody, once its name has been typed. */
export function DeleteDialog({ chat, onClose }: { chat: ChatSummary; onClose: () => void }) {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const navigate = useNavigate();
  const sentence = useSentence();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const name = safeName(chat.title, chat.id);
  const right = typed.trim().normalize() === name.normalize();
  const remove = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await engine.command({ type: "delete_chat", chat_id: chat.id });
      onClose();
      void navigate({ to: "/" });
    } catch (error) {
      setFailure(sentence(error));
      setBusy(false);
    }
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t("common:cancel")}</Button>
      <Button variant="danger" type="submit" form="delete-chat" disabled={!right} loading={busy}>
        {t("deleteChat")}
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("deleteTitle", { chat: name })} description={t("deleteText", { count: chat.memberCount })} size="sm" footer={footer}>
      <form
        id="delete-chat"
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (right && !busy) void remove();
        }}
      >
        <p className="text-sm">
          {t("deleteType")} <strong className="wrap-anywhere select-all">{name}</strong>
        </p>
        <TextField label={t("name")} value={typed} onChange={setTyped} autoComplete="off" autoFocus error={failure} />
      </form>
    </Dialog>
  );
}
