//! Invite links.

use std::sync::Arc;

use vestnik_proto::command::{ChatRef, CreateInvite, InviteCode, RevokeInvite};
use vestnik_proto::{Answer, ApiError, Invite, InvitePreview, Permission, Role, limits};

use crate::context::{Request, storable};
use crate::error::{Fail, conflict};
use crate::registry::ChatInfo;
use crate::tokens::random_text;
use crate::{Actor, Core};

/// Longest life of an invite, seconds: one year.
const LONGEST: u32 = 365 * 24 * 3600;

impl Core {
    pub(crate) async fn create_invite(&self, request: &Request, command: CreateInvite) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::Invite).await?;
        let role = command.role.unwrap_or(Role::Member);
        if !matches!(role, Role::Member | Role::Viewer) {
            return Err(ApiError::invalid("role", "Those who come by an invite can be members or viewers.").into());
        }
        if command.expires_in.is_some_and(|secs| secs == 0 || secs > LONGEST) {
            return Err(ApiError::invalid("expires_in", "An invite works for a second to a year, or for ever.").into());
        }
        if command.max_uses == Some(0) {
            return Err(ApiError::invalid("max_uses", "An invite works at least once.").into());
        }
        let now = self.now();
        if vestnik_store::list_invites(&mut self.read().await?, info.key, now).await?.len() as i64
            >= limits::INVITES_PER_CHAT
        {
            return Err(conflict("This chat has 100 invites. Revoke one that is not needed.").into());
        }
        let invite = Invite {
            code: random_text(&*self.0.rng, 20),
            chat_id: info.id.clone(),
            created_by: request.actor.id,
            created_at: now,
            expires_at: command.expires_in.map(|secs| now.plus_secs(i64::from(secs))),
            max_uses: command.max_uses,
            uses: 0,
            role,
        };
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                tx.insert_invite(info.key, &invite).await?;
                Ok(Answer::Invite { invite })
            })
        })
        .await
    }

    pub(crate) async fn list_invites(&self, actor: &Actor, command: ChatRef) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::Invite).await?;
        let rows = vestnik_store::list_invites(&mut self.read().await?, info.key, self.now()).await?;
        Ok(Answer::Invites { invites: rows.into_iter().map(|row| row.invite).collect() })
    }

    pub(crate) async fn revoke_invite(&self, request: &Request, command: RevokeInvite) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::Invite).await?;
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                if storable(&command.code) && tx.delete_invite(info.key, &command.code).await? {
                    Ok(Answer::Ok)
                } else {
                    Err(ApiError::not_found().into())
                }
            })
        })
        .await
    }

    /// What an invite leads to, for whoever holds it, signed in or not.
    pub(crate) async fn get_invite(&self, command: InviteCode) -> Result<Answer, Fail> {
        let info = self.find_valid_invite(&command.code).await?;
        let mut db = self.read().await?;
        let row = vestnik_store::find_invite(&mut db, &command.code).await?.ok_or_else(ApiError::not_found)?;
        let chat = vestnik_store::find_chat_by_key(&mut db, info.key).await?.ok_or_else(ApiError::not_found)?;
        let by = vestnik_store::list_users(&mut db, &[row.invite.created_by]).await?.pop();
        Ok(Answer::InvitePreview {
            invite: InvitePreview {
                code: row.invite.code,
                chat_name: chat.name,
                kind: chat.kind,
                member_count: chat.member_count,
                invited_by: by.map(|user| user.display_name).unwrap_or_default(),
                expires_at: row.invite.expires_at,
            },
        })
    }

    /// The chat an invite leads to, while it works.
    pub(crate) async fn find_valid_invite(&self, code: &str) -> Result<Arc<ChatInfo>, ApiError> {
        let gone = || {
            ApiError::new(
                vestnik_proto::ErrorCode::NotFound,
                "This invite does not work (any more). Ask for a new one.",
            )
        };
        if code.len() > 64 || !storable(code) {
            return Err(gone());
        }
        let now = self.now();
        let row = vestnik_store::find_invite(&mut self.read().await?, code).await.map_err(Fail::from)?;
        let row = row.ok_or_else(gone)?;
        let used_up = row.invite.max_uses.is_some_and(|most| row.invite.uses >= most);
        if used_up || row.invite.expires_at.is_some_and(|at| at <= now) {
            return Err(gone());
        }
        Ok(self.chat_by_key(row.chat).await?)
    }
}
