//! Members: coming, going, roles, blocking, ownership.

use std::sync::Arc;

use vestnik_proto::command::{AddMember, ChatRef, Join, ListMembers, MemberRef, SetRole};
use vestnik_proto::event::MemberChange;
use vestnik_proto::frame::Ack;
use vestnik_proto::{
    AccountEventContent, Answer, ApiError, Chat, ChatEventContent, ChatKind, Permission, Role, UserId,
};
use vestnik_store::{MemberRow, StoreError, Tx};

use crate::context::{Request, check, page, taken};
use crate::error::{Fail, conflict, forbidden};
use crate::permissions::outranks;
use crate::registry::ChatInfo;
use crate::{Actor, Core, Notice, views};

/// A change of one membership within a transaction.
struct Changed<'a> {
    chat: &'a ChatInfo,
    by: UserId,
    change: MemberChange,
    /// As it is after the change; for those who go as it was.
    member: MemberRow,
    /// Whether they were a member, not blocked, before.
    was_in: bool,
}

impl Core {
    /// Makes someone a member within a transaction. Answers the chat as they see it, unless they are blocked.
    pub(crate) async fn admit(
        &self,
        tx: &mut Tx,
        chat: &ChatInfo,
        user: UserId,
        role: Role,
        by: UserId,
        change: MemberChange,
    ) -> Result<(MemberRow, Option<Chat>), Fail> {
        let member = tx.insert_member(chat.key, user, role, self.now()).await?;
        let (_, seen) =
            self.tell_member(tx, Changed { chat, by, change, member: member.clone(), was_in: false }).await?;
        Ok((member, seen))
    }

    /// Writes a changed membership into the log and, where someone came or went, into their account's
    /// stream, and has the registry and the connections follow after COMMIT. Returns the `rev`, and the chat
    /// as those see it who came.
    async fn tell_member(&self, tx: &mut Tx, changed: Changed<'_>) -> Result<(i64, Option<Chat>), Fail> {
        let Changed { chat, by, change, member, was_in } = changed;
        let (key, user) = (chat.key, member.user);
        let stays = !matches!(change, MemberChange::Left | MemberChange::Removed);
        let is_in = change.stays(member.role);
        let role = stays.then_some(member.role);
        let inner = Arc::clone(&self.0);
        let rev = tx.next_rev(key).await?;
        tx.after_commit(move || inner.registry.set_role(key, user, role, rev));
        if was_in && !is_in {
            // Before the event: who is out learns nothing new, not even this from the chat.
            self.tell_after(tx, Notice::Left { chat: key, user });
        }
        let content = ChatEventContent::MemberChanged {
            change,
            member: views::member(tx, &member).await?,
            by,
            timestamp: self.now(),
        };
        self.emit_at(tx, chat, rev, by, content, None).await?;
        let mut seen = None;
        if is_in && !was_in {
            self.tell_after(tx, Notice::Joined { chat: key, user, rev });
            let view = if change == MemberChange::Joined {
                views::chat_of_newcomer(tx, key, member).await?
            } else {
                // Among them those who are let in again.
                Chat { draft: None, ..views::chat_of(tx, key, Some(user)).await? }
            };
            seen = Some(view.clone());
            self.emit_account(tx, user, AccountEventContent::ChatJoined { chat: Box::new(view) }).await?;
        }
        if was_in && !is_in {
            self.emit_account(tx, user, AccountEventContent::ChatLeft { chat_id: chat.id.clone() }).await?;
        }
        Ok((rev, seen))
    }

