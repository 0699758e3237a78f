//! The resuming client: keeps an account in step with the server through any number of
//! connections.
//!
//! Each connection signs in by token, asks `sync` for what came since, and then lives on events.
//! Three tasks run beside the one that folds events: the keeper (renews tokens, pings), the outbox
//! sender, and one at a time that fetches what is missing. The folding task itself never waits for
//! an answer, because answers are read by the same socket whose events it must take.

mod driver;
mod sender;
mod sign_in;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use vestnik_proto::command::{Empty, ListMembers, Login, Register};
use vestnik_proto::{Answer, ApiError, ChatId, ClientFrame, ClientId, Command, ServerFrame, UserId, limits};

use super::cache::Changes;
use super::connection::unexpected;
use super::{Address, ClientError, Clock, ConnectOptions, Connection, Store, TokenStore};
use crate::reducer::{Applied, State};

pub use sign_in::sign_in;

/// What a session tells that may wait to be looked at. When it is not taken, the session waits,
/// the server's frames pile up, and in the end the server closes with 4408.
const EVENTS: usize = 256;

/// How a session behaves.
#[derive(Clone)]
pub struct SessionOptions {
    /// Where the server is.
    pub address: Address,
    /// How to connect.
    pub connect: ConnectOptions,
    /// The time.
    pub clock: Clock,
    /// Where the jitter of waiting begins; different for every run, except in tests.
    pub seed: u64,
    /// The first wait before connecting again is below this.
    pub backoff_base: Duration,
    /// No wait is longer, unless the server asks for it.
    pub backoff_cap: Duration,
    /// How often to show the server that the client is there.
    pub ping_every: Duration,
    /// How many messages of each chat to keep.
    pub keep_messages: u32,
}

impl SessionOptions {
    /// The usual behaviour.
    pub fn new(address: Address, clock: Clock, seed: u64) -> Self {
        Self {
            address,
            connect: ConnectOptions::default(),
            clock,
            seed,
            backoff_base: Duration::from_millis(500),
            backoff_cap: Duration::from_secs(30),
            ping_every: Duration::from_secs(25),
            keep_messages: 500,
        }
    }
}

/// How to sign in without tokens.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// By name and password.
    Login(Login),
    /// By making an account.
    Register(Register),
}

/// How a session stands.
#[derive(Clone, Debug)]
pub enum Status {
    /// A connection is being made.
    Connecting,
    /// Connected, and everything missed has come.
    Online {
        /// Who is signed in.
        user_id: Option<UserId>,
        /// Their username.
        username: String,
    },
    /// Not connected; another attempt follows by itself.
    Offline {
        /// Why.
        error: Arc<ClientError>,
        /// When the next attempt follows.
        retry_in: Duration,
    },
    /// The tokens are not accepted any more. The session has ended.
    SignedOut {
        /// Why, for a person.
        reason: String,
    },
}

/// What a session tells.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// How it stands now.
    Status(Status),
    /// A frame that is part of the state now, or a passing one.
    Frame(Box<ServerFrame>),
    /// An entry of the outbox was acknowledged.
    Sent {
        /// Which.
        client_id: ClientId,
        /// The server's answer.
        answer: Box<Answer>,
    },
    /// An entry of the outbox was refused for good. It stays there, marked.
    Refused {
        /// Which.
        client_id: ClientId,
        /// Why.
        error: ApiError,
    },
    /// Nothing waits in the outbox any more.
    OutboxEmpty,
}

/// An account kept in step with the server. Ends when dropped.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    driver: JoinHandle<()>,
    _stop: DropGuard,
}

