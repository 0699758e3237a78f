import { type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { safeName } from "@/lib/text";
import { NoticeLine as Line } from "./NoticeLine";
import type { Notice } from "./useSubmit";
import { lazyPart } from "@/ui";

// Reading moments is half of it.
const CommandHint = lazyPart(async () => (await import("./CommandHint")).CommandHint);

interface NoticeBarProps {
  text: string;
  notice: Notice | null;
  /** By how many characters the text is too long; 0 when it is not. */
  over: number;
  onSendAsText: () => void;
  onDismiss: () => void;
  onSplit: () => void;
}

/** A line over the field: what is wrong and what can be done, or how the command that is being typed goes on. */
export function NoticeBar({ text, notice, over, onSendAsText, onDismiss, onSplit }: NoticeBarProps) {
  const { t } = useTranslation("composer");
  if (notice?.kind === "unknown") {
    return (
      <Line tone="problem">
        <span className="min-w-48 flex-1">{t("unknownCommand", { name: safeName(notice.name, "?", 40) })}</span>
        <LineButton onClick={onSendAsText}>{t("sendAsText")}</LineButton>
        <LineButton onClick={onDismiss}>{t("common:cancel")}</LineButton>
      </Line>
    );
  }
  if (notice?.kind === "incomplete") {
    return <Line tone="problem">{t("incomplete", { usage: `/${notice.name} ${t(`args.${notice.name}`)}` })}</Line>;
  }
  if (notice) return <Line tone="problem">{notice.text}</Line>;
  if (over > 0) {
    return (
      <Line tone="problem">
        <span className="min-w-48 flex-1">{t("tooLong", { count: over })}</span>
        <LineButton onClick={onSplit}>{t("split")}</LineButton>
      </Line>
    );
  }
  if (!/^\/\w+\s/.test(text)) return null;
  return (
    <Suspense>
      <CommandHint text={text} />
    </Suspense>
  );
}

function LineButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" onClick={onClick} className="shrink-0 rounded-1 px-2 py-0.5 font-semibold text-accent hover:bg-accent-soft max-phone:min-h-11">
      {children}
    </button>
  );
}
