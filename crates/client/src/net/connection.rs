//! One connection: requests with their answers, and a stream of everything else.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use vestnik_proto::command::{Auth, Empty, Login, Refresh, Register};
use vestnik_proto::frame::{AuthSuccess, Control, ReceivedFrame};
use vestnik_proto::{Answer, ClientFrame, Command, ServerFrame};

use super::transport::{Reader, Writer, connect};
use super::{Address, ClientError, Closed, ConnectFault, TlsOptions};

/// Frames from the server that may wait to be looked at. When they are not taken, reading stops,
/// and in the end the server closes with 4408.
const EVENTS: usize = 1_024;
/// Commands that may wait to be written.
const COMMANDS: usize = 64;
/// How long writing the last frames may take when the connection is dropped.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// How to connect.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// Whom to trust.
    pub tls: TlsOptions,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long an answer may take.
    pub request_timeout: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            tls: TlsOptions::default(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
        }
    }
}

/// A connection to a server. Clones share it; when the last one goes, it closes.
#[derive(Clone, Debug)]
pub struct Connection {
    shared: Arc<Shared>,
    outgoing: mpsc::Sender<String>,
    /// Ends the tasks when the last clone is dropped.
    _guard: Arc<tokio_util::sync::DropGuard>,
}

#[derive(Debug)]
struct Shared {
    pending: Mutex<Pending>,
    next_id: AtomicU64,
    timeout: Duration,
    closing: CancellationToken,
}

#[derive(Debug, Default)]
struct Pending {
    waiting: HashMap<String, oneshot::Sender<Result<Answer, ClientError>>>,
    /// Set once, when the connection has ended.
    closed: Option<Closed>,
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        // Nothing panics while holding it; a poisoned map would still be whole.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, closed: Closed) {
        let waiting = {
            let mut pending = self.pending();
            pending.closed.get_or_insert(closed);
            std::mem::take(&mut pending.waiting)
        };
        let closed = self.pending().closed.clone().unwrap_or_default();
        for (_, answer) in waiting {
            let _ = answer.send(Err(ClientError::Closed(closed.clone())));
        }
        self.closing.cancel();
    }
}

/// Takes a request off the list when it is given up.
struct Forget<'a>(&'a Shared, &'a str);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.pending().waiting.remove(self.1);
    }
}

