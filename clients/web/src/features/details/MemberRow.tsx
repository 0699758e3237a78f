import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMe, usePresence } from "@/hooks";
import { safeName } from "@/lib/text";
import { Avatar, cx, IconButton, Menu } from "@/ui";
import type { ChatId, Member } from "@wire";
import type { DetailsPanelProps } from "./DetailsPanel";
import { useMemberMenu } from "./useMemberMenu";

const NAME = "flex min-h-11 min-w-0 flex-1 items-center gap-3 rounded-2 px-2 text-start hover:bg-sunken";

/** One member: who, what they are here, and what may be done with them. */
export function MemberRow({ member, chatId, ProfileCard }: Pick<DetailsPanelProps, "ProfileCard"> & { member: Member; chatId: ChatId }) {
  const { t } = useTranslation("details");
  const me = useMe();
  const presence = usePresence(member.user_id);
  const name = safeName(member.display_name, member.username);
  const { items, dialog } = useMemberMenu(member, chatId);
  const blocked = member.role === "blocked";
  const hasMenu = items.length > 1;
  const inside = (
    <>
      <Avatar name={name} seed={member.user_id} size="sm" {...(!blocked && { presence: presence?.status ?? "offline" })} />
      <span className={cx("min-w-0 flex-1 truncate", blocked && "text-ink-2 line-through")}>
        <bdi>{name}</bdi>
        {member.user_id === me && <span className="text-ink-2"> {t("you")}</span>}
      </span>
      {member.role !== "member" && <span className={cx("shrink-0 text-xs", blocked ? "text-danger" : "text-ink-2", hasMenu && "pointer-fine:group-focus-within:opacity-0 pointer-fine:group-hover:opacity-0 pointer-fine:group-has-[[aria-expanded=true]]:opacity-0")}>{t(`roles.${member.role}`)}</span>}
    </>
  );
  return (
    <div className="group relative flex items-center">
      {ProfileCard ? (
        <ProfileCard userId={member.user_id} username={member.username} chatId={chatId} trigger={<button type="button" className={NAME}>{inside}</button>} />
      ) : (
        <Link to="/u/$username" params={{ username: member.username }} className={NAME}>
          {inside}
        </Link>
      )}
      {hasMenu && (
        <Menu
          label={t("menuOf", { name })}
          align="end"
          items={items}
          trigger={
            <IconButton size="sm" label={t("menuOf", { name })} className="pointer-fine:absolute pointer-fine:end-1 pointer-fine:opacity-0 pointer-fine:group-focus-within:opacity-100 pointer-fine:group-hover:opacity-100 aria-expanded:opacity-100!">
              <Ellipsis />
            </IconButton>
          }
        />
      )}
      {dialog}
    </div>
  );
}
