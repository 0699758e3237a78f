import { useEngine } from "@/hooks";
import { shortcutText } from "@/lib/keys";
import { Button, EmptyState } from "@/ui";
import { Link, Navigate } from "@tanstack/react-router";
import { Hash, MessageCircle, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { linkButton } from "./look";
import { useShellStore } from "./shellStore";
import { usePhone } from "./useWide";

/** Beside the list: the chat that was open last, else what one could do. Phones show the list alone. */
export function HomePage({ stay }: { stay?: boolean }) {
  const { t } = useTranslation("common");
  const engine = useEngine();
  const phone = usePhone();
  const lastChat = useShellStore((state) => state.lastChat);
  if (!phone && !stay && lastChat && engine.store.summary(lastChat)) {
    return <Navigate to="/c/$chatId" params={{ chatId: lastChat }} replace />;
  }
  return (
    <div className="grid h-full place-items-center">
      <EmptyState
        icon={<MessageCircle />}
        heading="h2"
        title={t("home.title")}
        text={t("home.text", { keys: shortcutText("switcher") })}
        action={
          <>
            <Button icon={<Plus />} onClick={() => useShellStore.getState().openCreate("direct")}>
              {t("home.new")}
            </Button>
            <Link to="/rooms" className={linkButton}>
              <Hash aria-hidden />
              {t("chat.browse")}
            </Link>
          </>
        }
      />
    </div>
  );
}
