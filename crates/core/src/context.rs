//! [`Core`] itself, and the way every change takes: check, write, tell after COMMIT.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::Notify;
use vestnik_proto::{
    AccountEvent, AccountEventContent, Answer, ApiError, ChatEvent, ChatEventContent, ChatId, ChatKind, ClientConfig,
    ClientId, PassingEvent, PasswordRules, Permission, Timestamp, UserId, frame, limits, names,
};
use vestnik_store::{ChatKey, NewChat, NewEvent, Read, Store, StoreError, Tx, UserRow};

use crate::error::{Fail, conflict, forbidden};
use crate::passwords::{self, Passwords};
use crate::rate::Limiter;
use crate::registry::{ChatInfo, Registry};
use crate::sessions::CLOCK_SLACK;
use crate::tokens::Signer;
use crate::{Actor, Audience, Clock, CoreConfig, Notice, Rng, Sink, UserActor};

/// What core works with.
#[derive(Clone)]
pub struct Ports {
    /// Where everything is kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub rng: Arc<dyn Rng>,
    /// Whom to tell of committed changes.
    pub sink: Arc<dyn Sink>,
}

/// Why core could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A setting is wrong.
    #[error("{0}")]
    Config(String),
}

pub(crate) struct Inner {
    pub config: CoreConfig,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<dyn Rng>,
    pub sink: Arc<dyn Sink>,
    pub signer: Signer,
    pub passwords: Passwords,
    pub registry: Registry,
    /// Sessions ended so lately that their access tokens may still be about, and until when.
    pub ended: Mutex<HashMap<Arc<str>, Timestamp>>,
    pub messages: Limiter<UserId>,
    pub commands: Limiter<Option<UserId>>,
    pub sign_ins: Limiter<IpAddr>,
    pub jobs: Notify,
    pub pruned_at: Mutex<Option<Timestamp>>,
    /// The setup link's token, while there is no owner.
    pub setup: Mutex<Option<String>>,
}

/// Every action of Vestnik. Cheap to clone.
#[derive(Clone)]
pub struct Core(pub(crate) Arc<Inner>);

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core").finish_non_exhaustive()
    }
}

/// A command on its way through an action: whose it is, and its idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub actor: UserActor,
    pub client_id: Option<ClientId>,
    /// Tells a repeat from another command with the same key.
    pub hash: i64,
}

/// The first room, which every new account joins.
pub(crate) const GENERAL: &str = "general";

impl Core {
    /// Opens core on an open store: makes the first room and the token key on the first start.
    ///
    /// # Errors
    /// When the store fails or a setting is wrong.
    pub async fn open(config: CoreConfig, ports: Ports) -> Result<Self, OpenError> {
        let Ports { store, clock, rng, sink } = ports;
        let now = clock.now();
        let secret = match &config.token_secret {
            Some(secret) if secret.len() < 16 => {
                return Err(OpenError::Config(
                    "The token secret is shorter than 16 bytes. Set a longer one, or none to have one made.".to_owned(),
                ));
            }
            Some(secret) => secret.clone(),
            None => kept_secret(&store, &rng).await?.into_bytes(),
        };
        let passwords = Passwords::new(&config, &*rng).map_err(|error| OpenError::Config(error.message))?;
        let ended = {
            let after = now.plus_secs(-config.access_token_secs - CLOCK_SLACK);
            let rows = vestnik_store::list_ended_sessions(&mut store.read().await?, after).await?;
            rows.into_iter().map(|(id, at)| (Arc::from(id), at.plus_secs(config.access_token_secs))).collect()
        };
        let core = Self(Arc::new(Inner {
            messages: Limiter::new(f64::from(config.messages_per_second), config.messages_burst),
            commands: Limiter::new(f64::from(config.commands_per_second), config.commands_burst),
            sign_ins: Limiter::new(f64::from(config.sign_ins_per_minute) / 60.0, config.sign_ins_per_minute),
            config,
            store,
            clock,
            rng,
            sink,
            signer: Signer::new(&secret),
            passwords,
            registry: Registry::default(),
            ended: Mutex::new(ended),
            jobs: Notify::new(),
            pruned_at: Mutex::new(None),
            setup: Mutex::new(None),
        }));
        core.make_general().await?;
        Ok(core)
    }

