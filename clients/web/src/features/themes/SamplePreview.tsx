import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { Avatar } from "@/ui";
import { tokenStyle } from "./MiniPreview";
import type { Base, TokenSet } from "./tokens";

/** A short conversation in a theme, for looking at it while it is made. */
export function SamplePreview({ base, tokens, style }: { base: Base; tokens: TokenSet; style?: CSSProperties }) {
  const { t } = useTranslation("settings");
  return (
    <div data-theme={base} style={{ ...tokenStyle(tokens), ...style }} role="img" aria-label={t("sample.label")} className="overflow-hidden rounded-2 border border-line bg-surface text-ink">
      <div aria-hidden inert className="text-sm">
        <div className="flex items-center gap-2 border-b border-line bg-surface px-3 py-2">
          <Avatar name="general" seed="general" kind="room" size="xs" />
          <b className="flex-1 font-semibold">{t("sample.room")}</b>
          <span className="rounded-full bg-accent px-1.5 text-xs font-semibold text-accent-ink">3</span>
        </div>
        <div className="grid grid-cols-1 gap-2 p-3">
          <span className="justify-self-center rounded-full bg-sunken px-2 text-xs text-ink-2">{t("sample.today")}</span>
          <p>
            <b className="font-semibold">{t("sample.anna")}</b> <span className="text-xs text-ink-3">14:02</span>
            <br />
            {t("sample.question")} <span className="rounded-1 bg-accent-soft px-1 font-medium text-accent">@you</span>
          </p>
          <p className="max-w-[85%] justify-self-end rounded-2 bg-mine px-3 py-1.5">{t("sample.answer")}</p>
          <p className="text-xs font-semibold text-danger">{t("sample.new")}</p>
          <p className="rounded-2 border border-line bg-raised p-2 text-ink-2 shadow-raised">
            {t("sample.card")} <span className="text-ok">{t("sample.done")}</span>
          </p>
          <div className="flex items-center gap-2 rounded-3 border border-line-strong bg-raised px-3 py-2">
            <span className="flex-1 text-ink-3">{t("sample.compose")}</span>
            <span className="rounded-2 bg-warn px-2 text-xs font-medium text-warn-ink">@</span>
            <span className="rounded-2 bg-danger px-2 text-xs font-medium text-danger-ink">!</span>
            <span className="rounded-2 bg-accent px-2 text-xs font-medium text-accent-ink">{t("sample.send")}</span>
          </div>
        </div>
      </div>
    </div>
  );
}