impl Connection {
    /// Connects. Everything but the answers to requests comes out of the receiver: events, and
    /// `reset`, `account_reset` and `sync_done` as well, because their place among the events
    /// counts. It ends when the connection does; [`Connection::closed`] tells why.
    ///
    /// The receiver must be drained while a request is awaited: a full one stops the reading of
    /// answers too.
    ///
    /// # Errors
    /// When the server cannot be reached in time, or TLS fails.
    pub async fn open(
        address: &Address,
        options: &ConnectOptions,
    ) -> Result<(Self, mpsc::Receiver<ReceivedFrame>), ClientError> {
        let connecting = tokio::time::timeout(options.connect_timeout, connect(address, &options.tls));
        let (reader, writer) = connecting.await.map_err(|_| ClientError::Connect {
            address: address.to_string(),
            fault: ConnectFault::Other,
            cause: "it did not answer in time".to_owned(),
        })??;
        let closing = CancellationToken::new();
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            next_id: AtomicU64::new(1),
            timeout: options.request_timeout,
            closing: closing.clone(),
        });
        let (outgoing, frames) = mpsc::channel(COMMANDS);
        let (events, received) = mpsc::channel(EVENTS);
        tokio::spawn(write(writer, frames, closing.clone()));
        tokio::spawn(read(reader, events, Arc::clone(&shared)));
        Ok((Self { shared, outgoing, _guard: Arc::new(closing.drop_guard()) }, received))
    }

    /// Sends a command and waits for its answer. The frame's `id` is set here.
    ///
    /// # Errors
    /// The server's refusal, or that the connection ended or was silent for too long.
    pub async fn request(&self, mut frame: ClientFrame) -> Result<Answer, ClientError> {
        let id = format!("c{}", self.shared.next_id.fetch_add(1, Ordering::Relaxed));
        let (answer, answered) = oneshot::channel();
        {
            let mut pending = self.shared.pending();
            if let Some(closed) = &pending.closed {
                return Err(ClientError::Closed(closed.clone()));
            }
            pending.waiting.insert(id.clone(), answer);
        }
        let _forget = Forget(&self.shared, &id);
        frame.id = Some(id.clone());
        let exchange = async {
            if self.outgoing.send(frame.encode()).await.is_err() {
                return Err(ClientError::Closed(self.closed().unwrap_or_default()));
            }
            answered.await.unwrap_or_else(|_| Err(ClientError::Closed(self.closed().unwrap_or_default())))
        };
        tokio::time::timeout(self.shared.timeout, exchange).await.unwrap_or(Err(ClientError::Timeout))
    }

    /// [`Connection::request`] for a command without an idempotency key.
    ///
    /// # Errors
    /// As there.
    pub async fn command(&self, command: Command) -> Result<Answer, ClientError> {
        self.request(ClientFrame::new(command)).await
    }

    /// Signs in by an access token, or renews.
    ///
    /// # Errors
    /// As [`Connection::request`]; `unauthorized` when the token is not valid.
    pub async fn auth(&self, token: &str) -> Result<AuthSuccess, ClientError> {
        self.sign_in(Command::Auth(Auth { token: token.to_owned() })).await
    }

    /// Signs in by a refresh token, which is used up; the answer has new tokens.
    ///
    /// # Errors
    /// As [`Connection::request`]; `unauthorized` when the token is not valid.
    pub async fn refresh(&self, refresh_token: &str) -> Result<AuthSuccess, ClientError> {
        self.sign_in(Command::Refresh(Refresh { refresh_token: refresh_token.to_owned() })).await
    }

    /// Signs in by name and password.
    ///
    /// # Errors
    /// As [`Connection::request`]; `invalid_credentials`, `two_factor_required`, `account_locked`.
    pub async fn login(&self, login: Login) -> Result<AuthSuccess, ClientError> {
        self.sign_in(Command::Login(login)).await
    }

    /// Makes an account and signs in.
    ///
    /// # Errors
    /// As [`Connection::request`]; `conflict` when the name is taken, `invalid`, `forbidden`.
    pub async fn register(&self, register: Register) -> Result<AuthSuccess, ClientError> {
        self.sign_in(Command::Register(register)).await
    }

    async fn sign_in(&self, command: Command) -> Result<AuthSuccess, ClientError> {
        match self.command(command).await? {
            Answer::AuthSuccess(success) => Ok(success),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks whether the server is there; also keeps the connection from being idle.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn ping(&self) -> Result<(), ClientError> {
        self.command(Command::Ping(Empty {})).await.map(drop)
    }

    /// Why the connection ended; `None` while it lives.
    pub fn closed(&self) -> Option<Closed> {
        self.shared.pending().closed.clone()
    }

    /// Closes the connection: what was written before still leaves.
    pub fn close(&self) {
        self.shared.closing.cancel();
    }
}

/// The error for an answer that does not belong to the command.
pub(super) fn unexpected(answer: &Answer) -> ClientError {
    let kind = serde_json::to_value(answer).ok().and_then(|value| Some(value.get("type")?.as_str()?.to_owned()));
    ClientError::Protocol(format!("the answer {:?} does not belong to the command", kind.unwrap_or_default()))
}

async fn write(mut writer: Writer, mut frames: mpsc::Receiver<String>, closing: CancellationToken) {
    loop {
        let frame = tokio::select! {
            biased;
            frame = frames.recv() => frame,
            () = closing.cancelled() => None,
        };
        let Some(frame) = frame else { break };
        // A write that hangs must not outlive the connection.
        let sent = tokio::select! {
            sent = writer.send(frame) => sent.is_ok(),
            () = async { closing.cancelled().await; tokio::time::sleep(CLOSE_WITHIN).await } => false,
        };
        if !sent {
            closing.cancel();
            return;
        }
    }
    let _ = tokio::time::timeout(CLOSE_WITHIN, writer.close()).await;
}

async fn read(mut reader: Reader, events: mpsc::Sender<ReceivedFrame>, shared: Arc<Shared>) {
    let mut goodbye: Option<Closed> = None;
    let closed = loop {
        let text = tokio::select! {
            text = reader.next() => text,
            () = shared.closing.cancelled() => break Closed::default(),
        };
        let text = match text {
            Ok(text) => text,
            Err(closed) => break closed,
        };
        let received = match ReceivedFrame::decode(&text) {
            Ok(Some(received)) => received,
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(%error, "a frame of the server cannot be read and is passed over");
                continue;
            }
        };
        if let ServerFrame::Control(Control::Bye { code, reason, reconnect_after_ms }) = &received.frame {
            let reconnect_after_ms = *reconnect_after_ms;
            goodbye = Some(Closed { code: Some(*code), reason: reason.clone(), reconnect_after_ms });
            continue;
        }
        if let Some(event) = dispatch(&shared, received) {
            let passed = tokio::select! {
                passed = events.send(event) => passed.is_ok(),
                () = shared.closing.cancelled() => false,
            };
            if !passed {
                break Closed::default();
            }
        }
    };
    // What the server said by `bye` is worth more than how the socket ended.
    shared.close(goodbye.unwrap_or(closed));
}

/// Gives an answer to who waits for it; everything else is returned, and so is what counts by its
/// place among the events.
fn dispatch(shared: &Shared, received: ReceivedFrame) -> Option<ReceivedFrame> {
    let Some(id) = &received.id else { return Some(received) };
    let result = match &received.frame {
        ServerFrame::Answer(Answer::Reset(_) | Answer::AccountReset { .. }) => return Some(received),
        ServerFrame::Answer(answer) => Ok(answer.clone()),
        ServerFrame::Control(Control::Error(error)) => Err(ClientError::Api(error.clone())),
        ServerFrame::Control(Control::Bye { .. })
        | ServerFrame::Chat(_)
        | ServerFrame::Account(_)
        | ServerFrame::Passing(_) => return Some(received),
    };
    let waiting = shared.pending().waiting.remove(id);
    if let Some(waiting) = waiting {
        let _ = waiting.send(result);
    }
    matches!(received.frame, ServerFrame::Answer(Answer::SyncDone(_))).then_some(received)
}
