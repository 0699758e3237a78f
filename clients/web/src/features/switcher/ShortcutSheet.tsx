import { SHORTCUTS, type ShortcutScope, strokeText } from "@/lib/keys";
import { Dialog, Kbd } from "@/ui";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";

const SCOPES: readonly ShortcutScope[] = ["global", "chats", "timeline", "composer"];

/** Ctrl+/: every shortcut there is, made from the table they are dispatched by. */
export function ShortcutSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation("chats");
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("sheet.title")} size="lg">
      <div className="gap-8 phone:columns-2">
        {SCOPES.map((scope) => (
          <section key={scope} className="mb-5 break-inside-avoid">
            <h3 className="mb-1 text-xs font-semibold tracking-wide text-ink-2 uppercase">{t(`common:scope.${scope}`)}</h3>
            <dl>
              {SHORTCUTS.filter((shortcut) => shortcut.scope === scope).map(({ id, labelKey, keys }) => (
                <div key={id} className="flex items-center justify-between gap-4 border-b border-line py-1.5 text-sm last:border-0">
                  <dt>{t(labelKey)}</dt>
                  <dd className="shrink-0">
                    {keys.map((stroke, index) => (
                      <Fragment key={index}>
                        {index > 0 && ` ${t("sheet.or")} `}
                        <Kbd keys={strokeText(stroke)} />
                      </Fragment>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
