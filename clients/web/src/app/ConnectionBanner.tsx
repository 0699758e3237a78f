import { useConnection, useEngine, useIdentity, useOutbox, useStorageState } from "@/hooks";
import type { Connection } from "@/sync/types";
import { Banner } from "@/ui";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

/** A first attempt, and catching up, are told only when they last. */
const PATIENCE_MS = 2_000;

const REASONS = {
  network: "connection.network",
  restarting: "connection.restarting",
  rate_limited: "connection.rateLimited",
  too_slow: "connection.tooSlow",
  unavailable: "connection.unavailable",
} as const;

/** How things stand with the server, and what waits for it. Nothing while all is well. */
export function ConnectionBanner() {
  return (
    <>
      <Line />
      <StorageLine />
    </>
  );
}

function Line() {
  const { t } = useTranslation("common");
  const engine = useEngine();
  const connection = useConnection();
  const { kind } = useIdentity();
  const waiting = useOutbox().filter((entry) => entry.state !== "failed").length;
  const patient = usePatience(connection);
  const seconds = useSecondsUntil(connection.state === "offline" ? connection.retryAt : null);
  if (kind === "none" || patient || connection.state === "online" || connection.state === "syncing" || connection.state === "signed_out") return null;
  const queue = waiting > 0 ? ` ${t("connection.queue", { count: waiting })}` : "";
  if (connection.state === "connecting") return <Banner tone="info">{t("connection.connecting") + queue}</Banner>;
  const next = seconds === null ? "" : ` ${t("connection.nextTry", { count: seconds })}`;
  const text = connection.retryAt === null ? t("connection.browserOffline") : t(REASONS[connection.reason]);
  return (
    <Banner tone="warn" action={{ label: t("retryNow"), onClick: () => engine.reconnect() }}>
      {text}
      {/* Screen readers hear the sentence once, not every second. */}
      <span aria-live="off">{next}</span>
      {queue}
    </Banner>
  );
}

function StorageLine() {
  const { t } = useTranslation("common");
  const [hidden, setHidden] = useState(false);
  const storage = useStorageState();
  if (storage === "ok" || hidden) return null;
  return (
    <Banner tone="warn" action={{ label: t("dismiss"), onClick: () => setHidden(true) }}>
      {t("connection.memory")}
    </Banner>
  );
}

/** True during the first moments of connecting. Later attempts follow a line that is shown already. */
function usePatience(connection: Connection): boolean {
  const quiet = connection.state === "connecting" && connection.attempt <= 1;
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    setPatient(true);
    if (!quiet) return;
    const timer = setTimeout(() => setPatient(false), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [quiet]);
  return quiet && patient;
}

function useSecondsUntil(at: number | null): number | null {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? null : Math.max(0, Math.ceil((at - now) / 1000));
}
