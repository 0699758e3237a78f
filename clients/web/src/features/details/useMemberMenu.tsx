import { useNavigate } from "@tanstack/react-router";
import { Ban, Crown, Eye, MessageSquare, Shield, Undo2, User, UserMinus, UserRound } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useEngine } from "@/hooks";
import { safeName } from "@/lib/text";
import { ConfirmDialog, type MenuEntry } from "@/ui";
import type { ChatId, Member } from "@wire";
import { useAction, useViewpoint } from "./hooks";
import { memberActions, ROLE_OF, type MemberAction } from "./roles";

const ICON: Record<MemberAction, ReactNode> = {
  profile: <UserRound />,
  message: <MessageSquare />,
  makeAdmin: <Shield />,
  makeMember: <User />,
  makeViewer: <Eye />,
  block: <Ban />,
  unblock: <Undo2 />,
  remove: <UserMinus />,
  transfer: <Crown />,
};
/** What is asked about before it is done. */
const ASKED = ["block", "remove", "transfer"] as const;
type Asked = (typeof ASKED)[number];
const isAsked = (action: MemberAction): action is Asked => ASKED.some((one) => one === action);

/** The entries for a member, and the question that belongs to some of them. */
export function useMemberMenu(member: Member, chatId: ChatId): { readonly items: MenuEntry[]; readonly dialog: ReactNode } {
  const { t } = useTranslation("details");
  const engine = useEngine();
  const navigate = useNavigate();
  const view = useViewpoint(chatId);
  const [, run] = useAction();
  const [asking, setAsking] = useState<Asked | null>(null);
  const who = { chat_id: chatId, user_id: member.user_id };
  const act = async (action: MemberAction): Promise<void> => {
    switch (action) {
      case "profile":
        return navigate({ to: "/u/$username", params: { username: member.username } });
      case "message":
        return navigate({ to: "/c/$chatId", params: { chatId: (await engine.command({ type: "start_direct", username: member.username })).chat.id } });
      case "remove":
        return void (await engine.command({ type: "remove_member", ...who }));
      case "transfer":
        return void (await engine.command({ type: "transfer_ownership", ...who }));
      default:
        return void (await engine.command({ type: "set_role", ...who, role: ROLE_OF[action] }));
    }
  };
  const entry = (action: MemberAction): MenuEntry => ({
    label: t(`actions.${action}`),
    icon: ICON[action],
    danger: isAsked(action),
    onSelect: () => (isAsked(action) ? setAsking(action) : void run(() => act(action))),
  });
  const actions = view ? memberActions(view, member) : [];
  const items = actions.flatMap((action, index) => {
    const before = actions[index - 1];
    const newPart = isAsked(action) && before !== undefined && !isAsked(before);
    return newPart ? ["separator" as const, entry(action)] : [entry(action)];
  });
  const name = safeName(member.display_name, member.username);
  const dialog = asking && (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && setAsking(null)}
      title={t(`ask.${asking}`, { name })}
      text={t(`ask.${asking}Text`, { name })}
      confirmLabel={t(`actions.${asking}`)}
      danger
      onConfirm={() => act(asking)}
    />
  );
  return { items, dialog };
}
