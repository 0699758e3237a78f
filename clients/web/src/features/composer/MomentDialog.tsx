import { useState } from "react";
import { useTranslation } from "react-i18next";
import { clock } from "@/lib/clock";
import { times } from "@/lib/time";
import { Button, Dialog, TextField } from "@/ui";
import { checkMoment, fromLocalInput, toLocalInput } from "./moment";

export interface MomentDialogProps {
  title: string;
  confirmLabel: string;
  /** The moment to begin with; tomorrow at nine when absent. */
  initial?: Date;
  onClose: () => void;
  onPick: (at: Date) => void;
}

/** Asks for an exact date and time, in the time zone of the device. */
export function MomentDialog({ title, confirmLabel, initial, onClose, onPick }: MomentDialogProps) {
  const { t } = useTranslation("composer");
  const now = new Date(clock.now());
  const [value, setValue] = useState(() => toLocalInput(initial ?? new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9)));
  const at = fromLocalInput(value);
  const problem = checkMoment(at, now);
  const confirm = () => {
    if (!at || problem) return;
    onClose();
    onPick(at);
  };
  const footer = (
    <>
      <Button onClick={onClose}>{t("common:cancel")}</Button>
      <Button variant="primary" disabled={problem !== null} onClick={confirm}>
        {confirmLabel}
      </Button>
    </>
  );
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} size="sm" footer={footer}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <TextField
          label={t("later.when")}
          type="datetime-local"
          value={value}
          onChange={setValue}
          min={toLocalInput(now)}
          error={problem ? t(`moment.${problem}`) : null}
          hint={at && !problem ? times().relative(at, now.getTime()) : undefined}
          autoFocus
        />
      </form>
    </Dialog>
  );
}
