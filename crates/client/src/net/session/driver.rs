//! The task that keeps a session connected and folds what comes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use vestnik_proto::command::{ChatRef, Empty, MarkDelivered, Sync};
use vestnik_proto::frame::ReceivedFrame;
use vestnik_proto::{Answer, ChatEventContent, ChatId, CloseCode, Command, ServerFrame, UserId, limits};

use super::sender::send_outbox;
use super::{SessionEvent, Shared, Status};
use crate::net::connection::unexpected;
use crate::net::{Backoff, ClientError, Closed, Connection};
use crate::reducer::{Applied, State};

/// Frames folded before the cache is written once for all of them.
const BATCH: usize = 128;
/// Renewing again at once after it failed would only load a server in trouble.
const RENEW_AGAIN: Duration = Duration::from_secs(5);

/// Connects again and again until stopped or signed out.
pub(super) async fn run(shared: Arc<Shared>) {
    let stop = shared.stop.clone();
    tokio::select! {
        () = stop.cancelled() => {}
        () = connect_for_ever(&shared) => {}
    }
    shared.connection.send_replace(None);
    if let Err(error) = shared.flush().await {
        tracing::warn!(%error, "the cache was not written; what it lacks is fetched at the next start");
    }
}

async fn connect_for_ever(shared: &Arc<Shared>) {
    let options = &shared.options;
    let mut backoff = Backoff::new(options.backoff_base, options.backoff_cap, options.seed);
    // Whether the access token was refused on the connection before.
    let mut refused = false;
    loop {
        shared.tell(SessionEvent::Status(Status::Connecting)).await;
        let mut run = Run { in_step: false, signed_in: false };
        let error = run.connected(shared, refused).await;
        shared.connection.send_replace(None);
        if run.in_step {
            backoff.reset();
        }
        let refused_before = std::mem::replace(&mut refused, error.is_unauthorized());
        let reason = match &error {
            ClientError::SignedOut(reason) => Some(reason.clone()),
            // New tokens did not help either.
            error if refused && refused_before && !run.signed_in => Some(error.to_string()),
            _ => None,
        };
        if let Some(reason) = reason {
            shared.tell(SessionEvent::Status(Status::SignedOut { reason })).await;
            return;
        }
        let retry_in = match &error {
            // The next attempt has something new to try.
            _ if refused && !refused_before => Duration::ZERO,
            ClientError::Closed(closed) => backoff.next(asked(closed)),
            _ => backoff.next(None),
        };
        tracing::info!(%error, ?retry_in, "not connected");
        shared.tell(SessionEvent::Status(Status::Offline { error: Arc::new(error), retry_in })).await;
        tokio::time::sleep(retry_in).await;
    }
}

/// How long a closing server asks to stay away.
fn asked(closed: &Closed) -> Option<Duration> {
    let restarting = closed.is(CloseCode::Restarting).then_some(Duration::from_secs(1));
    closed.reconnect_after_ms.map(Duration::from_millis).or(restarting)
}

/// What a task beside the folding one came to.
enum Ended {
    /// The first `sync`: the session is in step.
    InStep(Result<(), ClientError>),
    /// A `sync` for what was missing.
    Repaired(Result<(), ClientError>),
    /// The keeper or the sender, which only end with the connection.
    Helper(ClientError),
    /// A chat was read again.
    ChatRead,
    /// The server was told what has arrived.
    Marked,
}

/// One connection's life.
struct Run {
    signed_in: bool,
    in_step: bool,
}

impl Run {
    /// Connects, and stays connected as long as it goes. Returns why it ended.
    async fn connected(&mut self, shared: &Arc<Shared>, refused: bool) -> ClientError {
        match self.try_connected(shared, refused).await {
            Err(error) => error,
            Ok(never) => match never {},
        }
    }

