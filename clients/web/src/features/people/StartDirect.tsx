import { useNavigate } from "@tanstack/react-router";
import { UserX } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChatSummaries, useConnection, useEngine, useIdentity } from "@/hooks";
import { ApiFailure } from "@/lib/errors";
import { safeName } from "@/lib/text";
import { Button, EmptyState, ErrorNotice, Spinner } from "@/ui";
import { SignInFirst } from "./SignInFirst";

/** `/direct/@<username>`: goes on to the direct chat, which is made if there is none. */
export function StartDirect({ username }: { username: string }) {
  const name = username.replace(/^@/, "");
  const signedIn = useIdentity().kind === "user";
  return signedIn ? <Starting key={name} name={name} /> : <SignInFirst next={`/direct/@${encodeURIComponent(name)}`} />;
}

function Starting({ name }: { name: string }) {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const navigate = useNavigate();
  const [failure, setFailure] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  // A chat that is there already opens without a network. At the start of the page it may be known a moment later.
  const known = useChatSummaries().find((chat) => chat.type === "direct" && chat.peer?.username.toLowerCase() === name.toLowerCase())?.id;
  const online = useConnection().state === "online";
  useEffect(() => {
    // While there is no connection, the line above says so, and this waits.
    if (known === undefined && !online) return;
    let current = true;
    const found = known !== undefined ? Promise.resolve(known) : engine.command({ type: "start_direct", username: name }).then(({ chat }) => chat.id);
    found.then(
      (chatId) => current && void navigate({ to: "/c/$chatId", params: { chatId }, replace: true }),
      (error: unknown) => current && setFailure(error),
    );
    return () => {
      current = false;
    };
  }, [engine, navigate, name, attempt, known, online]);
  if (failure instanceof ApiFailure && failure.code === "not_found") {
    return (
      <EmptyState
        icon={<UserX />}
        title={t("nobody")}
        text={t("nobodyText", { name: safeName(name) })}
        action={<Button onClick={() => void navigate({ to: "/", replace: true })}>{t("toChats")}</Button>}
      />
    );
  }
  const again = () => {
    setFailure(null);
    setAttempt((count) => count + 1);
  };
  return <div className="mx-auto grid max-w-md place-items-center p-8">{failure ? <ErrorNotice failure={failure} onRetry={again} /> : <Spinner label={t("opening")} />}</div>;
}
