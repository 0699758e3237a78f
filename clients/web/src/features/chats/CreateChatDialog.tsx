import { useApi, useClientConfig, useEngine } from "@/hooks";
import { Button, Dialog, ErrorNotice, Segmented, TextArea, TextField } from "@/ui";
import { useMutation } from "@/hooks/query";
import { useNavigate } from "@tanstack/react-router";
import { LIMITS, type User } from "@wire";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { PeoplePicker } from "./PeoplePicker";
import { isSlug, slugOf } from "./slug";

export type NewChatKind = "direct" | "group" | "channel" | "room";
const KINDS: readonly NewChatKind[] = ["direct", "group", "channel", "room"];

/** Begins a direct chat, or makes a group, a channel or a public room. */
export function CreateChatDialog({ kind: first, onClose }: { kind: NewChatKind; onClose: () => void }) {
  const { t } = useTranslation("chats");
  const [kind, setKind] = useState(first);
  const formId = useId();
  const [ready, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("newChat")}
      footer={
        kind === "direct" ? undefined : (
          <>
            <Button onClick={onClose}>{t("common:cancel")}</Button>
            <Button variant="primary" type="submit" form={formId} disabled={!ready} loading={busy}>
              {t(`create.${kind}`)}
            </Button>
          </>
        )
      }
    >
      <div className="grid gap-4">
        <Segmented label={t("kind")} hideLabel value={kind} onChange={setKind} options={KINDS.map((value) => ({ value, label: t(`kinds.${value}`) }))} />
        <p className="text-sm text-ink-2">{t(`about.${kind}`)}</p>
        {kind === "direct" ? <DirectForm onClose={onClose} /> : <GroupForm key={kind} {...{ formId, kind, setReady, setBusy, onClose }} />}
      </div>
    </Dialog>
  );
}

function DirectForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("chats");
  const api = useApi();
  const navigate = useNavigate();
  const [picked, setPicked] = useState<User | null>(null);
  const start = useMutation({
    mutationFn: (user: User) => api.startDirect(user.username),
    onSuccess: (chat) => {
      onClose();
      void navigate({ to: "/c/$chatId", params: { chatId: chat.id } });
    },
  });
  const pick = (user: User) => {
    setPicked(user);
    start.mutate(user);
  };
  return (
    <>
      <PeoplePicker label={t("toWhom")} onPick={pick} autoFocus />
      {start.error && <ErrorNotice failure={start.error} onRetry={() => picked && start.mutate(picked)} />}
    </>
  );
}

interface GroupFormProps {
  formId: string;
  kind: Exclude<NewChatKind, "direct">;
  setReady: (ready: boolean) => void;
  setBusy: (busy: boolean) => void;
  onClose: () => void;
}

function GroupForm({ formId, kind, setReady, setBusy, onClose }: GroupFormProps) {
  const { t } = useTranslation("chats");
  const api = useApi();
  const engine = useEngine();
  const navigate = useNavigate();
  const { chatNameMaxLength, chatRoomSlugRegex } = useClientConfig();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [typedSlug, setTypedSlug] = useState<string | null>(null);
  const [members, setMembers] = useState<readonly User[]>([]);
  const room = kind === "room";
  const slug = typedSlug ?? slugOf(name);
  const badSlug = room && slug !== "" && !isSlug(slug, chatRoomSlugRegex);
  const ready = name.trim() !== "" && (!room || (slug !== "" && !badSlug));
  const create = useMutation({
    mutationFn: () => api.createChat({ kind, name: name.trim(), description: description.trim(), ...(room && { slug }), members: members.map((user) => user.username) }),
    onMutate: () => setBusy(true),
    onSettled: () => setBusy(false),
    onSuccess: async (chat) => {
      onClose();
      await engine.openChat(chat.id).catch(() => undefined);
      await navigate({ to: "/c/$chatId", params: { chatId: chat.id } });
    },
  });
  const changeName = (value: string) => {
    setName(value);
    setReady(value.trim() !== "" && (!room || isSlug(typedSlug ?? slugOf(value), chatRoomSlugRegex)));
  };
  const changeSlug = (value: string) => {
    const next = value.toLowerCase();
    setTypedSlug(next);
    setReady(name.trim() !== "" && isSlug(next, chatRoomSlugRegex));
  };
  return (
    <form
      id={formId}
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !create.isPending) create.mutate();
      }}
    >
      <TextField label={t("name")} value={name} onChange={changeName} maxLength={chatNameMaxLength} required autoFocus autoComplete="off" />
      {room && (
        <TextField
          label={t("slug")}
          value={slug}
          onChange={changeSlug}
          maxLength={LIMITS.CHAT_ID_CHARS}
          autoComplete="off"
          spellCheck={false}
          dir="ltr"
          error={badSlug ? t("slugRule") : null}
          hint={<bdi className="font-mono wrap-anywhere">{`${window.location.host}/rooms/${slug || "…"}`}</bdi>}
        />
      )}
      <TextArea label={t("description")} value={description} onChange={setDescription} maxLength={LIMITS.CHAT_DESCRIPTION_CHARS} rows={2} />
      <PeoplePicker
        label={t("members")}
        chosen={members}
        onPick={(user) => members.length < LIMITS.CREATE_MEMBERS && setMembers([...members, user])}
        onRemove={(user) => setMembers(members.filter((other) => other !== user))}
      />
      {create.error && <ErrorNotice failure={create.error} onRetry={() => create.mutate()} />}
    </form>
  );
}