    async fn try_connected(
        &mut self,
        shared: &Arc<Shared>,
        refused: bool,
    ) -> Result<std::convert::Infallible, ClientError> {
        let (connection, mut frames) = Connection::open(&shared.options.address, &shared.options.connect).await?;
        let success = shared.sign_in(&connection, refused).await?;
        self.signed_in = true;
        shared.become_user(success.user_id);

        // Dropping the set ends the tasks.
        let mut tasks = JoinSet::new();
        let (task_shared, task_connection) = (Arc::clone(shared), connection.clone());
        tasks.spawn(async move { Ended::InStep(get_in_step(&task_shared, &task_connection).await) });
        let (task_shared, task_connection) = (Arc::clone(shared), connection.clone());
        tasks.spawn(async move { Ended::Helper(keep(&task_shared, &task_connection).await) });

        // A `sync` is under way; what is found missing meanwhile waits for its end.
        let mut syncing = true;
        let mut missing = Missing::default();
        let mut arrived = Arrived::default();
        // What arrives while the server is being told waits, so that it is told once for all of it.
        let mut marking = false;
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                count = frames.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return Err(ClientError::Closed(connection.closed().unwrap_or_default()));
                    }
                    let reread = fold(shared, &mut batch, &mut frames, &mut missing, &mut arrived).await;
                    for chat_id in reread {
                        let (task_shared, task_connection) = (Arc::clone(shared), connection.clone());
                        tasks.spawn(async move {
                            read_chat(&task_shared, &task_connection, chat_id).await;
                            Ended::ChatRead
                        });
                    }
                }
                Some(ended) = tasks.join_next() => {
                    match ended.map_err(|error| ClientError::Protocol(format!("a task failed: {error}")))? {
                        Ended::InStep(result) => {
                            result?;
                            self.in_step = true;
                            syncing = false;
                            shared.connection.send_replace(Some(connection.clone()));
                            let status = Status::Online { user_id: success.user_id, username: success.username.clone() };
                            shared.tell(SessionEvent::Status(status)).await;
                            let (task_shared, task_connection) = (Arc::clone(shared), connection.clone());
                            tasks.spawn(async move { Ended::Helper(send_outbox(&task_shared, &task_connection).await) });
                        }
                        Ended::Repaired(result) => {
                            result?;
                            syncing = false;
                        }
                        Ended::Helper(error) => return Err(error),
                        Ended::ChatRead => {}
                        Ended::Marked => marking = false,
                    }
                }
            }
            if !syncing && let Some(sync) = missing.take(&shared.model().state) {
                syncing = true;
                let task_connection = connection.clone();
                tasks.spawn(async move { Ended::Repaired(request_sync(&task_connection, sync).await) });
            }
            if self.in_step && !marking {
                let marks = arrived.take(&shared.model().state);
                if !marks.is_empty() {
                    marking = true;
                    let task_connection = connection.clone();
                    tasks.spawn(async move {
                        mark_delivered(&task_connection, marks).await;
                        Ended::Marked
                    });
                }
            }
        }
    }
}

/// Which logs have a gap.
#[derive(Default)]
struct Missing {
    chats: BTreeSet<ChatId>,
    account: bool,
}

impl Missing {
    /// What to ask for, from where the state is now; nothing is missing afterwards.
    fn take(&mut self, state: &State) -> Option<Sync> {
        if self.chats.is_empty() && !self.account {
            return None;
        }
        let rev = |id: ChatId| state.chats.get(&id).map(|chat| (id, chat.rev));
        let chats = std::mem::take(&mut self.chats).into_iter().filter_map(rev).collect();
        let account = std::mem::take(&mut self.account).then_some(state.account_rev);
        Some(Sync { chats, account })
    }
}

/// The newest messages of others that have arrived and of which the server was not told yet, by chat.
#[derive(Default)]
struct Arrived(BTreeMap<ChatId, i64>);

impl Arrived {
    fn note(&mut self, chat_id: &ChatId, seq: i64) {
        let newest = self.0.entry(chat_id.clone()).or_default();
        *newest = seq.max(*newest);
    }

    /// What to tell; nothing waits afterwards.
    fn take(&mut self, state: &State) -> Vec<MarkDelivered> {
        let marks = std::mem::take(&mut self.0).into_iter().filter(|(chat_id, seq)| {
            state.chats.get(chat_id).is_some_and(|chat| {
                // What was read is known to have arrived.
                chat.info.role.is_some()
                    && chat.info.kind.marks_delivery(chat.member_count)
                    && *seq > chat.info.read_seq
            })
        });
        marks.map(|(chat_id, seq)| MarkDelivered { chat_id, seq }).collect()
    }
}

/// Tells the server what has arrived. Failing is no harm: the next message, or reading, tells it too.
async fn mark_delivered(connection: &Connection, marks: Vec<MarkDelivered>) {
    for mark in marks {
        if let Err(error) = connection.command(Command::MarkDelivered(mark)).await {
            tracing::debug!(%error, "what has arrived was not told");
        }
    }
}

