import { ChatLookDialog } from "@/features/themes";
import { Button } from "@/ui";
import { Palette } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

/** In the details: background and accent of one chat. */
export function LookButton({ chatId }: { chatId: string }) {
  const { t } = useTranslation("common");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" icon={<Palette />} onClick={() => setOpen(true)}>
        {t("chat.look")}
      </Button>
      {open && (
        <Suspense>
          <ChatLookDialog chatId={chatId} open onOpenChange={setOpen} />
        </Suspense>
      )}
    </>
  );
}
