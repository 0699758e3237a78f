//! Catching up: everything after what a client has.

use std::collections::BTreeMap;

use bytes::Bytes;
use vestnik_proto::command::Sync;
use vestnik_proto::frame::{self, ChatReset};
use vestnik_proto::{AccountEvent, Answer, ApiError, ChatId, Permission, limits};
use vestnik_store::{ChatKey, Range, StoreError};

use crate::context::storable;
use crate::error::Fail;
use crate::{Actor, Core};

/// Messages in the page of a `reset`.
const RESET_PAGE: i64 = 50;
/// Account events streamed before the answer is `account_reset`.
const ACCOUNT_EVENTS: i64 = 1_000;

/// What a `sync` will have to send.
#[derive(Clone, Debug, Default)]
pub struct SyncPlan {
    /// Chats of which the client lacks something.
    pub behind: Vec<ChatBehind>,
    /// Chats of which it has everything, and how far they are.
    pub current: BTreeMap<ChatId, i64>,
    /// The same by their internal numbers.
    pub floors: Vec<(ChatKey, i64)>,
    /// Chats that are not there, or may not be read.
    pub gone: Vec<ChatId>,
}

/// A chat of which a client lacks something.
#[derive(Clone, Debug)]
pub struct ChatBehind {
    /// Its name on the wire.
    pub chat_id: ChatId,
    /// Its internal number.
    pub chat: ChatKey,
    /// The last `rev` the client has.
    pub have: i64,
    /// How far the chat was; what came since is told live.
    pub rev: i64,
}

/// What a client lacks of a chat.
#[derive(Clone, Debug)]
pub enum ChatSync {
    /// These events, in order.
    Events {
        /// The last of them.
        rev: i64,
        /// They, as frames.
        frames: Vec<Bytes>,
    },
    /// Too many: a fresh start.
    Reset {
        /// What it is true for.
        rev: i64,
        /// The `reset` frame.
        frame: Bytes,
    },
    /// The chat went away meanwhile.
    Gone,
}

/// What a client lacks of its account's stream.
#[derive(Clone, Debug)]
pub enum AccountSync {
    /// These events, in order.
    Events {
        /// The last of them.
        account_rev: i64,
        /// They, as frames.
        frames: Vec<Bytes>,
    },
    /// Too many: the chats as they are now.
    Reset {
        /// What it is true for.
        account_rev: i64,
        /// The `account_reset` frame.
        frame: Bytes,
    },
}

