import { copyToClipboard } from "@/lib/clipboard";
import { Button, toast } from "@/ui";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { CircleAlert, RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";

/** A fault of the client: one sentence, a way out, and what support will ask for. */
export function ErrorPage({ error }: ErrorComponentProps) {
  const { t } = useTranslation("common");
  const report = reportOf(error);
  return (
    <main className="grid h-full place-items-center overflow-y-auto p-6">
      <div className="grid max-w-md justify-items-center gap-4 text-center" role="alert">
        <CircleAlert aria-hidden className="size-10 stroke-[1.5] text-danger" />
        <h1 className="text-lg font-semibold">{t("errorPage.title")}</h1>
        <p className="text-ink-2">{t("errorPage.text")}</p>
        <Button variant="primary" icon={<RotateCw />} onClick={() => window.location.reload()}>
          {t("reload")}
        </Button>
        <details className="w-full text-start text-sm text-ink-2">
          <summary className="cursor-pointer py-1">{t("errorPage.details")}</summary>
          <pre className="my-2 max-h-48 overflow-auto rounded-2 bg-sunken p-3 font-mono text-xs whitespace-pre-wrap">{report}</pre>
          <Button size="sm" onClick={() => void copyToClipboard(report).then((done) => toast(done ? { text: t("errorPage.copied"), tone: "success" } : { text: t("copyFailed"), tone: "danger" }))}>
            {t("errorPage.copy")}
          </Button>
        </details>
      </div>
    </main>
  );
}

/** What happened and where; no messages and no tokens. */
function reportOf(error: unknown): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return [`${name}: ${message}`, window.location.pathname, navigator.userAgent, new Date().toISOString(), (stack ?? "").split("\n").slice(1, 8).join("\n")].join("\n");
}