/// Folds a batch, and what has come meanwhile, writes the cache and tells the program.
/// Returns chats that must be read again because what the caller may do there has changed.
async fn fold(
    shared: &Shared,
    batch: &mut Vec<ReceivedFrame>,
    frames: &mut mpsc::Receiver<ReceivedFrame>,
    missing: &mut Missing,
    arrived: &mut Arrived,
) -> Vec<ChatId> {
    while batch.len() < BATCH
        && let Ok(frame) = frames.try_recv()
    {
        batch.push(frame);
    }
    let mut reread = Vec::new();
    let mut told = Vec::with_capacity(batch.len());
    {
        let mut model = shared.model();
        for ReceivedFrame { frame, .. } in batch.drain(..) {
            match (model.apply(&frame), &frame) {
                (Some(Applied::Gap { .. }), ServerFrame::Chat(event)) => {
                    missing.chats.insert(event.chat_id.clone());
                    continue;
                }
                (Some(Applied::Gap { .. }), _) => {
                    missing.account = true;
                    continue;
                }
                (Some(Applied::Duplicate | Applied::UnknownChat), _) => continue,
                (Some(Applied::Applied), ServerFrame::Chat(event)) => {
                    model.trim(&event.chat_id, shared.options.keep_messages);
                    if is_my_membership(&event.content, model.state.me) {
                        reread.push(event.chat_id.clone());
                    }
                    if let ChatEventContent::NewMessage { message } = &event.content
                        && model.state.me != Some(message.sender_id)
                    {
                        arrived.note(&event.chat_id, message.seq);
                    }
                }
                (Some(Applied::Applied), ServerFrame::Answer(Answer::Reset(reset))) => {
                    arrived.note(&reset.chat_id, reset.chat.last_seq);
                }
                (Some(Applied::Applied) | None, _) => {}
            }
            told.push(frame);
        }
    }
    shared.keep().await;
    for frame in told {
        shared.tell(SessionEvent::Frame(Box::new(frame))).await;
    }
    reread
}

fn is_my_membership(content: &ChatEventContent, me: Option<UserId>) -> bool {
    matches!(content, ChatEventContent::MemberChanged { member, .. } if me == Some(member.user_id))
}

/// Reads a chat again. Failing is no harm: the server refuses what one may not do.
async fn read_chat(shared: &Shared, connection: &Connection, chat_id: ChatId) {
    if let Ok(answer) = connection.command(Command::GetChat(ChatRef { chat_id })).await {
        shared.fold(&answer).await;
    }
}

impl Shared {
    /// Makes the state that of this user; another one's is dropped.
    fn become_user(&self, user_id: Option<UserId>) {
        let mut model = self.model();
        if model.state.me != user_id {
            model.state = State::new(user_id);
            model.changes.everything();
        }
    }
}

/// Fetches everything that came since the state was current.
async fn get_in_step(shared: &Shared, connection: &Connection) -> Result<(), ClientError> {
    let fresh = shared.model().state.account_rev == 0;
    if fresh {
        let answer = connection.command(Command::ListChats(Empty {})).await?;
        if !matches!(answer, Answer::Chats { .. }) {
            return Err(unexpected(&answer));
        }
        shared.fold(&answer).await;
    }
    let cursors = shared.model().state.cursors();
    let mut chats = cursors.chats.into_iter().peekable();
    let mut account = cursors.account;
    // The server answers for a bounded number of chats at once. Once even when there are none,
    // for the account.
    loop {
        let some = chats.by_ref().take(limits::SYNC_CHATS).collect();
        request_sync(connection, Sync { chats: some, account: account.take() }).await?;
        if chats.peek().is_none() {
            return Ok(());
        }
    }
}

/// Asks for what is missing; it comes among the events, before this returns or soon after.
async fn request_sync(connection: &Connection, sync: Sync) -> Result<(), ClientError> {
    match connection.command(Command::Sync(sync)).await? {
        Answer::SyncDone(_) => Ok(()),
        other => Err(unexpected(&other)),
    }
}

/// Renews the tokens in time and shows the server that the client is there, until that fails.
async fn keep(shared: &Shared, connection: &Connection) -> ClientError {
    let mut ping = tokio::time::interval(shared.options.ping_every);
    ping.reset();
    let mut least = Duration::ZERO;
    loop {
        let (tokens, renew_in) = match shared.renew_in().await {
            Ok(renew) => renew,
            Err(error) => return error,
        };
        let outcome = tokio::select! {
            () = tokio::time::sleep(renew_in.max(least)) => shared.renew(connection, &tokens).await.map(drop),
            _ = ping.tick() => connection.ping().await,
        };
        match outcome {
            Ok(()) => least = Duration::ZERO,
            // The server is there but cannot now: the token still lives for a while.
            Err(ClientError::Api(error)) if error.code.retryable() => least = RENEW_AGAIN,
            Err(error) => return error,
        }
    }
}
