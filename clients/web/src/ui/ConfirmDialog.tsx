import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ErrorNotice } from "./ErrorNotice";

export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text: string;
  confirmLabel: string;
  danger?: boolean;
  /** A promise keeps the dialog open until it is done; what it fails with is shown in it. */
  onConfirm: () => void | Promise<void>;
}

/** Asks before something that is hard to undo. */
export function ConfirmDialog({ open, onOpenChange, title, text, confirmLabel, danger, onConfirm }: ConfirmDialogProps) {
  const { t } = useTranslation("common");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await onConfirm();
      onOpenChange(false);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const footer = (
    <>
      <Button onClick={() => onOpenChange(false)}>{t("cancel")}</Button>
      <Button variant={danger ? "danger" : "primary"} loading={busy} onClick={() => void confirm()}>
        {confirmLabel}
      </Button>
    </>
  );
  return (
    <Dialog {...{ open, onOpenChange, title, footer }} size="sm" alert description={text}>
      {failure !== null && <ErrorNotice failure={failure} />}
    </Dialog>
  );
}