/// What the tasks of a session share.
pub(super) struct Shared {
    model: Mutex<Model>,
    store: Store,
    tokens: Arc<dyn TokenStore>,
    options: SessionOptions,
    /// The connection, while it is in step.
    connection: watch::Sender<Option<Connection>>,
    events: mpsc::Sender<SessionEvent>,
    outbox_changed: Notify,
    /// Why the cache could not be written, until that was told.
    cache_trouble: Mutex<Option<ClientError>>,
    /// Held while the cache is written, so that rows are written in the order of the changes.
    flushing: tokio::sync::Mutex<()>,
    stop: CancellationToken,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("address", &self.options.address).finish_non_exhaustive()
    }
}

/// The state, and what of it the cache does not have yet.
#[derive(Debug, Default)]
pub(super) struct Model {
    state: State,
    changes: Changes,
}

impl Model {
    /// Folds a frame and notes what to write.
    fn apply(&mut self, frame: &ServerFrame) -> Option<Applied> {
        let applied = self.state.apply(frame);
        if applied == Some(Applied::Applied) {
            self.changes.note(frame);
        }
        applied
    }

    /// Forgets messages beyond twice the number to keep; not at each one, for that would write
    /// the cache twice as often.
    fn trim(&mut self, chat_id: &ChatId, keep: u32) {
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        if let Some(chat) = self.state.chats.get_mut(chat_id).filter(|chat| chat.messages.len() / 2 > keep) {
            chat.trim(keep);
        }
    }
}

impl Shared {
    fn model(&self) -> MutexGuard<'_, Model> {
        // Should folding ever panic, the cache was not written, and the next start fetches anew.
        self.model.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the program something. When it does not listen any more there is no one to tell.
    async fn tell(&self, event: SessionEvent) {
        let _ = self.events.send(event).await;
    }

    /// Writes to the cache what has changed.
    async fn flush(&self) -> Result<(), ClientError> {
        /// Changes taken but not written, be it by failure or because the task was ended.
        struct Unwritten<'a>(Option<&'a Shared>);
        impl Drop for Unwritten<'_> {
            fn drop(&mut self) {
                if let Some(shared) = self.0 {
                    shared.model().changes.everything();
                }
            }
        }
        let _order = self.flushing.lock().await;
        let rows = {
            let mut model = self.model();
            let changes = std::mem::take(&mut model.changes);
            changes.rows(&model.state)
        };
        let mut unwritten = Unwritten(Some(self));
        self.store.write(rows).await?;
        unwritten.0 = None;
        Ok(())
    }

    /// [`Shared::flush`], where a failure must not end what works: a full disk is no reason to show
    /// nothing. The rows stay to be written, and what the cache lacks in the end is fetched at the
    /// next start.
    async fn keep(&self) {
        if let Err(error) = self.flush().await {
            tracing::warn!(%error, "the cache was not written");
            *self.cache_trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    }

    /// Folds an answer that carries state and writes it to the cache.
    async fn fold(&self, answer: &Answer) {
        let frame = ServerFrame::Answer(answer.clone());
        // Only these carry state for good; a copy of the others is not worth it.
        if matches!(
            answer,
            Answer::Chat { .. } | Answer::Chats { .. } | Answer::History(_) | Answer::Preferences { .. }
        ) {
            self.model().apply(&frame);
            self.keep().await;
        }
    }
}

