import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@/hooks/query";
import { useEngine, useOutbox, useStorageState } from "@/hooks";
import { flushAll } from "@/hooks/flush";
import { forgetAnswers } from "@/hooks/signOut";
import { Banner, Button, ConfirmDialog } from "@/ui";
import { formatBytes } from "./bytes";
import { Part } from "@/ui/Part";

/** How much this browser keeps of the chats, and how to be rid of it. */
export function StoragePart() {
  const { t, i18n } = useTranslation("settings");
  const engine = useEngine();
  const waiting = useOutbox().length;
  const state = useStorageState();
  const [asked, setAsked] = useState(false);
  const { data: used } = useQuery({ queryKey: ["storage-used"], queryFn: storageUsed, staleTime: 5_000 });
  const clear = async () => {
    await flushAll();
    await engine.forgetCache();
    await forgetAnswers();
    window.location.reload();
  };
  return (
    <Part divided title={t("storage.title")} text={t("storage.text")}>
      {state === "memory" && <Banner tone="warn">{t("storage.memory")}</Banner>}
      <p className="text-sm">{used == null ? t("storage.unknown") : t("storage.used", { size: formatBytes(used, i18n.language) })}</p>
      <Button className="justify-self-start" onClick={() => setAsked(true)}>
        {t("storage.clear")}
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        title={t("storage.askTitle")}
        text={waiting > 0 ? t("storage.askWaiting", { count: waiting }) : t("storage.askText")}
        confirmLabel={t("storage.clear")}
        onConfirm={clear}
      />
    </Part>
  );
}

/** Bytes of this site in this browser; null where the browser does not tell. */
async function storageUsed(): Promise<number | null> {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return estimate?.usage ?? null;
}