    async fn make_general(&self) -> Result<(), StoreError> {
        let id = ChatId::from(GENERAL);
        if vestnik_store::find_meta(&mut self.0.store.read().await?, "general").await?.is_some() {
            return Ok(());
        }
        let now = self.now();
        self.0
            .store
            .write(ChatKey::NONE, move |tx| {
                Box::pin(async move {
                    // Two nodes may start on an empty database at once, of which the first makes it; and a
                    // deleted one stays deleted.
                    if !tx.insert_meta("general", "made").await? {
                        return Ok(());
                    }
                    let new = NewChat {
                        public_id: id,
                        kind: ChatKind::Room,
                        name: "General".to_owned(),
                        name_folded: "general".to_owned(),
                        description: String::new(),
                        pair: None,
                        created_at: now,
                    };
                    let chat = tx.insert_chat(&new).await?;
                    let content = ChatEventContent::ChatCreated {
                        kind: new.kind,
                        name: new.name,
                        description: new.description,
                        by: None,
                        timestamp: now,
                    };
                    let rev = tx.next_rev(chat).await?;
                    let event = NewEvent { content: &content, by: UserId(0), ts: now, previous: None };
                    tx.insert_event(chat, rev, &event).await
                })
            })
            .await
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// A connection for reading.
    pub(crate) async fn read(&self) -> Result<Read, Fail> {
        Ok(self.0.store.read().await?)
    }

    /// Reads what stands in a chat, from a replica that is up to date when there is one; from the primary when the
    /// replica fails in the middle of it, as a standby may that has to follow what was cleaned up.
    pub(crate) async fn read_chat<T>(
        &self,
        chat: ChatKey,
        read: impl for<'t> Fn(&'t mut Read) -> BoxFuture<'t, Result<T, Fail>> + Send + Sync,
    ) -> Result<T, Fail> {
        let mut db = self.0.store.read_chat(chat).await?;
        match read(&mut db).await {
            Err(Fail::Store(StoreError::Unavailable(reason))) if db.from_replica() => {
                tracing::debug!(reason, "the replica could not answer; the primary is asked instead");
                drop(db);
                read(&mut self.read().await?).await
            }
            done => done,
        }
    }

