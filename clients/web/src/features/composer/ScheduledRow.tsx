import { useRouter } from "@tanstack/react-router";
import { CalendarClock, Pencil, SendHorizontal, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useChatSummary, useClientConfig, useEngine } from "@/hooks";
import { describeFailure } from "@/lib/errors";
import { times } from "@/lib/time";
import { safeName, safeText } from "@/lib/text";
import { Button, IconButton, TextArea, toast } from "@/ui";
import type { ScheduledMessage } from "@wire";
import { countScalars, tidy } from "./limits";
import { MomentDialog } from "./MomentDialog";

interface ScheduledRowProps {
  scheduled: ScheduledMessage;
  showChat: boolean;
  onLeave?: () => void;
}

/** One waiting message: where, when, what; and what can be done with it. */
export function ScheduledRow({ scheduled, showChat, onLeave }: ScheduledRowProps) {
  const { t } = useTranslation("composer");
  const engine = useEngine();
  const router = useRouter();
  const chat = useChatSummary(scheduled.chat_id);
  const [editing, setEditing] = useState(false);
  /** Set while a time is being chosen; with a text when that is to be changed too. */
  const [moving, setMoving] = useState<{ content?: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const act = async (run: () => Promise<unknown>) => {
    setBusy(true);
    setFailure(null);
    await run().catch(setFailure);
    setBusy(false);
  };
  const { id, chat_id, content, message_type, reply_to } = scheduled;
  const cancel = () => engine.command({ type: "cancel_scheduled", scheduled_id: id });
  /** Taken off the list first: were it sent first, a broken connection could send it twice. */
  const sendNow = async () => {
    await cancel();
    engine.send(chat_id, { content, messageType: message_type, replyTo: reply_to ?? null });
    toast({ text: t("scheduled.sent"), tone: "success" });
  };
  const openChat = () => {
    onLeave?.();
    router.history.push(`/c/${encodeURIComponent(chat_id)}`);
  };
  const save = async (text: string) => {
    // The time of a failed one has passed: it needs another with its text.
    if (scheduled.failed) return setMoving({ content: text });
    await act(async () => {
      await engine.command({ type: "update_scheduled", scheduled_id: id, content: text });
      setEditing(false);
    });
  };
  const move = (at: Date) =>
    act(async () => {
      await engine.command({ type: "update_scheduled", scheduled_id: id, send_at: at.toISOString(), ...moving });
      setEditing(false);
    });
  return (
    <li className="grid gap-2 rounded-2 border border-line bg-raised px-4 py-3" aria-busy={busy}>
      <div className="flex flex-wrap items-baseline gap-x-3 text-sm">
        <time dateTime={scheduled.send_at} className="font-medium">{times().short(scheduled.send_at)}</time>
        {showChat && (
          <button type="button" onClick={openChat} className="min-w-0 truncate text-accent hover:underline max-phone:min-h-11">
            <bdi>{safeName(chat?.title ?? chat_id, chat_id)}</bdi>
          </button>
        )}
      </div>
      {editing ? (
        <RowEditor initial={content} onSave={save} onCancel={() => setEditing(false)} busy={busy} />
      ) : (
        <p className="line-clamp-6 text-sm wrap-anywhere whitespace-pre-wrap text-ink-2" dir="auto">{safeText(content)}</p>
      )}
      {scheduled.failed && (
        <p role="status" className="text-sm text-danger">
          {t("scheduled.failed")} {describeFailure(t, { code: scheduled.failed, message: "" }).text}
        </p>
      )}
      {failure !== null && <p role="alert" className="text-sm text-danger">{describeFailure(t, failure).text}</p>}
      {!editing && (
        <div className="-ms-2 flex flex-wrap items-center gap-1">
          <IconButton size="sm" label={t("scheduled.edit")} disabled={busy} onClick={() => setEditing(true)}><Pencil /></IconButton>
          <IconButton size="sm" label={t("scheduled.move")} disabled={busy} onClick={() => setMoving({})}><CalendarClock /></IconButton>
          <IconButton size="sm" label={t("scheduled.now")} disabled={busy} onClick={() => void act(sendNow)}><SendHorizontal className="rtl:-scale-x-100" /></IconButton>
          <IconButton size="sm" label={t("scheduled.cancel")} disabled={busy} onClick={() => void act(cancel)}><Trash2 /></IconButton>
        </div>
      )}
      {moving && (
        <MomentDialog
          title={t("scheduled.move")}
          confirmLabel={t("common:save")}
          // A failed one lies in the past: the dialog then begins with tomorrow.
          {...(!scheduled.failed && { initial: new Date(scheduled.send_at) })}
          onClose={() => setMoving(null)}
          onPick={(at) => void move(at)}
        />
      )}
    </li>
  );
}

function RowEditor({ initial, busy, onSave, onCancel }: { initial: string; busy: boolean; onSave: (text: string) => Promise<void>; onCancel: () => void }) {
  const { t } = useTranslation("composer");
  const { chatMessageMaxLength: limit } = useClientConfig();
  const [text, setText] = useState(initial);
  const content = tidy(text);
  const over = Math.max(0, countScalars(content) - limit);
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (content !== "" && over === 0) void onSave(content);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onCancel();
      }}
    >
      <TextArea label={t("scheduled.content")} hideLabel value={text} onChange={setText} error={over > 0 ? t("tooLong", { count: over }) : null} autoFocus />
      <div className="flex justify-end gap-2">
        <Button size="sm" onClick={onCancel}>{t("common:cancel")}</Button>
        <Button size="sm" variant="primary" type="submit" loading={busy} disabled={content === "" || over > 0}>{t("common:save")}</Button>
      </div>
    </form>
  );
}
