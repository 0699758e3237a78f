//! What nodes that share one store ask it, and what they are told by each other: nothing here trusts
//! a word that the store does not say as well.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use vestnik_proto::event::MemberChange;
use vestnik_proto::{
    AccountEvent, AccountEventContent, ApiError, ChatEventContent, ChatId, Permission, Timestamp, UserId, frame,
};
use vestnik_store::{ChatKey, Store, StoreError};

use crate::error::Fail;
use crate::sessions::CLOCK_SLACK;
use crate::tokens::random_text;
use crate::{Actor, Core, Rng};

/// What a connection gets, and from where on.
#[derive(Clone, Debug, Default)]
pub struct Subscribed {
    /// The chats of which it gets the events, and the newest event of each that there was.
    pub chats: Vec<(ChatKey, i64)>,
    /// The newest event of the account that there was.
    pub account_rev: i64,
}

/// How far a chat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatHead {
    /// Which.
    pub chat: ChatKey,
    /// Its newest event.
    pub rev: i64,
    /// Whether that was its last.
    pub deleted: bool,
}

/// A name for the nodes that share this store, made once.
///
/// # Errors
/// When the store fails.
pub async fn cluster_name(store: &Store, rng: &dyn Rng) -> Result<String, StoreError> {
    let fresh = random_text(rng, 12);
    store.write(ChatKey::NONE, move |tx| Box::pin(async move { tx.make_meta("cluster_name", &fresh).await })).await
}