impl Session {
    /// Opens the cache and begins to connect. The state is there at once, as it was when the
    /// program last ran; the receiver tells what comes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn start(
        store: Store,
        tokens: Arc<dyn TokenStore>,
        options: SessionOptions,
    ) -> Result<(Self, mpsc::Receiver<SessionEvent>), ClientError> {
        let state = store.load_state(options.keep_messages).await?;
        let (events, received) = mpsc::channel(EVENTS);
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            model: Mutex::new(Model { state, changes: Changes::default() }),
            store,
            tokens,
            options,
            connection: watch::Sender::new(None),
            events,
            outbox_changed: Notify::new(),
            cache_trouble: Mutex::default(),
            flushing: tokio::sync::Mutex::default(),
            stop: stop.clone(),
        });
        let driver = tokio::spawn(driver::run(Arc::clone(&shared)));
        Ok((Self { shared, driver, _stop: stop.drop_guard() }, received))
    }

    /// Looks at the state. Must be brief: events wait meanwhile.
    pub fn with_state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.model().state)
    }

    /// Why the cache could not be written lately, told once. The state is right all the same; what
    /// the cache lacks is fetched at the next start.
    pub fn take_cache_trouble(&self) -> Option<ClientError> {
        self.shared.cache_trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The cache and outbox, for drafts and for what was refused.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Puts a command into the outbox: it is on disk when this returns, and reaches the server
    /// once, now or after any number of reconnects. [`SessionEvent::Sent`] or
    /// [`SessionEvent::Refused`] tells the outcome.
    ///
    /// # Errors
    /// When the outbox cannot be written; then nothing will be sent.
    pub async fn send(&self, client_id: ClientId, chat_id: &ChatId, command: Command) -> Result<(), ClientError> {
        let now = (self.shared.options.clock)();
        self.shared.store.enqueue(client_id, chat_id, &command, now).await?;
        self.shared.outbox_changed.notify_one();
        Ok(())
    }

    /// Lets a refused entry of the outbox be tried again.
    ///
    /// # Errors
    /// When the outbox cannot be written.
    pub async fn retry(&self, client_id: ClientId) -> Result<(), ClientError> {
        self.shared.store.retry(client_id).await?;
        self.shared.outbox_changed.notify_one();
        Ok(())
    }

    /// Asks the server something now. What the answer tells of chats and messages becomes part of
    /// the state.
    ///
    /// # Errors
    /// [`ClientError::Offline`] when there is no connection within the request timeout; else as
    /// [`Connection::request`].
    pub async fn request(&self, frame: ClientFrame) -> Result<Answer, ClientError> {
        let mut connection = self.shared.connection.subscribe();
        let online = connection.wait_for(Option::is_some);
        let connected = match tokio::time::timeout(self.shared.options.connect.request_timeout, online).await {
            Ok(Ok(connection)) => connection.clone(),
            _ => None,
        };
        let answer = connected.ok_or(ClientError::Offline)?.request(frame).await?;
        self.shared.fold(&answer).await;
        Ok(answer)
    }

    /// [`Session::request`] for a command without an idempotency key.
    ///
    /// # Errors
    /// As there.
    pub async fn command(&self, command: Command) -> Result<Answer, ClientError> {
        self.request(ClientFrame::new(command)).await
    }

    /// Reads a page of a chat's members into the state; returns the cursor of the next page.
    ///
    /// # Errors
    /// As [`Session::request`].
    pub async fn load_members(&self, chat_id: &ChatId, cursor: Option<String>) -> Result<Option<String>, ClientError> {
        let list = ListMembers { chat_id: chat_id.clone(), cursor, limit: Some(limits::PAGE_MAX) };
        match self.command(Command::ListMembers(list)).await? {
            Answer::Members { members, next } => {
                {
                    let mut model = self.shared.model();
                    model.state.load_members(chat_id, &members);
                    model.changes.members(chat_id, members.iter().map(|member| member.user_id));
                }
                self.shared.keep().await;
                Ok(next)
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Signs out: the session ends on the server and the tokens are forgotten. The cache and the
    /// outbox stay.
    ///
    /// # Errors
    /// When the server was not reached; then the tokens are forgotten all the same, but the
    /// session lives on there until it expires.
    pub async fn sign_out(self) -> Result<(), ClientError> {
        let told = self.command(Command::Logout(Empty {})).await;
        let forgotten = self.shared.forget_tokens().await;
        self.close().await;
        told.map(drop).and(forgotten)
    }

    /// Ends the session: the connection is closed, the cache is whole. What waits in the outbox
    /// waits for the next start.
    pub async fn close(self) {
        self.shared.stop.cancel();
        let _ = self.driver.await;
        self.shared.store.close().await;
    }
}