    /// What every client should know first.
    pub fn client_config(&self, setup_required: bool) -> ClientConfig {
        ClientConfig {
            username_max_length: limits::USERNAME_CHARS,
            chat_message_max_length: self.0.config.message_chars,
            chat_name_max_length: limits::CHAT_NAME_CHARS,
            chat_room_slug_regex: limits::SLUG_REGEX.to_owned(),
            media_url_ttl_seconds: 300,
            media_mode: "signed_only".to_owned(),
            registration: self.0.config.registration,
            guests: self.0.config.guests,
            setup_required,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The rules a password is held to.
    pub fn password_rules(&self) -> PasswordRules {
        passwords::rules()
    }

    /// Whether the server can take writes at this moment.
    pub async fn ready(&self) -> bool {
        self.0.store.is_healthy() || self.0.store.probe().await.is_ok()
    }

    /// The chat, whoever asks.
    pub(crate) async fn chat(&self, id: &ChatId) -> Result<Arc<ChatInfo>, Fail> {
        if let Some(info) = self.0.registry.find(id) {
            return Ok(info);
        }
        if id.as_str().len() > limits::CHAT_ID_CHARS || !storable(id.as_str()) {
            return Err(ApiError::not_found().into());
        }
        let changes = self.0.registry.changes();
        let mut db = self.read().await?;
        let row = vestnik_store::find_chat(&mut db, id).await?.ok_or_else(ApiError::not_found)?;
        let info = Arc::new(ChatInfo::new(&row, vestnik_store::list_roles(&mut db, row.key).await?));
        self.0.registry.keep(&info, changes);
        Ok(info)
    }

    /// The chat with an internal number, whoever asks.
    pub(crate) async fn chat_by_key(&self, key: ChatKey) -> Result<Arc<ChatInfo>, Fail> {
        if let Some(info) = self.0.registry.find_by_key(key) {
            return Ok(info);
        }
        let row = vestnik_store::find_chat_by_key(&mut self.read().await?, key).await?;
        self.chat(&row.ok_or_else(ApiError::not_found)?.id).await
    }

    /// The chat, if the actor may do this in it. Who may not even read is told that it is not there.
    pub(crate) async fn require(
        &self,
        actor: &Actor,
        id: &ChatId,
        permission: Permission,
    ) -> Result<Arc<ChatInfo>, Fail> {
        if matches!(actor, Actor::Guest) && !self.0.config.guests {
            // The same as for all else a guest may not do.
            actor.user()?;
        }
        let info = self.chat(id).await?;
        check(&info, actor, permission)?;
        Ok(info)
    }

    /// The answer to an earlier command with the same `client_id`.
    pub(crate) async fn find_answered(&self, request: &Request) -> Result<Option<Answer>, Fail> {
        let Some(client_id) = request.client_id else { return Ok(None) };
        let before = vestnik_store::find_answer(&mut self.read().await?, request.actor.id, client_id).await?;
        before.map(|before| first_answer(before, request.hash)).transpose()
    }

    /// The account of a name, in any case.
    pub(crate) async fn find_named(&self, username: &str) -> Result<Option<UserRow>, Fail> {
        if !storable(username) {
            return Ok(None);
        }
        Ok(vestnik_store::find_user_by_name(&mut self.read().await?, &names::fold(username)).await?)
    }

    /// Does a write in the chat's lane and answers after COMMIT.
    pub(crate) async fn write<T, F>(&self, chat: ChatKey, write: F) -> Result<T, Fail>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, Fail>> + Send + 'static,
    {
        self.0.store.write(chat, write).await
    }

    /// Does a change in one transaction and answers after COMMIT. With a `client_id`, a repeat gets
    /// the first answer and changes nothing.
    pub(crate) async fn commit<F>(&self, request: &Request, chat: ChatKey, change: F) -> Result<Answer, Fail>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<Answer, Fail>> + Send + 'static,
    {
        let Some(client_id) = request.client_id else {
            return self.0.store.write(chat, change).await;
        };
        let (user, hash, now) = (request.actor.id, request.hash, self.now());
        self.0
            .store
            .write(chat, move |tx| {
                Box::pin(async move {
                    if let Some(before) = vestnik_store::find_answer(tx, user, client_id).await? {
                        return first_answer(before, hash);
                    }
                    let answer = change(tx).await?;
                    let json = serde_json::to_string(&answer).expect("answers are always JSON");
                    tx.insert_answer(user, client_id, hash, &json, now).await?;
                    Ok(answer)
                })
            })
            .await
    }

    /// Adds an event to a chat's log, to be told after COMMIT. Returns its `rev`.
    pub(crate) async fn emit(
        &self,
        tx: &mut Tx,
        chat: &ChatInfo,
        by: UserId,
        content: ChatEventContent,
        previous: Option<&str>,
    ) -> Result<i64, Fail> {
        let rev = tx.next_rev(chat.key).await?;
        self.emit_at(tx, chat, rev, by, content, previous).await?;
        Ok(rev)
    }

    /// Fills a place in a chat's log taken before.
    pub(crate) async fn emit_at(
        &self,
        tx: &mut Tx,
        chat: &ChatInfo,
        rev: i64,
        by: UserId,
        content: ChatEventContent,
        previous: Option<&str>,
    ) -> Result<(), Fail> {
        tx.insert_event(chat.key, rev, &NewEvent { content: &content, by, ts: self.now(), previous }).await?;
        let event = ChatEvent { chat_id: chat.id.clone(), rev, content };
        let notice = Notice::Chat { chat: chat.key, rev, frame: Bytes::from(frame::encode(&event, None)) };
        self.tell_after(tx, notice);
        Ok(())
    }

    /// Adds an event to an account's stream, to be told after COMMIT. Returns its place.
    pub(crate) async fn emit_account(
        &self,
        tx: &mut Tx,
        user: UserId,
        content: AccountEventContent,
    ) -> Result<i64, Fail> {
        let body = serde_json::to_string(&content).expect("events are always JSON");
        let account_rev = tx.append_account_event(user, &body).await?;
        let event = AccountEvent { account_rev, content };
        let notice = Notice::Account { user, account_rev, frame: Bytes::from(frame::encode(&event, None)) };
        self.tell_after(tx, notice);
        Ok(account_rev)
    }

    pub(crate) fn tell_after(&self, tx: &mut Tx, notice: Notice) {
        let sink = Arc::clone(&self.0.sink);
        tx.after_commit(move || sink.publish(notice));
    }

    /// Tells a passing event at once.
    pub(crate) fn pass(&self, to: Audience, except: Option<UserId>, event: &PassingEvent) {
        self.0.sink.publish(Notice::Passing { to, except, frame: Bytes::from(frame::encode(event, None)) });
    }
}

/// Whether the actor may do this here; `not_found` for those who may not even read.
pub(crate) fn check(info: &ChatInfo, actor: &Actor, permission: Permission) -> Result<(), Fail> {
    if info.allows(actor, permission) {
        return Ok(());
    }
    if !info.allows(actor, Permission::Read) {
        return Err(ApiError::not_found().into());
    }
    // Not signed in is the nearer reason where there is one.
    actor.user()?;
    Err(forbidden().into())
}

/// What a `client_id` was answered before, if it was for the same request.
fn first_answer((before, answer): (i64, Option<String>), hash: i64) -> Result<Answer, Fail> {
    // A message's has no answer here: commands and messages never are the same request.
    answer
        .filter(|_| before == hash)
        .and_then(|json| serde_json::from_str(&json).ok())
        .ok_or_else(|| StoreError::ClientIdReused.into())
}

/// Whether a text can stand in a column: PostgreSQL knows no U+0000, so nothing stored ever has it.
pub(crate) fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// The key that signs tokens: made once and kept with the data, so that all nodes share it.
async fn kept_secret(store: &Store, rng: &Arc<dyn Rng>) -> Result<String, StoreError> {
    const NAME: &str = "token_secret";
    if let Some(secret) = vestnik_store::find_meta(&mut store.read().await?, NAME).await? {
        return Ok(secret);
    }
    let fresh = crate::tokens::random_text(&**rng, 52);
    store
        .write(ChatKey::NONE, move |tx| {
            // Another node may have been quicker.
            Box::pin(async move { tx.make_meta(NAME, &fresh).await })
        })
        .await
}

/// A text of one line, held to its limit.
pub(crate) fn line(text: &str, max: usize, field: &'static str) -> Result<String, ApiError> {
    names::line(text, max)
        // What was taken out may have stood before or behind a space.
        .map(|line| line.trim().to_owned())
        .ok_or_else(|| ApiError::invalid(field, format!("This is longer than {max} characters. Make it shorter.")))
}

/// A text of several lines, held to its limit. Control characters but tab and line end are taken out.
pub(crate) fn lines(text: &str, max: usize, field: &'static str) -> Result<String, ApiError> {
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let clean = clean.trim().to_owned();
    if clean.chars().count() > max {
        return Err(ApiError::invalid(field, format!("This is longer than {max} characters. Make it shorter.")));
    }
    Ok(clean)
}

/// How many a page holds.
pub(crate) fn page(limit: Option<u32>) -> Result<i64, ApiError> {
    match limit.unwrap_or(limits::PAGE_DEFAULT) {
        0 => Err(ApiError::invalid("limit", "A page of nothing cannot be had. Ask for 1 to 200.")),
        limit => Ok(i64::from(limit.min(limits::PAGE_MAX))),
    }
}

/// `conflict` for a name that is taken.
pub(crate) fn taken(fail: Fail, message: &str) -> Fail {
    match fail {
        Fail::Store(StoreError::Exists) => conflict(message).into(),
        fail => fail,
    }
}