impl Core {
    /// The chats whose live events the actor's connections get, and how far everything was.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn subscriptions_at(&self, actor: &Actor) -> Result<Subscribed, ApiError> {
        Ok(self.subscribed(actor, true).await?)
    }

    /// The chat's internal number and how far it is, if the actor may see it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn view_at(&self, actor: &Actor, chat_id: &ChatId) -> Result<(ChatKey, i64), ApiError> {
        let chat = self.require(actor, chat_id, Permission::Read).await?.key;
        let heads = self.chat_heads(&[chat]).await?;
        let head = heads.first().filter(|head| !head.deleted).ok_or_else(ApiError::not_found)?;
        Ok((chat, head.rev))
    }

    /// How far chats are; those that never were are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn chat_heads(&self, chats: &[ChatKey]) -> Result<Vec<ChatHead>, ApiError> {
        let mut db = self.read().await?;
        let heads = vestnik_store::list_heads_by_key(&mut db, chats.iter().copied()).await.map_err(Fail::from)?;
        Ok(heads.into_iter().map(|(head, deleted)| ChatHead { chat: head.key, rev: head.rev, deleted }).collect())
    }

    /// A chat's events after a place, as frames, at most so many; also of a chat that is deleted by now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn events_after(&self, chat: ChatKey, after: i64, limit: i64) -> Result<Vec<(i64, Bytes)>, ApiError> {
        let mut db = self.read().await?;
        let heads = vestnik_store::list_heads_by_key(&mut db, [chat].into_iter()).await.map_err(Fail::from)?;
        let Some((head, _)) = heads.into_iter().next() else { return Ok(Vec::new()) };
        let events = vestnik_store::list_events(&mut db, chat, &head.id, after, limit).await.map_err(Fail::from)?;
        Ok(events.iter().map(|event| (event.rev, Bytes::from(frame::encode(event, None)))).collect())
    }

    /// How far accounts' streams are; those that do not exist are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account_heads(&self, users: &[UserId]) -> Result<Vec<(UserId, i64)>, ApiError> {
        let mut db = self.read().await?;
        Ok(vestnik_store::list_account_revs(&mut db, users.iter().copied()).await.map_err(Fail::from)?)
    }

    /// An account's events after a place, as frames, at most so many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account_events_after(
        &self,
        user: UserId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Bytes)>, ApiError> {
        let mut db = self.read().await?;
        let rows = vestnik_store::list_account_events(&mut db, user, after, limit).await.map_err(Fail::from)?;
        let frame = |(account_rev, body): (i64, String)| {
            let content: AccountEventContent = serde_json::from_str(&body).map_err(|_| {
                Fail::from(StoreError::Internal(format!("account event {account_rev} of {user} is no event")))
            })?;
            Ok((account_rev, Bytes::from(frame::encode(&AccountEvent { account_rev, content }, None))))
        };
        rows.into_iter().map(frame).collect()
    }

    /// Another node has committed an event: what is kept here of its chat follows.
    pub fn follow(&self, chat: ChatKey, rev: i64, content: &ChatEventContent) {
        match content {
            ChatEventContent::MemberChanged { change, member, .. } => {
                let stays = !matches!(change, MemberChange::Left | MemberChange::Removed);
                self.0.registry.set_role(chat, member.user_id, stays.then_some(member.role), rev);
            }
            ChatEventContent::ChatDeleted { .. } => self.0.registry.forget(chat),
            _ => {}
        }
    }

    /// Words of other nodes may have been lost: what is kept of chats is read again when it is needed.
    pub fn forget_chats(&self) {
        self.0.registry.clear();
    }

    /// Another node has ended a session: its tokens are refused here from now on.
    pub fn session_ended(&self, session: &str) {
        let now = self.now();
        let until = now.plus_secs(self.0.config.access_token_secs);
        let mut ended = self.0.ended.lock();
        if ended.insert(Arc::from(session), until).is_none() {
            ended.retain(|_, until| until.plus_secs(CLOCK_SLACK) > now);
        }
    }

    /// Whether the actor's session is known to have ended.
    pub fn has_ended(&self, actor: &Actor) -> bool {
        matches!(actor, Actor::User(user) if self.0.ended.lock().contains_key(&user.session))
    }

    /// The sessions ended since a moment, those among them that were not known here; they are from now on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sessions_ended_since(&self, after: Timestamp) -> Result<Vec<String>, ApiError> {
        let rows = vestnik_store::list_ended_sessions(&mut self.read().await?, after).await.map_err(Fail::from)?;
        let fresh: Vec<String> = {
            let ended = self.0.ended.lock();
            rows.into_iter().map(|(id, _)| id).filter(|id| !ended.contains_key(id.as_str())).collect()
        };
        fresh.iter().for_each(|session| self.session_ended(session));
        Ok(fresh)
    }

    /// Someone has tried to sign in at another node: it counts here too.
    pub fn sign_in_elsewhere(&self, ip: IpAddr) {
        let _ = self.0.sign_ins.take(ip, self.now());
    }

    /// Another node has changed what waits to be done by the clock.
    pub fn wake_jobs(&self) {
        self.0.jobs.notify_one();
    }

    /// Whether the user is in a chat: its internal number, and the newest event as of which that is so.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn membership(&self, user: UserId, id: &ChatId) -> Result<Option<(ChatKey, i64)>, ApiError> {
        let mut db = self.read().await?;
        let Some(row) = vestnik_store::find_chat(&mut db, id).await.map_err(Fail::from)? else { return Ok(None) };
        // Read after the row, so that whatever is newer than it will be told.
        let member = vestnik_store::find_member(&mut db, row.key, user).await.map_err(Fail::from)?;
        let is_in = member.is_some_and(|member| member.role != vestnik_proto::Role::Blocked);
        Ok(is_in.then_some((row.key, row.rev)))
    }

    /// Takes or keeps the lease on a piece of work that one node does for all; whether it is this one's.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn claim(&self, work: &'static str, holder: &str, secs: i64) -> Result<bool, ApiError> {
        let (holder, now) = (holder.to_owned(), self.now());
        let claimed: Result<bool, Fail> = self
            .write(ChatKey::NONE, move |tx| {
                Box::pin(async move { Ok(tx.claim(work, &holder, now, now.plus_secs(secs)).await?) })
            })
            .await;
        Ok(claimed?)
    }

    /// Lets another node have the work at once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release(&self, work: &'static str, holder: &str) -> Result<(), ApiError> {
        self.claim(work, holder, 0).await.map(drop)
    }

    /// Notes that this node is alive, and forgets others; all that the store has heard of, and how often.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn roll_call(&self, own: Option<&str>, forget: Vec<String>) -> Result<Vec<(String, u64)>, ApiError> {
        let own = own.map(str::to_owned);
        let nodes: Result<Vec<(String, u64)>, Fail> = self
            .write(ChatKey::NONE, move |tx| Box::pin(async move { Ok(tx.roll_call(own.as_deref(), &forget).await?) }))
            .await;
        Ok(nodes?)
    }
}
