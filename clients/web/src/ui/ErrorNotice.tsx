import { describeFailure } from "@/lib/errors";
import { CircleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";

/** What went wrong in one sentence, and what to do. Counts down where one has to wait. */
export function ErrorNotice({ failure, onRetry }: { failure: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const { text, action, seconds } = describeFailure(t, failure);
  const left = useCountdown(failure, seconds ?? 0);
  const retry = action === "reload" ? () => window.location.reload() : onRetry;
  const label = t(action === "reload" ? "common:reload" : "common:tryAgain");
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-2 bg-danger/10 px-3 py-2 text-sm">
      <CircleAlert aria-hidden className="size-4.5 shrink-0 text-danger" />
      {/* The sentence alone: with the button in it, every second of the countdown would be read out. */}
      <p role="alert" className="min-w-0 flex-1 basis-40 wrap-anywhere">
        {text}
      </p>
      {retry && action !== "login" && (
        <Button size="sm" disabled={left > 0} onClick={retry}>
          {left > 0 ? t("common:tryAgainIn", { count: left }) : label}
        </Button>
      )}
    </div>
  );
}

/** Seconds left of a failure's waiting time. */
function useCountdown(failure: unknown, seconds: number): number {
  const [left, setLeft] = useState(Math.ceil(seconds));
  useEffect(() => {
    setLeft(Math.ceil(seconds));
    if (seconds <= 0) return;
    const until = performance.now() + seconds * 1000;
    const timer = window.setInterval(() => {
      const rest = Math.max(0, Math.ceil((until - performance.now()) / 1000));
      setLeft(rest);
      if (rest === 0) window.clearInterval(timer);
    }, 250);
    return () => window.clearInterval(timer);
  }, [failure, seconds]);
  return left;
}
