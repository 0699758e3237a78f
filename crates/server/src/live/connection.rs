//! One live connection, from the first frame to the goodbye, whatever the door.
//!
//! Two states: not signed in (may sign in, and little else) and signed in. A `message` is handed to
//! the writer and the connection goes on; its acknowledgement is written when the message is
//! durable. Any other command first waits for those acknowledgements, so that its answer shows
//! their effect and answers come in the order of the questions.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use vestnik_core::{AccountSync, Actor, Authenticated, ChatKey, ChatSync, Origin, PendingAck, SignedIn, Subscribed};
use vestnik_proto::command::{Auth, SetActiveChat, SetPresence, Sync};
use vestnik_proto::frame::{Ack, AuthSuccess, Control, SyncDone, encode};
use vestnik_proto::{
    Answer, ApiError, ClientFrame, ClientId, CloseCode, Command, ErrorCode, Timestamp, command, limits,
};

use super::Live;
use super::framing::{Bye, Input, Transport};
use crate::hub::{Handle, Mark, Out};

/// Frames written at once.
const BATCH: usize = 64;
/// Bytes of a `sync` collected before they are written.
const SYNC_BATCH_BYTES: usize = 64 * 1024;
/// How long after a `sync` an event it has sent may still be on its way through the hub.
const FLOORS_KEPT: Duration = Duration::from_secs(60);
/// Shortest and longest delay after which clients are told to come back, milliseconds.
const RECONNECT: (u64, u64) = (1_000, 5_000);

/// Why a connection ends: with a goodbye, or because the other side is gone.
type End = Option<Bye>;

/// A live connection.
#[expect(missing_debug_implementations, reason = "holds futures; the log names connections by their peer")]
pub struct Connection<T> {
    live: Arc<Live>,
    transport: T,
    origin: Origin,
    since: Instant,
    signed: Option<Signed>,
    acks: FuturesUnordered<Tagged>,
    /// Malformed frames in a row.
    malformed: u32,
    /// When something last came in.
    heard: Instant,
    /// When a sign of life was last asked for.
    pinged: Instant,
    /// Whether the next deadline may be earlier than the one waited for.
    rearm: bool,
}

/// What there is of one who is signed in.
struct Signed {
    actor: Actor,
    expires_at: Timestamp,
    expires: Instant,
    handle: Arc<Handle>,
    queue: mpsc::Receiver<Out>,
    floors: Floors,
}

/// What `sync` has sent, so that the hub's copies of it are passed over.
#[derive(Default)]
struct Floors {
    chats: HashMap<ChatKey, i64>,
    account: i64,
    until: Option<Instant>,
}

impl Floors {
    /// Adds what is news.
    fn pick(&mut self, outs: &[Out], frames: &mut Vec<Bytes>) {
        for frame in outs.iter().flat_map(|out| out.frames()) {
            if self.passes(frame.mark) {
                frames.push(frame.bytes.clone());
            }
        }
    }

    /// Whether the frame is news.
    fn passes(&mut self, mark: Mark) -> bool {
        match mark {
            Mark::Passing => true,
            Mark::Account(rev) => rev > self.account,
            Mark::Chat(chat, rev) => match self.chats.get(&chat) {
                Some(floor) if rev <= *floor => false,
                Some(_) => {
                    self.chats.remove(&chat);
                    true
                }
                None => true,
            },
        }
    }
}

/// A message on its way, with the client's name for the command.
struct Tagged {
    id: Option<String>,
    pending: PendingAck,
}

impl Future for Tagged {
    type Output = (Option<String>, Result<Ack, ApiError>);
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.pending).poll(cx).map(|result| (self.id.take(), result))
    }
}

/// What wakes a connection.
enum Event {
    Stopping,
    Closed(CloseCode),
    Acked(<Tagged as Future>::Output),
    Live(Vec<Out>),
    Input(Input),
    Tick,
}

impl<T: Transport> Connection<T> {
    /// A connection that was accepted at `since`.
    pub fn new(live: Arc<Live>, transport: T, origin: Origin, since: Instant) -> Self {
        Self {
            live,
            transport,
            origin,
            since,
            signed: None,
            acks: FuturesUnordered::new(),
            malformed: 0,
            heard: since,
            pinged: since,
            rearm: false,
        }
    }

