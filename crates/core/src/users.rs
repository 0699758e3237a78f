//! Profiles.

use vestnik_proto::command::{FindUsers, GetUser, UpdateProfile};
use vestnik_proto::{
    Account, AccountEventContent, Answer, ApiError, PassingEvent, Timestamp, User, UserId, limits, names,
};
use vestnik_store::{ChatKey, StoreError, UserRow};

use crate::context::{Request, line, lines};
use crate::error::Fail;
use crate::sessions::email_address;
use crate::{Actor, Audience, Core, Notice};

fn account(row: UserRow) -> Account {
    Account { user: row.user, email: row.email, server_role: row.server_role, account_rev: row.account_rev }
}

impl Core {
    pub(crate) async fn get_account(&self, actor: &Actor) -> Result<Answer, Fail> {
        let row = vestnik_store::find_user(&mut self.read().await?, actor.user()?.id).await?;
        Ok(Answer::Account { account: account(row.ok_or_else(ApiError::not_found)?) })
    }

    pub(crate) async fn get_user(&self, actor: &Actor, command: GetUser) -> Result<Answer, Fail> {
        actor.user()?;
        let row = self.find_named(&command.username).await?;
        Ok(Answer::User { user: row.ok_or_else(ApiError::not_found)?.user })
    }

    pub(crate) async fn find_users(&self, actor: &Actor, command: FindUsers) -> Result<Answer, Fail> {
        actor.user()?;
        let words = names::fold(&line(&command.q, limits::DISPLAY_NAME_CHARS, "q")?);
        let limit = i64::from(command.limit.unwrap_or(20).clamp(1, 50));
        Ok(Answer::Users { users: vestnik_store::search_users(&mut self.read().await?, &words, limit).await? })
    }

    pub(crate) async fn update_profile(&self, request: &Request, command: UpdateProfile) -> Result<Answer, Fail> {
        let display_name =
            command.display_name.map(|name| line(&name, limits::DISPLAY_NAME_CHARS, "display_name")).transpose()?;
        let bio = command.bio.map(|bio| lines(&bio, limits::BIO_CHARS, "bio")).transpose()?;
        let text = |text: Option<String>| match text {
            Some(text) => {
                line(&text, limits::STATUS_CHARS, "status_text").map(|text| (!text.is_empty()).then_some(text))
            }
            None => Ok(None),
        };
        let status_text = command.status_text.map(text).transpose()?;
        if let Some(Some(emoji)) = &command.status_emoji
            && !names::is_reaction(emoji)
        {
            return Err(ApiError::invalid("status_emoji", "This is not one emoji.").into());
        }
        let email = command.email.map(|email| email.as_deref().map(email_address).transpose()).transpose()?;
        let (core, user) = (self.clone(), request.actor.id);
        self.commit(request, ChatKey::NONE, move |tx| {
            Box::pin(async move {
                let row = vestnik_store::find_user(tx, user).await?.ok_or(StoreError::Gone)?;
                let profile = User {
                    // An empty name goes back to the username.
                    display_name: match display_name {
                        Some(name) if name.is_empty() => row.user.username.clone(),
                        Some(name) => name,
                        None => row.user.display_name.clone(),
                    },
                    bio: bio.unwrap_or(row.user.bio.clone()),
                    status_text: status_text.unwrap_or(row.user.status_text.clone()),
                    status_emoji: command.status_emoji.unwrap_or(row.user.status_emoji.clone()),
                    ..row.user.clone()
                };
                let email = email.unwrap_or(row.email.clone());
                if profile == row.user && email == row.email {
                    return Ok(Answer::Account { account: account(row) });
                }
                tx.update_profile(&profile, &names::fold(&profile.display_name), email.as_deref()).await?;
                let content = AccountEventContent::ProfileChanged { user: profile.clone() };
                let account_rev = core.emit_account(tx, user, content).await?;
                let event = PassingEvent::Profile { user: profile.clone() };
                let frame = vestnik_proto::frame::encode(&event, None).into();
                let to = Audience::Acquaintances(user);
                core.tell_after(tx, Notice::Passing { to, except: Some(user), frame });
                Ok(Answer::Account { account: account(UserRow { user: profile, email, account_rev, ..row }) })
            })
        })
        .await
    }

    /// Notes that a person's last connection has closed. Best effort: it is no more than a hint to others.
    pub async fn seen(&self, user: UserId) {
        let now = self.now();
        let noted: Result<(), StoreError> = self
            .0
            .store
            .write(ChatKey::NONE, move |tx| Box::pin(async move { tx.set_last_seen(user, now).await }))
            .await;
        if let Err(error) = noted {
            tracing::debug!(%error, "when someone was last seen could not be noted");
        }
    }

    /// When people were last connected. Best effort.
    pub async fn last_seen(&self, users: &[UserId]) -> Vec<(UserId, Option<Timestamp>)> {
        let Ok(mut db) = self.read().await else { return Vec::new() };
        let found = vestnik_store::list_users(&mut db, users).await.unwrap_or_default();
        found.into_iter().map(|user| (user.id, user.last_seen)).collect()
    }
}
