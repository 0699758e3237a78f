import { CreateChatDialog } from "@/features/chats/CreateChatDialog";
import { ShortcutSheet, Switcher } from "@/features/switcher";
import { useShellStore } from "./shellStore";

/** The windows over the page that belong to no chat. */
export function Overlays({ chatId }: { chatId: string | undefined }) {
  const { switcher, sheet, create, setSwitcher, setSheet, openCreate } = useShellStore();
  return (
    <>
      {switcher && <Switcher key="switcher" chatId={chatId} onClose={() => setSwitcher(false)} onCreate={() => openCreate("direct")} />}
      <ShortcutSheet open={sheet} onOpenChange={setSheet} />
      {create !== null && <CreateChatDialog kind={create} onClose={() => openCreate(null)} />}
    </>
  );
}