    /// Serves the connection to its end.
    pub async fn run(mut self) {
        self.live.metrics.connected(T::DOOR);
        let end = self.serve().await;
        // Before the goodbye: the queue is freed at once and nobody sees the person any more.
        if let Some(signed) = self.signed.take() {
            let last = self.live.hub.disconnect(&signed.handle);
            if let Some(user) = signed.actor.user_id().filter(|_| last) {
                self.live.core.seen(user).await;
            }
        }
        if let Some(bye) = end {
            tracing::debug!(door = T::DOOR, peer = %self.origin.ip, code = bye.why.code(), "closed");
            self.transport.close(bye).await;
        }
        self.live.metrics.disconnected(T::DOOR);
    }

    async fn serve(&mut self) -> End {
        let mut sleep = std::pin::pin!(sleep_until(self.deadline()));
        let soft = self.live.stop.soft.clone();
        let told = std::pin::pin!(soft.cancelled());
        let mut stopping = Stopping { told, token: &soft, waker: None };
        loop {
            if std::mem::take(&mut self.rearm) {
                sleep.as_mut().reset(self.deadline());
            }
            let full = self.acks.len() >= self.live.pending_messages;
            let event = {
                let Self { transport, signed, acks, .. } = self;
                let (handle, queue) = match signed {
                    Some(signed) => (Some(&*signed.handle), Some(&mut signed.queue)),
                    None => (None, None),
                };
                tokio::select! {
                    biased;
                    () = poll_fn(|cx| stopping.poll(cx)) => Event::Stopping,
                    why = closed(handle) => Event::Closed(why),
                    Some(ack) = acks.next(), if !acks.is_empty() => Event::Acked(ack),
                    outs = next_outs(queue) => Event::Live(outs),
                    input = transport.read(), if !full => Event::Input(input),
                    () = &mut sleep => Event::Tick,
                }
            };
            let done = match event {
                Event::Stopping => return self.stop().await,
                Event::Closed(why) => return Some(why.into()),
                Event::Acked(ack) => {
                    let first = self.ack_frame(ack);
                    self.write_out(vec![first], &[]).await
                }
                Event::Live(outs) => {
                    if let Some(signed) = &self.signed {
                        signed.handle.taken(&outs);
                    }
                    self.live(outs, full).await
                }
                Event::Input(input) => self.input(input).await,
                Event::Tick => {
                    self.rearm = true;
                    self.tick().await
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// The next moment at which something must be looked at.
    fn deadline(&self) -> Instant {
        let Some(signed) = &self.signed else { return self.since + self.live.times.auth };
        let mut next = signed.expires.min(self.heard + self.idle());
        if let Some(interval) = self.ping_interval() {
            next = next.min(self.pinged + interval);
        }
        signed.floors.until.map_or(next, |until| next.min(until))
    }

    fn idle(&self) -> Duration {
        if T::DOOR == "ws" { self.live.times.ws_idle } else { self.live.times.tcp_idle }
    }

    fn ping_interval(&self) -> Option<Duration> {
        (T::DOOR == "ws").then_some(self.live.times.ws_ping)
    }

    async fn tick(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let (idle, interval) = (self.heard + self.idle(), self.ping_interval());
        let clock = self.live.clock.now();
        let Some(signed) = &mut self.signed else {
            let late = now >= self.since + self.live.times.auth;
            return if late { Err(Some(CloseCode::Unauthorized.into())) } else { Ok(()) };
        };
        if clock >= signed.expires_at {
            return Err(Some(CloseCode::Unauthorized.into()));
        }
        // The wall clock may have been set; it alone decides.
        signed.expires = now + until(clock, signed.expires_at);
        if now >= idle {
            return Err(Some(CloseCode::Idle.into()));
        }
        if signed.floors.until.is_some_and(|until| now >= until) {
            let account = signed.floors.account;
            signed.floors = Floors { account, ..Floors::default() };
        }
        if interval.is_some_and(|interval| now >= self.pinged + interval) {
            self.pinged = now;
            let write = self.live.times.write;
            return match timeout(write, self.transport.ping()).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(None),
                Err(_) => Err(Some(CloseCode::TooSlow.into())),
            };
        }
        Ok(())
    }

    /// What was asked for is answered, and what waits is written.
    async fn finish(&mut self) -> Result<(), End> {
        self.drain_acks().await?;
        let frames = self.waiting();
        self.write(frames).await
    }

    /// What waits in the queue, less what `sync` has sent already.
    fn waiting(&mut self) -> Vec<Bytes> {
        let mut frames = Vec::new();
        if let Some(signed) = &mut self.signed {
            while let Ok(out) = signed.queue.try_recv() {
                signed.floors.pick(&[out], &mut frames);
            }
        }
        frames
    }

    /// The server stops: what is on its way arrives, then goodbye.
    async fn stop(&mut self) -> End {
        if let Err(end) = self.finish().await {
            return end;
        }
        let id = self.signed.as_ref().map_or(0, |signed| signed.handle.id);
        let spread = RECONNECT.1 - RECONNECT.0;
        let delay = RECONNECT.0 + id.wrapping_mul(7_919) % spread;
        Some(Bye { why: CloseCode::Restarting, reconnect_after_ms: Some(delay) })
    }

    /// Writes what came from the hub, then looks whether something came in: a full queue must not
    /// keep the client from being heard.
    async fn live(&mut self, outs: Vec<Out>, full: bool) -> Result<(), End> {
        self.write_out(Vec::new(), &outs).await?;
        if !full && let Some(input) = self.transport.read().now_or_never() {
            self.input(input).await?;
        }
        Ok(())
    }

    async fn input(&mut self, input: Input) -> Result<(), End> {
        self.heard = Instant::now();
        match input {
            Input::End => {
                // A script that sends, closes its side and reads on gets its answers.
                self.finish().await?;
                Err(None)
            }
            Input::Alive => Ok(()),
            Input::TooLong => {
                let words = "The frame is longer than 64 KiB and was passed over. Send less at once.";
                self.bad_frame(None, ApiError::new(ErrorCode::TooLarge, words)).await
            }
            Input::Binary => {
                let words = "Binary messages are not understood. Send every frame as a text message.";
                self.bad_frame(None, ApiError::invalid("", words)).await
            }
            Input::Frame(bytes) => {
                self.live.metrics.frame_in();
                match ClientFrame::decode(&bytes) {
                    Ok(frame) => {
                        self.malformed = 0;
                        self.command(frame).await
                    }
                    Err(bad) => self.bad_frame(bad.id, bad.error).await,
                }
            }
        }
    }

    async fn bad_frame(&mut self, id: Option<String>, error: ApiError) -> Result<(), End> {
        self.malformed += 1;
        self.answer(id.as_deref(), Err(error)).await?;
        if self.malformed >= limits::MALFORMED_IN_A_ROW { Err(Some(CloseCode::Policy.into())) } else { Ok(()) }
    }

    async fn command(&mut self, frame: ClientFrame) -> Result<(), End> {
        // Apart from messages, each is a future of its own on the heap: kept inside, the largest of them would
        // be room that every idle connection pays for.
        let Some(signed) = &self.signed else { return Box::pin(self.command_unsigned(frame)).await };
        if self.live.clock.now() >= signed.expires_at {
            return Err(Some(CloseCode::Unauthorized.into()));
        }
        let ClientFrame { id, client_id, command } = frame;
        if let Command::Message(message) = command {
            return self.send(id, client_id, message).await;
        }
        Box::pin(self.command_signed(id, client_id, command)).await
    }

    /// What one may say once signed in, apart from messages.
    async fn command_signed(
        &mut self,
        id: Option<String>,
        client_id: Option<ClientId>,
        command: Command,
    ) -> Result<(), End> {
        self.drain_acks().await?;
        let Some(signed) = &self.signed else { return Err(None) };
        let (actor, handle) = (signed.actor.clone(), signed.handle.clone());
        let live = self.live.clone();
        let answer = match command {
            Command::Auth(Auth { token }) => match live.core.authenticate(&token) {
                Ok(renewed) => match self.renew(&renewed.actor, renewed.expires_at) {
                    Ok(()) => live.core.auth_success(&renewed).await.map(Answer::AuthSuccess),
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            },
            Command::Refresh(refresh) => match live.core.refresh(refresh, &self.origin).await {
                Ok(SignedIn { actor, answer, expires_at }) => {
                    self.renew(&actor, expires_at).map(|()| Answer::AuthSuccess(answer))
                }
                Err(error) => Err(error),
            },
            Command::Register(_) | Command::Login(_) | Command::Guest(_) => Err(ApiError::new(
                ErrorCode::Conflict,
                "This connection is signed in already. Open another one for another account.",
            )),
            Command::Logout(_) => match live.core.logout(&actor).await {
                Ok(()) => {
                    // The end of the session has already told this connection to close; what waits, as the
                    // echo of one's last message, and the answer come first.
                    let mut frames = self.waiting();
                    frames.push(Bytes::from(encode(&Answer::LoggedOut, id.as_deref())));
                    self.write_last(frames).await?;
                    return Err(Some(CloseCode::Normal.into()));
                }
                Err(error) => Err(error),
            },
            Command::Ping(_) => Ok(Answer::Pong { timestamp: live.clock.now() }),
            Command::Sync(sync) => return self.sync(id, &actor, &sync).await,
            Command::SetActiveChat(SetActiveChat { chat_id }) => {
                return self.set_active_chat(id, &actor, &handle, chat_id).await;
            }
            Command::Presence(SetPresence { status }) => match actor.user() {
                Ok(_) => {
                    live.hub.set_status(&handle, status);
                    Ok(Answer::Ok)
                }
                Err(error) => Err(error),
            },
            command => live.core.execute(&actor, ClientFrame { id: id.clone(), client_id, command }).await,
        };
        self.answer(id.as_deref(), answer).await
    }

    /// What one may say before signing in.
    async fn command_unsigned(&mut self, frame: ClientFrame) -> Result<(), End> {
        let ClientFrame { id, command, .. } = frame;
        let live = self.live.clone();
        let core = &live.core;
        let signed = match command {
            Command::Ping(_) => {
                return self.answer(id.as_deref(), Ok(Answer::Pong { timestamp: live.clock.now() })).await;
            }
            Command::Auth(Auth { token }) => match core.authenticate(&token) {
                Ok(authenticated) => {
                    let answer = self.resume(authenticated).await.map(Answer::AuthSuccess);
                    if answer.is_err() {
                        live.metrics.auth_failed(T::DOOR);
                    }
                    return self.answer(id.as_deref(), answer).await;
                }
                Err(error) => Err(error),
            },
            Command::Register(register) => core.register(register, &self.origin).await.map(parts),
            Command::Login(login) => core.login(login, &self.origin).await.map(parts),
            Command::Refresh(refresh) => core.refresh(refresh, &self.origin).await.map(parts),
            Command::Guest(_) => core.guest(&self.origin).await.map(parts),
            _ => Err(ApiError::new(ErrorCode::Unauthorized, "Sign in first: send auth, login, register or guest.")),
        };
        let answer = match signed {
            Ok((actor, expires_at, answer)) => {
                self.sign_in(actor, expires_at).await.map(|()| Answer::AuthSuccess(answer))
            }
            Err(error) => {
                live.metrics.auth_failed(T::DOOR);
                Err(error)
            }
        };
        self.answer(id.as_deref(), answer).await
    }

    /// Takes the connection into the hub. Events begin after the answer, which is written first.
    async fn sign_in(&mut self, actor: Actor, expires_at: Timestamp) -> Result<(), ApiError> {
        let live = self.live.clone();
        let (handle, queue) = live.hub.connect(&actor);
        let subscribed = if live.hub.is_ordered() {
            live.core.subscriptions_at(&actor).await
        } else {
            let keys = live.core.subscriptions(&actor).await;
            let chats = |keys: Vec<ChatKey>| keys.into_iter().map(|chat| (chat, 0)).collect();
            keys.map(|keys| Subscribed { chats: chats(keys), account_rev: 0 })
        };
        self.enter(handle, queue, actor, expires_at, subscribed)
    }

    /// The same for one who comes back by an access token: a single question says all.
    async fn resume(&mut self, authenticated: Authenticated) -> Result<AuthSuccess, ApiError> {
        let live = self.live.clone();
        let (handle, queue) = live.hub.connect(&authenticated.actor);
        let (answer, subscribed) = match live.core.resume(&authenticated, live.hub.is_ordered()).await {
            Ok((answer, subscribed)) => (Some(answer), Ok(subscribed)),
            Err(error) => (None, Err(error)),
        };
        let Authenticated { actor, expires_at } = authenticated;
        self.enter(handle, queue, actor, expires_at, subscribed)?;
        answer.ok_or_else(|| ApiError::new(ErrorCode::Internal, "Something went wrong here. Try again."))
    }

    /// Puts what the store said to use.
    fn enter(
        &mut self,
        handle: Arc<Handle>,
        queue: mpsc::Receiver<Out>,
        actor: Actor,
        expires_at: Timestamp,
        subscribed: Result<Subscribed, ApiError>,
    ) -> Result<(), ApiError> {
        let Live { hub, core, clock, .. } = &*self.live;
        let account = subscribed.as_ref().map_or(0, |subscribed| subscribed.account_rev);
        let entered = subscribed.and_then(|subscribed| {
            if hub.is_ordered() {
                hub.subscribe_at(&handle, subscribed);
            } else {
                hub.subscribe(&handle, subscribed.chats.into_iter().map(|(chat, _)| chat));
            }
            // It may have ended between the look at the token and the entry on the hub's list.
            if core.has_ended(&actor) {
                return Err(ApiError::new(ErrorCode::Unauthorized, "This session has ended. Sign in again."));
            }
            Ok(())
        });
        if let Err(error) = entered {
            hub.disconnect(&handle);
            return Err(error);
        }
        let now = Instant::now();
        let expires = now + until(clock.now(), expires_at);
        // What the answer's place in the account's stream includes is not told again.
        let floors = Floors { account, ..Floors::default() };
        self.signed = Some(Signed { actor, expires_at, expires, handle, queue, floors });
        self.pinged = now;
        self.rearm = true;
        Ok(())
    }

    /// Puts a fresh token to use on a connection that is signed in.
    fn renew(&mut self, actor: &Actor, expires_at: Timestamp) -> Result<(), ApiError> {
        let clock = self.live.clock.now();
        let Some(signed) = &mut self.signed else { return Ok(()) };
        if signed.actor.user_id() != actor.user_id() {
            let words = "This token belongs to someone else. Open another connection for another account.";
            return Err(ApiError::new(ErrorCode::Unauthorized, words));
        }
        self.live.hub.renew(&signed.handle, actor);
        signed.actor = actor.clone();
        signed.expires_at = expires_at;
        signed.expires = Instant::now() + until(clock, expires_at);
        self.rearm = true;
        Ok(())
    }

    async fn send(
        &mut self,
        id: Option<String>,
        client_id: Option<ClientId>,
        message: command::SendMessage,
    ) -> Result<(), End> {
        let Some(signed) = &self.signed else { return Err(None) };
        match self.live.core.send(&signed.actor, client_id, message).await {
            Ok(pending) => {
                self.acks.push(Tagged { id, pending });
                Ok(())
            }
            Err(error) => self.answer(id.as_deref(), Err(error)).await,
        }
    }

    async fn set_active_chat(
        &mut self,
        id: Option<String>,
        actor: &Actor,
        handle: &Arc<Handle>,
        chat_id: Option<vestnik_proto::ChatId>,
    ) -> Result<(), End> {
        let live = self.live.clone();
        live.hub.begin(handle);
        let Some(chat_id) = chat_id else {
            live.hub.view(handle, None);
            return self.answer(id.as_deref(), Ok(Answer::Ok)).await;
        };
        let seen = if live.hub.is_ordered() {
            live.core.view_at(actor, &chat_id).await
        } else {
            live.core.view(actor, &chat_id).await.map(|chat| (chat, 0))
        };
        match seen {
            Ok((chat, rev)) if live.hub.view_at(handle, Some((chat, &chat_id)), rev) => {
                let answer = Bytes::from(encode(&Answer::Ok, id.as_deref()));
                let state = live.hub.presence_state(&chat_id, chat, actor.user_id().is_none());
                self.write(vec![answer, state]).await
            }
            Ok(_) => self.answer(id.as_deref(), Err(ApiError::not_found())).await,
            Err(error) => {
                live.hub.subscribe(handle, []);
                self.answer(id.as_deref(), Err(error)).await
            }
        }
    }

    /// Streams everything after the named positions. The connection gets live events already, so
    /// what is read here and also waits in the queue is passed over there.
    async fn sync(&mut self, id: Option<String>, actor: &Actor, sync: &Sync) -> Result<(), End> {
        match self.sync_all(actor, sync).await {
            Ok(done) => self.answer(id.as_deref(), Ok(Answer::SyncDone(done))).await,
            Err(SyncFailed::Refused(error)) => self.answer(id.as_deref(), Err(error)).await,
            Err(SyncFailed::Ended(end)) => Err(end),
        }
    }

    async fn sync_all(&mut self, actor: &Actor, sync: &Sync) -> Result<SyncDone, SyncFailed> {
        let live = self.live.clone();
        let plan = live.core.sync_plan(actor, sync).await?;
        let (mut chats, mut gone) = (plan.current, plan.gone);
        if live.hub.is_ordered()
            && let Some(signed) = &mut self.signed
        {
            // Another node may have told the client what this one has yet to hear of.
            signed.floors.chats.extend(plan.floors);
            signed.floors.until = Some(Instant::now() + FLOORS_KEPT);
            self.rearm = true;
        }
        let mut batch = Batch::default();
        for behind in &plan.behind {
            let (rev, frames) = match live.core.sync_chat(actor, behind).await? {
                ChatSync::Events { rev, frames } => (rev, frames),
                ChatSync::Reset { rev, frame } => (rev, vec![frame]),
                ChatSync::Gone => {
                    gone.push(behind.chat_id.clone());
                    continue;
                }
            };
            chats.insert(behind.chat_id.clone(), rev);
            if let Some(signed) = &mut self.signed {
                signed.floors.chats.insert(behind.chat, rev);
                signed.floors.until = Some(Instant::now() + FLOORS_KEPT);
                self.rearm = true;
            }
            for frame in frames {
                if let Some(full) = batch.push(frame) {
                    self.write(full).await?;
                }
            }
        }
        let mut account = None;
        if let Some(have) = sync.account {
            let (rev, frames) = match live.core.sync_account(actor, have).await? {
                AccountSync::Events { account_rev, frames } => (account_rev, frames),
                AccountSync::Reset { account_rev, frame } => (account_rev, vec![frame]),
            };
            account = Some(rev);
            if let Some(signed) = &mut self.signed {
                signed.floors.account = signed.floors.account.max(rev);
            }
            for frame in frames {
                if let Some(full) = batch.push(frame) {
                    self.write(full).await?;
                }
            }
        }
        self.write(batch.frames).await?;
        Ok(SyncDone { account, chats, gone })
    }

    fn ack_frame(&self, (id, result): <Tagged as Future>::Output) -> Bytes {
        let frame = match result {
            Ok(ack) => {
                self.live.metrics.message();
                encode(&Answer::Ack(ack), id.as_deref())
            }
            Err(error) => encode(&Control::Error(error), id.as_deref()),
        };
        Bytes::from(frame)
    }

    /// Acknowledgements that are there already.
    fn ready_acks(&mut self, frames: &mut Vec<Bytes>) {
        while !self.acks.is_empty() {
            // Without the runtime's budget, which could hide one behind its echo.
            let next = tokio::task::coop::unconstrained(self.acks.next()).now_or_never();
            let Some(Some(ack)) = next else { break };
            frames.push(self.ack_frame(ack));
        }
    }

    /// Waits until every message of this connection is durable or refused.
    async fn drain_acks(&mut self) -> Result<(), End> {
        let mut frames = Vec::new();
        while let Some(ack) = self.acks.next().await {
            frames.push(self.ack_frame(ack));
        }
        self.write(frames).await
    }

    /// Writes acknowledgements before what came from the hub: an echo comes after its ack.
    async fn write_out(&mut self, mut frames: Vec<Bytes>, outs: &[Out]) -> Result<(), End> {
        self.ready_acks(&mut frames);
        if let Some(signed) = &mut self.signed {
            signed.floors.pick(outs, &mut frames);
        }
        self.write(frames).await
    }

    /// Answers a command, after the messages before it.
    async fn answer(&mut self, id: Option<&str>, answer: Result<Answer, ApiError>) -> Result<(), End> {
        self.drain_acks().await?;
        let frame = match answer {
            Ok(answer) => encode(&answer, id),
            Err(error) => encode(&Control::Error(error), id),
        };
        self.write(vec![Bytes::from(frame)]).await
    }

    /// Writes frames together; a reader that takes nothing ends the connection.
    async fn write(&mut self, frames: Vec<Bytes>) -> Result<(), End> {
        let Self { live, transport, signed, .. } = self;
        let handle = signed.as_ref().map(|signed| &*signed.handle);
        tokio::select! {
            biased;
            why = closed(handle) => Err(Some(why.into())),
            written = write_all(transport, live, frames) => written,
        }
    }

    /// Writes frames although the connection was told to close.
    async fn write_last(&mut self, frames: Vec<Bytes>) -> Result<(), End> {
        write_all(&mut self.transport, &self.live, frames).await
    }
}

/// The soft stop, as a connection waits for it. All connections wait for the one token, whose list of
/// those waiting has one lock: who is on it stays on it, and looks only at whether it was cancelled.
struct Stopping<'pin, 'a> {
    told: Pin<&'pin mut WaitForCancellationFuture<'a>>,
    token: &'a CancellationToken,
    /// Who is on the list.
    waker: Option<Waker>,
}

impl Stopping<'_, '_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return if self.token.is_cancelled() { Poll::Ready(()) } else { Poll::Pending };
        }
        self.waker = Some(cx.waker().clone());
        self.told.as_mut().poll(cx)
    }
}

/// What signing in needs of what core made.
fn parts(signed: SignedIn) -> (Actor, Timestamp, AuthSuccess) {
    (signed.actor, signed.expires_at, signed.answer)
}

async fn write_all<T: Transport>(transport: &mut T, live: &Live, frames: Vec<Bytes>) -> Result<(), End> {
    if frames.is_empty() {
        return Ok(());
    }
    live.metrics.frames_out(frames.len());
    let write = async {
        for frame in &frames {
            transport.feed(frame).await?;
        }
        transport.flush().await
    };
    match timeout(live.times.write, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => {
            live.metrics.overflowed();
            Err(Some(CloseCode::TooSlow.into()))
        }
    }
}

/// Why a `sync` stopped.
enum SyncFailed {
    Refused(ApiError),
    Ended(End),
}

impl From<ApiError> for SyncFailed {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<End> for SyncFailed {
    fn from(end: End) -> Self {
        Self::Ended(end)
    }
}

/// Frames collected for one write.
#[derive(Default)]
struct Batch {
    frames: Vec<Bytes>,
    bytes: usize,
}

impl Batch {
    /// Adds a frame; gives the batch back when it is large enough.
    fn push(&mut self, frame: Bytes) -> Option<Vec<Bytes>> {
        self.bytes += frame.len();
        self.frames.push(frame);
        let full = self.frames.len() >= BATCH || self.bytes >= SYNC_BATCH_BYTES;
        full.then(|| std::mem::take(self).frames)
    }
}

/// Time until a moment of the wall clock; at least a moment, so that a stopped clock cannot spin.
fn until(now: Timestamp, then: Timestamp) -> Duration {
    let millis = then.as_millis().saturating_sub(now.as_millis()).max(100);
    Duration::from_millis(u64::try_from(millis).unwrap_or(100))
}

/// Waits for a reason to close, for ever without a handle.
async fn closed(handle: Option<&Handle>) -> CloseCode {
    match handle {
        Some(handle) => handle.closed().await,
        None => std::future::pending().await,
    }
}

/// Waits for frames from the hub, for ever without a queue.
async fn next_outs(queue: Option<&mut mpsc::Receiver<Out>>) -> Vec<Out> {
    let Some(queue) = queue else { return std::future::pending().await };
    let mut outs = Vec::new();
    if queue.recv_many(&mut outs, BATCH).await == 0 {
        return std::future::pending().await;
    }
    outs
}

#[cfg(test)]
mod tests {
    use tokio::io::DuplexStream;

    use super::*;
    use crate::live::framing::Lines;

    fn size_of<A, F: Future>(_: fn(A) -> F) -> usize {
        std::mem::size_of::<F>()
    }

    #[test]
    fn an_idle_connection_is_small() {
        let bytes = size_of(Connection::<Lines<DuplexStream>>::run);
        assert!(bytes <= 4 * 1024, "{bytes} bytes are held for each connection");
    }
}
