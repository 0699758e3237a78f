import { useQueries } from "@/hooks/query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useApi } from "@/hooks";
import { safeName } from "@/lib/text";
import { LIMITS, type Account } from "@wire";
import { Avatar, ErrorNotice, TextArea, TextField } from "@/ui";
import { changesOf, faultsOf, formOf, type ProfileForm as Form } from "./profile";
import { SaveRow } from "./SaveRow";
import { StatusPresets } from "./StatusPresets";
import { UnsavedGuard } from "./UnsavedGuard";

/** The form over a loaded account. */
export function ProfileForm({ account }: { account: Account }) {
  const { t } = useTranslation("settings");
  const api = useApi();
  const queries = useQueries();
  const element = useRef<HTMLFormElement>(null);
  const [saved, setSaved] = useState(() => formOf(account));
  const [form, setForm] = useState(saved);
  const [tried, setTried] = useState(0);
  const [state, setState] = useState<"idle" | "saving" | "saved">("idle");
  const [failure, setFailure] = useState<unknown>(null);
  const changes = changesOf(saved, form);
  const dirty = Object.keys(changes).length > 0;
  const faults = tried > 0 ? faultsOf(form) : [];
  const fault = (field: (typeof faults)[number]) => (faults.includes(field) ? t(`profile.fault.${field}`) : null);

  useEffect(() => {
    if (tried > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tried]);

  const set = (part: Partial<Form>) => {
    setForm({ ...form, ...part });
    setState("idle");
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (faultsOf(form).length > 0) return setTried(tried + 1);
    setState("saving");
    setFailure(null);
    try {
      const after = await api.updateProfile(changes);
      queries.set(["account", after.user.id], after);
      setSaved(formOf(after));
      setForm(formOf(after));
      setTried(0);
      setState("saved");
    } catch (error) {
      setFailure(error);
      setState("idle");
    }
  };
  return (
    <form ref={element} onSubmit={(event) => void save(event)} noValidate className="grid grid-cols-1 gap-5">
      <UnsavedGuard when={dirty && state !== "saving"} />
      <div className="flex items-center gap-4">
        <Avatar name={safeName(form.displayName, account.user.username)} seed={account.user.id} size="lg" />
        <div className="min-w-0">
          <p className="font-semibold wrap-anywhere">
            <bdi>{safeName(form.displayName, account.user.username)}</bdi>
          </p>
          <p className="text-sm text-ink-2 wrap-anywhere">
            <bdi>{`@${account.user.username}`}</bdi>
          </p>
        </div>
      </div>
      <TextField label={t("profile.displayName")} hint={t("profile.displayNameHint")} value={form.displayName} onChange={(displayName) => set({ displayName })} error={fault("displayName")} maxLength={LIMITS.DISPLAY_NAME_CHARS} autoComplete="name" required />
      <fieldset className="grid grid-cols-1 gap-3">
        <legend className="sr-only">{t("profile.status")}</legend>
        <div className="grid gap-3 @lg:grid-cols-[7rem_minmax(0,1fr)]">
          <TextField label={t("profile.statusEmoji")} value={form.statusEmoji} onChange={(statusEmoji) => set({ statusEmoji })} error={fault("statusEmoji")} maxLength={32} autoComplete="off" />
          <TextField label={t("profile.statusText")} value={form.statusText} onChange={(statusText) => set({ statusText })} maxLength={LIMITS.STATUS_CHARS} autoComplete="off" />
        </div>
        <StatusPresets onPick={(statusEmoji, statusText) => set({ statusEmoji, statusText })} canClear={form.statusEmoji !== "" || form.statusText !== ""} />
      </fieldset>
      <TextArea label={t("profile.bio")} hint={t("profile.bioHint")} value={form.bio} onChange={(bio) => set({ bio })} maxLength={LIMITS.BIO_CHARS} rows={3} />
      <TextField label={t("profile.email")} hint={t("profile.emailHint")} type="email" value={form.email} onChange={(email) => set({ email })} error={fault("email")} maxLength={LIMITS.EMAIL_CHARS} autoComplete="email" />
      {failure !== null && <ErrorNotice failure={failure} />}
      <SaveRow dirty={dirty} state={state} onReset={() => setForm(saved)} />
    </form>
  );
}
