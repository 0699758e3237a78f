import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChat, useEngine } from "@/hooks";
import { clock } from "@/lib/clock";
import { Button, Dialog, ErrorNotice, TextField } from "@/ui";
import { useTimeline } from "../view";

/** The local calendar day as a date field wants it. */
function dateValue(ms: number): string {
  const date = new Date(ms);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Goes to the first message of a day, or the next one after it. */
export function DateDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("timeline");
  const engine = useEngine();
  const { chatId, goTo } = useTimeline();
  const chat = useChat(chatId);
  const [date, setDate] = useState(() => dateValue(clock.now()));
  const form = useId();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const go = async () => {
    const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
    setBusy(true);
    setFailure(null);
    try {
      const before = new Date(year, month - 1, day).toISOString();
      const page = await engine.command({ type: "history", chat_id: chatId, before_timestamp: before, limit: 1 });
      goTo(Math.min((page.messages.at(-1)?.seq ?? 0) + 1, chat?.lastSeq ?? 1));
      onClose();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const footer = (
    <Button type="submit" form={form} variant="primary" loading={busy} disabled={date === ""}>
      {t("jump")}
    </Button>
  );
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("jumpToDate")} size="sm" footer={footer}>
      <form
        id={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (date !== "") void go();
        }}
      >
        <TextField
          type="date"
          label={t("date")}
          value={date}
          onChange={setDate}
          autoFocus
          max={dateValue(clock.now())}
          {...(chat && { min: dateValue(Date.parse(chat.info.createdAt)) })}
        />
      </form>
      {failure !== null && <ErrorNotice failure={failure} />}
    </Dialog>
  );
}
