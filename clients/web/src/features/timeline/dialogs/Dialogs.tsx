import { useTimeline, useView } from "../view";
import { DateDialog } from "./DateDialog";
import { DeleteDialog } from "./DeleteDialog";
import { ForwardDialog } from "./ForwardDialog";
import { ReactionsDialog } from "./ReactionsDialog";
import { ReadersDialog } from "./ReadersDialog";
import { VersionsDialog } from "./VersionsDialog";

/** The timeline's dialogs, in a chunk of their own. */
export default function Dialogs() {
  const { view } = useTimeline();
  const open = useView((state) => state.dialog);
  const onClose = () => view.setState({ dialog: null });
  switch (open?.kind) {
    case "versions":
      return <VersionsDialog message={open.message} onClose={onClose} />;
    case "readers":
      return <ReadersDialog message={open.message} onClose={onClose} />;
    case "reactions":
      return <ReactionsDialog message={open.message} first={open.emoji} onClose={onClose} />;
    case "delete":
      return <DeleteDialog messages={open.messages} onClose={onClose} />;
    case "forward":
      return <ForwardDialog messages={open.messages} onClose={onClose} />;
    case "date":
      return <DateDialog onClose={onClose} />;
    case undefined:
      return null;
  }
}
