import { Smile } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton, lazyPart, Popover, Spinner } from "@/ui";

const load = () => import("./EmojiPicker");
const preload = () => void load().catch(() => undefined);
const EmojiPicker = lazyPart(async () => (await load()).default);

/** Opens the emoji picker. */
export function EmojiButton({ onPick, onClose }: { onPick: (emoji: string) => void; onClose: () => void }) {
  const { t } = useTranslation("composer");
  const [open, setShown] = useState(false);
  const setOpen = (next: boolean) => {
    setShown(next);
    if (!next) onClose();
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      side="top"
      align="end"
      label={t("emoji.title")}
      className="p-0"
      trigger={
        // Loading begins when the pointer comes near, so that opening does not wait.
        <IconButton label={t("emoji.title")} active={open} onPointerEnter={preload} onFocus={preload}>
          <Smile />
        </IconButton>
      }
    >
      <Suspense fallback={<div className="grid h-96 w-86 place-items-center max-phone:hidden"><Spinner label={t("common:loading")} /></div>}>
        <EmojiPicker onPick={onPick} onClose={() => setOpen(false)} />
      </Suspense>
    </Popover>
  );
}