impl Core {
    /// The chats whose live events the actor's connections get. For a guest none, until one is in view.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn subscriptions(&self, actor: &Actor) -> Result<Vec<ChatKey>, ApiError> {
        let Some(user) = actor.user_id() else { return Ok(Vec::new()) };
        let keys = vestnik_store::list_chat_keys_of(&mut self.read().await?, user).await;
        Ok(keys.map_err(Fail::from)?)
    }

    /// The chat's internal number, if the actor may see it.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn view(&self, actor: &Actor, chat_id: &ChatId) -> Result<ChatKey, ApiError> {
        Ok(self.require(actor, chat_id, Permission::Read).await?.key)
    }

    /// Finds out what a `sync` will have to send.
    ///
    /// # Errors
    /// `invalid` for too many chats.
    pub async fn sync_plan(&self, actor: &Actor, sync: &Sync) -> Result<SyncPlan, ApiError> {
        if sync.chats.len() > limits::SYNC_CHATS {
            return Err(ApiError::invalid("chats", "One sync names at most 2000 chats. Send several."));
        }
        let ids = sync.chats.keys().filter(|id| storable(id.as_str()));
        let heads = vestnik_store::list_heads(&mut self.read().await?, ids).await.map_err(Fail::from)?;
        let mut heads: BTreeMap<ChatId, (ChatKey, i64)> =
            heads.into_iter().map(|head| (head.id, (head.key, head.rev))).collect();
        let mut plan = SyncPlan::default();
        for (id, &have) in &sync.chats {
            let readable = match self.require(actor, id, Permission::Read).await {
                Ok(_) => true,
                Err(Fail::Api(_)) => false,
                Err(fail) => return Err(fail.into()),
            };
            match heads.remove(id) {
                Some((chat, rev)) if readable && rev == have => {
                    plan.floors.push((chat, rev));
                    plan.current.insert(id.clone(), rev);
                }
                Some((chat, rev)) if readable => {
                    plan.behind.push(ChatBehind { chat_id: id.clone(), chat, have, rev });
                }
                _ => plan.gone.push(id.clone()),
            }
        }
        Ok(plan)
    }

    /// What the client lacks of one chat.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sync_chat(&self, actor: &Actor, behind: &ChatBehind) -> Result<ChatSync, ApiError> {
        Ok(self.read_behind(actor, behind).await?)
    }

    async fn read_behind(&self, actor: &Actor, behind: &ChatBehind) -> Result<ChatSync, Fail> {
        let info = match self.require(actor, &behind.chat_id, Permission::Read).await {
            Ok(info) => info,
            Err(Fail::Api(_)) => return Ok(ChatSync::Gone),
            Err(fail) => return Err(fail),
        };
        let most = self.0.config.sync_events;
        let mut db = self.read().await?;
        // A client ahead of the server has the log of another time, as after a restored backup.
        if (0..=behind.rev).contains(&behind.have) && behind.rev - behind.have <= most {
            let events = vestnik_store::list_events(&mut db, info.key, &info.id, behind.have, most).await?;
            let rev = events.last().map_or(behind.have, |event| event.rev);
            let frames = events.iter().map(|event| Bytes::from(frame::encode(event, None))).collect();
            return Ok(ChatSync::Events { rev, frames });
        }
        drop(db);
        let chat = self.view_chat(actor, info.key).await?;
        let range = Range { from: 1, to: i64::MAX, limit: RESET_PAGE, newest: true };
        let messages = vestnik_store::list_messages(&mut self.read().await?, info.key, range).await?;
        // The chat's row was read first and at once, its count of members with its rev: what came since
        // is sent again live, and folds to the same.
        let rev = chat.rev;
        let has_more = messages.first().is_some_and(|message| message.seq > 1);
        let reset = ChatReset { chat_id: info.id.clone(), rev, chat: Box::new(chat), messages, has_more };
        Ok(ChatSync::Reset { rev, frame: Bytes::from(frame::encode(&Answer::Reset(reset), None)) })
    }

    /// What the client lacks of its account's stream.
    ///
    /// # Errors
    /// `unauthorized` for guests.
    pub async fn sync_account(&self, actor: &Actor, have: i64) -> Result<AccountSync, ApiError> {
        Ok(self.read_account(actor, have).await?)
    }

    async fn read_account(&self, actor: &Actor, have: i64) -> Result<AccountSync, Fail> {
        let user = actor.user()?.id;
        let mut db = self.read().await?;
        let newest = vestnik_store::get_account_rev(&mut db, user).await?;
        if !(0..=newest).contains(&have) || newest - have > ACCOUNT_EVENTS {
            drop(db);
            let (chats, account_rev) = self.view_chats(user).await?;
            let frame = Bytes::from(frame::encode(&Answer::AccountReset { chats, account_rev }, None));
            return Ok(AccountSync::Reset { account_rev, frame });
        }
        let rows = vestnik_store::list_account_events(&mut db, user, have, ACCOUNT_EVENTS).await?;
        let mut frames = Vec::with_capacity(rows.len());
        let mut rev = have;
        for (account_rev, body) in rows {
            let content = serde_json::from_str(&body)
                .map_err(|_| StoreError::Internal(format!("account event {account_rev} of {user} is no event")))?;
            frames.push(Bytes::from(frame::encode(&AccountEvent { account_rev, content }, None)));
            rev = account_rev;
        }
        Ok(AccountSync::Events { account_rev: rev, frames })
    }
}