    pub(crate) async fn join(&self, request: &Request, command: Join) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let user = request.actor.id;
        let id = match (command.chat_id, command.invite) {
            (None, Some(code)) => {
                let chat = self.find_valid_invite(&code).await?;
                if chat.is_member(user) {
                    return Ok(Answer::Chat { chat: Box::new(self.view_chat(&actor, chat.key).await?) });
                }
                let core = self.clone();
                return self
                    .commit(request, chat.key, move |tx| {
                        Box::pin(async move {
                            core.enter_by_invite(tx, user, &chat, &code).await?;
                            Ok(Answer::Chat { chat: Box::new(views::chat_of(tx, chat.key, Some(user)).await?) })
                        })
                    })
                    .await;
            }
            (Some(id), None) => id,
            _ => return Err(ApiError::invalid("chat_id", "Name either a room or an invite's code.").into()),
        };
        let info = self.require(&actor, &id, Permission::Read).await?;
        if info.is_member(user) {
            return Ok(Answer::Chat { chat: Box::new(self.view_chat(&actor, info.key).await?) });
        }
        check(&info, &actor, Permission::Join)?;
        let core = self.clone();
        let joined = self
            .commit(request, info.key, {
                let info = Arc::clone(&info);
                move |tx| {
                    Box::pin(async move {
                        let admitted = core.admit(tx, &info, user, Role::Member, user, MemberChange::Joined).await?;
                        Ok(Answer::Chat { chat: Box::new(admitted.1.ok_or(StoreError::Gone)?) })
                    })
                }
            })
            .await;
        match joined {
            // Another device was quicker.
            Err(Fail::Store(StoreError::Exists)) => {
                Ok(Answer::Chat { chat: Box::new(self.view_chat(&actor, info.key).await?) })
            }
            joined => joined,
        }
    }

    /// Lets a user in by an invite within a transaction, and counts its use; nothing for a member.
    pub(crate) async fn enter_by_invite(
        &self,
        tx: &mut Tx,
        user: UserId,
        chat: &ChatInfo,
        code: &str,
    ) -> Result<(), Fail> {
        let invite = vestnik_store::find_invite(tx, code).await?.ok_or_else(ApiError::not_found)?;
        match vestnik_store::find_member(tx, chat.key, user).await? {
            Some(member) if member.role == Role::Blocked => return Err(ApiError::not_found().into()),
            Some(_) => return Ok(()),
            None => {}
        }
        if !tx.use_invite(code, self.now()).await? {
            return Err(ApiError::not_found().into());
        }
        self.admit(tx, chat, user, invite.invite.role, user, MemberChange::Joined).await?;
        Ok(())
    }

    pub(crate) async fn leave(&self, request: &Request, command: ChatRef) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::Read).await?;
        if info.role(request.actor.id) == Some(Role::Owner) {
            return Err(conflict("The owner cannot leave. Give the chat to another member, or delete it.").into());
        }
        check(&info, &actor, Permission::Leave)?;
        self.end_membership(request, info, request.actor.id, MemberChange::Left).await
    }

    pub(crate) async fn remove_member(&self, request: &Request, command: MemberRef) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::ManageMembers).await?;
        let role = info.role(command.user_id).ok_or_else(ApiError::not_found)?;
        if !info.role(request.actor.id).is_some_and(|mine| outranks(mine, role)) {
            return Err(forbidden().into());
        }
        self.end_membership(request, info, command.user_id, MemberChange::Removed).await
    }

    async fn end_membership(
        &self,
        request: &Request,
        chat: Arc<ChatInfo>,
        user: UserId,
        change: MemberChange,
    ) -> Result<Answer, Fail> {
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, chat.key, move |tx| {
            Box::pin(async move {
                let member = vestnik_store::find_member(tx, chat.key, user).await?.ok_or(StoreError::Gone)?;
                tx.delete_member(chat.key, user, member.role).await?;
                let was_in = member.role != Role::Blocked;
                let (rev, _) = core.tell_member(tx, Changed { chat: &chat, by, change, member, was_in }).await?;
                Ok(Answer::Ack(Ack { chat_id: chat.id.clone(), rev, message_id: None, seq: None, timestamp: now }))
            })
        })
        .await
    }

    pub(crate) async fn list_members(&self, actor: &Actor, command: ListMembers) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::ListMembers).await?;
        let limit = page(command.limit)?;
        let after = match &command.cursor {
            None => 0,
            Some(cursor) => {
                cursor.parse().map_err(|_| ApiError::invalid("cursor", "Give the cursor as the page before had it."))?
            }
        };
        // Who is blocked concerns only those who may change it.
        let with_blocked = info.allows(actor, Permission::ManageMembers);
        let mut db = self.read().await?;
        let mut members = vestnik_store::list_members(&mut db, info.key, after, limit + 1, with_blocked).await?;
        let next = (members.len() as i64 > limit).then(|| {
            members.truncate(limit as usize);
            members.last().map(|member| member.user_id.to_string())
        });
        Ok(Answer::Members { members, next: next.flatten() })
    }

    pub(crate) async fn add_member(&self, request: &Request, command: AddMember) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::AddMember).await?;
        let role = command.role.unwrap_or(Role::Member);
        let mine = info.role(request.actor.id).unwrap_or(Role::Member);
        // One who may add but not manage adds plain members.
        let may_give = role == Role::Member
            || (info.allows(&actor, Permission::ManageMembers) && role != Role::Owner && outranks(mine, role));
        if !may_give {
            return Err(forbidden().into());
        }
        if role == Role::Blocked {
            return Err(
                ApiError::invalid("role", "Nobody is added as blocked. Set the role of one who is there.").into()
            );
        }
        let user = self.find_named(&command.username).await?.ok_or_else(ApiError::not_found)?.user.id;
        let (core, by) = (self.clone(), request.actor.id);
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let (member, _) = core.admit(tx, &info, user, role, by, MemberChange::Added).await?;
                Ok(Answer::Member { member: views::member(tx, &member).await? })
            })
        })
        .await
        .map_err(|fail| taken(fail, "This person is a member already, or is blocked here."))
    }

    pub(crate) async fn set_role(&self, request: &Request, command: SetRole) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::ManageMembers).await?;
        let (by, user, role) = (request.actor.id, command.user_id, command.role);
        if role == Role::Owner {
            return Err(ApiError::invalid("role", "Ownership is given with transfer_ownership.").into());
        }
        let mine = info.role(by).unwrap_or(Role::Member);
        let before = info.role(user);
        if before.is_some_and(|before| !outranks(mine, before)) || !outranks(mine, role) {
            return Err(forbidden().into());
        }
        // Strangers can be kept out of a public room; elsewhere they are out already.
        if before.is_none() && !(role == Role::Blocked && info.kind == ChatKind::Room) {
            return Err(ApiError::not_found().into());
        }
        let core = self.clone();
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let row = vestnik_store::find_member(tx, info.key, user).await?;
                let Some(member) = row else {
                    if vestnik_store::find_user(tx, user).await?.is_none() {
                        return Err(ApiError::not_found().into());
                    }
                    // One who only looks in stops seeing it.
                    core.tell_after(tx, Notice::Left { chat: info.key, user });
                    // Not a change of role: they were not one of those counted.
                    let (member, _) = core.admit(tx, &info, user, role, by, MemberChange::Added).await?;
                    core.emit_account(tx, user, AccountEventContent::ChatLeft { chat_id: info.id.clone() }).await?;
                    return Ok(Answer::Member { member: views::member(tx, &member).await? });
                };
                if member.role != role {
                    core.change_role(tx, &info, &member, role, by).await?;
                }
                let member = MemberRow { role, ..member };
                Ok(Answer::Member { member: views::member(tx, &member).await? })
            })
        })
        .await
    }

    async fn change_role(
        &self,
        tx: &mut Tx,
        chat: &ChatInfo,
        member: &MemberRow,
        role: Role,
        by: UserId,
    ) -> Result<i64, Fail> {
        tx.set_role(chat.key, member.user, member.role, role).await?;
        let was_in = member.role != Role::Blocked;
        if role == Role::Blocked {
            // As for one who is removed: what only they see goes.
            tx.set_draft(member.user, chat.key, None).await?;
        }
        // One unblocked comes in again, which who has not seen them blocked could not tell from a change of role.
        let change = if was_in { MemberChange::Role } else { MemberChange::Added };
        let member = MemberRow { role, ..member.clone() };
        Ok(self.tell_member(tx, Changed { chat, by, change, member, was_in }).await?.0)
    }

    pub(crate) async fn transfer_ownership(&self, request: &Request, command: MemberRef) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::TransferOwnership).await?;
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        if command.user_id == by {
            return Err(ApiError::invalid("user_id", "The chat is yours already. Name another member.").into());
        }
        if !info.is_member(command.user_id) {
            return Err(ApiError::not_found().into());
        }
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let from = vestnik_store::find_member(tx, info.key, by).await?.ok_or(StoreError::Gone)?;
                let to = vestnik_store::find_member(tx, info.key, command.user_id).await?.ok_or(StoreError::Gone)?;
                core.change_role(tx, &info, &from, Role::Admin, by).await?;
                let rev = core.change_role(tx, &info, &to, Role::Owner, by).await?;
                Ok(Answer::Ack(Ack { chat_id: info.id.clone(), rev, message_id: None, seq: None, timestamp: now }))
            })
        })
        .await
    }
}
