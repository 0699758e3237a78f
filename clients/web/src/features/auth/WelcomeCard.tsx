import { Check, Copy, UserPlus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi } from "@/hooks";
import { copyToClipboard } from "@/lib/clipboard";
import type { ChatId } from "@wire";
import { Button, ErrorNotice, IconButton, TextField } from "@/ui";
import { endWelcome } from "./welcome";

/** A week: long enough to be found in a mailbox, short enough to be forgotten safely. */
const INVITE_SECONDS = 7 * 24 * 3600;

/** Greets the owner and makes the first invite link. */
export function WelcomeCard({ chatId }: { chatId: ChatId }) {
  const { t } = useTranslation("auth");
  const api = useApi();
  const [open, setOpen] = useState(true);
  const [link, setLink] = useState("");
  const [busy, setBusy] = useState(false);
  const [copied, setCopied] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  if (!open) return null;

  const copy = (text: string) => copyToClipboard(text).then(setCopied);
  const invite = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const made = await api.createInvite(chatId, { expires_in: INVITE_SECONDS });
      const url = new URL(`/invite/${made.code}`, location.origin).href;
      setLink(url);
      await copy(url);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  const close = () => {
    endWelcome();
    setOpen(false);
  };
  return (
    <section aria-labelledby="welcome" className="mx-4 my-3 grid gap-3 rounded-3 border border-accent/40 bg-accent-soft p-4">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 id="welcome" className="font-semibold">
            {t("welcome.title")}
          </h2>
          <p className="text-sm">{t("welcome.text")}</p>
        </div>
        <IconButton size="sm" label={t("common:close")} onClick={close}>
          <X />
        </IconButton>
      </div>
      {link === "" ? (
        <Button variant="primary" className="justify-self-start" icon={<UserPlus />} loading={busy} onClick={() => void invite()}>
          {t("welcome.invite")}
        </Button>
      ) : (
        <div className="grid grid-cols-1 gap-2">
          <TextField
            label={t("welcome.link")}
            hideLabel
            readOnly
            value={link}
            onChange={() => undefined}
            onFocus={(event) => event.target.select()}
            trailing={
              <IconButton size="sm" label={t("common:copyLink")} onClick={() => void copy(link)}>
                {copied ? <Check /> : <Copy />}
              </IconButton>
            }
          />
          <p role="status" className="text-sm">
            {copied ? t("welcome.copied") : t("welcome.made")}
          </p>
        </div>
      )}
      {failure !== null && <ErrorNotice failure={failure} onRetry={() => void invite()} />}
    </section>
  );
}
