import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { copyToClipboard } from "@/lib/clipboard";
import { useHighlighted } from "@/lib/highlight";
import { IconButton } from "@/ui";

/** What kinds of code look like; kinds not named are plain. The colours are the theme's, with its contrast. */
const LOOK: Record<string, string> = {
  keyword: "text-accent font-medium",
  built_in: "text-accent",
  literal: "text-accent",
  "selector-tag": "text-accent",
  name: "text-accent",
  string: "text-ok",
  regexp: "text-ok",
  addition: "text-ok",
  number: "text-warn",
  symbol: "text-warn",
  attr: "text-warn",
  attribute: "text-warn",
  variable: "text-warn",
  type: "text-warn",
  title: "font-semibold",
  section: "font-semibold",
  comment: "text-ink-3 italic",
  quote: "text-ink-3 italic",
  meta: "text-ink-3",
  deletion: "text-danger",
};

/** A block of code with its language and a button that copies it. */
export function CodeBlock({ lang, text }: { lang: string; text: string }) {
  const { t } = useTranslation("timeline");
  const spans = useHighlighted(lang, text);
  return (
    <figure className="group/code my-1.5 max-w-full overflow-hidden rounded-2 border border-line bg-sunken phone:max-w-155 in-[.msg-active]:bg-surface">
      <figcaption className="flex min-h-7 items-center justify-between ps-3 pe-1 text-xs text-ink-2">
        <span>{lang}</span>
        <CopyButton text={text} label={t("copyCode")} done={t("copied")} />
      </figcaption>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keys */}
      <pre className="max-h-[32rem] overflow-auto px-3 pb-2.5 font-mono text-sm/normal" tabIndex={0} dir="ltr" data-swipe="none">
        <code>{spans === null ? text : spans.map((span, index) => (span.scope === null ? span.text : <span key={index} className={LOOK[span.scope] ?? LOOK[span.scope.split(".")[0] ?? ""]}>{span.text}</span>))}</code>
      </pre>
    </figure>
  );
}

function CopyButton({ text, label, done }: { text: string; label: string; done: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), 1500);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton size="sm" label={copied ? done : label} onClick={() => void copyToClipboard(text).then(setCopied)}>
      {copied ? <Check /> : <Copy />}
    </IconButton>
  );
}
