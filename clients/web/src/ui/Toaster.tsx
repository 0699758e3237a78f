import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { IconButton } from "./IconButton";
import { dismissToast, type Toast, toastStore } from "./toast";

const ICON = { info: Info, success: CircleCheck, danger: CircleAlert };
const COLOUR = { info: "text-accent", success: "text-ok", danger: "text-danger" };
const LIFE_MS = 5_000;
const LONG_LIFE_MS = 10_000;

/** Shows what `toast()` says. Rendered once. */
export function Toaster() {
  const { t } = useTranslation("common");
  const toasts = toastStore((state) => state.toasts);
  return createPortal(
    <section aria-label={t("messages")} className="pointer-events-none fixed inset-x-0 bottom-0 z-60 grid justify-items-center gap-2 p-4 pb-[max(1rem,env(safe-area-inset-bottom))]">
      <div role="status" className="w-full max-w-md">
        <ol className="grid gap-2">
          {toasts.map((item) => (
            <Row key={item.id} item={item} />
          ))}
        </ol>
      </div>
    </section>,
    document.body,
  );
}

function Row({ item }: { item: Toast }) {
  const { t } = useTranslation("common");
  const [held, setHeld] = useState(false);
  const tone = item.tone ?? "info";
  const Icon = ICON[tone];
  useEffect(() => {
    if (held) return;
    const timer = window.setTimeout(() => dismissToast(item.id), item.action || tone === "danger" ? LONG_LIFE_MS : LIFE_MS);
    return () => window.clearTimeout(timer);
  }, [held, item, tone]);
  return (
    <li
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex animate-[rise_160ms_ease-out] items-center gap-3 rounded-2 border border-line bg-raised py-2 ps-4 pe-2 text-sm shadow-raised"
    >
      <Icon aria-hidden className={`size-4.5 shrink-0 ${COLOUR[tone]}`} />
      <span className="min-w-0 flex-1 wrap-anywhere">{item.text}</span>
      {item.action && (
        <button
          type="button"
          className="shrink-0 rounded-1 px-2 py-1 font-semibold text-accent hover:bg-accent-soft max-phone:min-h-11"
          onClick={() => {
            dismissToast(item.id);
            item.action?.onClick();
          }}
        >
          {item.action.label}
        </button>
      )}
      <IconButton size="sm" label={t("dismiss")} onClick={() => dismissToast(item.id)}>
        <X />
      </IconButton>
    </li>
  );
}
