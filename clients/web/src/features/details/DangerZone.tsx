import { LogOut, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ChatSummary } from "@/sync/types";
import { Button, lazyPart } from "@/ui";
import { LeaveDialog } from "./LeaveDialog";

const DeleteDialog = lazyPart(async () => (await import("./DeleteDialog")).DeleteDialog);

/** Leaving and deleting, for those who may. */
export function DangerZone({ chat }: { chat: ChatSummary }) {
  const { t } = useTranslation("details");
  const [asking, setAsking] = useState<"leave" | "delete" | null>(null);
  const can = (permission: "leave" | "delete_chat") => chat.permissions.includes(permission);
  if (!can("leave") && !can("delete_chat")) return null;
  const close = () => setAsking(null);
  return (
    <div className="grid gap-2 border-t border-line pt-4">
      {can("leave") && (
        <Button variant="ghost" className="-ms-3 justify-start text-danger!" icon={<LogOut />} onClick={() => setAsking("leave")}>
          {t("leave")}
        </Button>
      )}
      {can("delete_chat") && (
        <Button variant="ghost" className="-ms-3 justify-start text-danger!" icon={<Trash2 />} onClick={() => setAsking("delete")}>
          {t("deleteChat")}
        </Button>
      )}
      <LeaveDialog chat={chat} open={asking === "leave"} onOpenChange={close} />
      {asking === "delete" && (
        <Suspense>
          <DeleteDialog chat={chat} onClose={close} />
        </Suspense>
      )}
    </div>
  );
}
