import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { describeFailure } from "@/lib/errors";
import { times } from "@/lib/time";
import type { Form } from "./useForm";

/** What the server refused, in one sentence; counts down where one has to wait. */
export function FormFailure({ form: { failure, wait } }: { form: Form }) {
  const { t } = useTranslation("auth");
  if (!failure) return null;
  const waited = failure.retryAfterMs !== undefined && wait === 0;
  return (
    <div role="alert" className="flex items-start gap-3 rounded-2 bg-danger/10 px-3 py-2.5 text-sm">
      <CircleAlert aria-hidden className="mt-0.5 size-4.5 shrink-0 text-danger" />
      <p className="min-w-0 flex-1 wrap-anywhere">
        {waited ? t("waited") : wait > 0 ? t(failure.code === "account_locked" ? "locked" : failure.code === "rate_limited" ? "limited" : "busy") : describeFailure(t, failure).text}
        {wait > 0 && (
          // Read out once, not every second.
          <span role="timer" aria-live="off" className="block font-medium tabular-nums">
            {t("waitFor", { time: times().clock(wait * 1000) })}
          </span>
        )}
      </p>
    </div>
  );
}
