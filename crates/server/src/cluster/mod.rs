//! One node among several that share a database and a bus.
//!
//! What was committed here is told to this node's hub at once and to the others over the bus. The
//! bus is a hint: the hub tells every event in its turn ([`crate::hub::order`]), and what is
//! missing is read from the store. A node listens to itself; as long as it hears its own beat, the
//! bus works. When it does not, the node asks the store instead, twice a second.

mod presence;
mod repair;
mod roll;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use parking_lot::Mutex;
use rand::RngExt as _;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestnik_core::{Audience, ChatKey, Clock, Core, Notice, Rng, Sink};
use vestnik_proto::{AccountEventContent, UserId};

use crate::bus::{Bus, Message, Subject};
use crate::hub::Hub;
use crate::hub::elsewhere::Heard;
use crate::hub::order::{Lack, read_change};
use crate::metrics::Metrics;
use crate::stop::Stop;
use wire::{Envelope, Note, To, Word};

/// Words that may wait to be sent; beyond it they are dropped, and the others read the store.
const OUTBOX: usize = 16_384;
/// Words sent at once.
const BATCH: usize = 256;
/// Time between two beats.
const BEAT: Duration = Duration::from_millis(400);
/// Silence of one's own beat after which the bus is taken to be down.
const DEAF_AFTER: Duration = Duration::from_millis(1_200);
/// Silence of one's own beat after which the subscription is made anew.
const LISTEN_ANEW: Duration = Duration::from_secs(4);
/// Longest wait for a subscription.
const SUBSCRIBE: Duration = Duration::from_secs(5);
/// Longest wait for the last words to be taken.
const GOODBYE: Duration = Duration::from_secs(3);
/// Shortest and longest pause before the bus is tried again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// A word and where it goes.
struct Outgoing {
    subject: Subject,
    word: Word,
}

/// This node.
pub struct Cluster {
    /// Names this run of this node.
    id: u64,
    hub: Arc<Hub>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    outbox: mpsc::Sender<Outgoing>,
    /// Taken by the task that sends.
    waiting: Mutex<Option<mpsc::Receiver<Outgoing>>>,
    /// Words dropped since the last that was sent.
    dropped: AtomicU64,
    begun: Instant,
    /// When this node's own beat was last heard, milliseconds since `begun`.
    heard: AtomicU64,
    /// Words may have been lost: everything is to be compared with the store.
    suspect: AtomicBool,
    suspicion: Notify,
    /// Everything that could tell something has ended.
    ending: CancellationToken,
    sender: TaskTracker,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("id", &self.id).field("bus", &self.bus).finish_non_exhaustive()
    }
}

impl Cluster {
    /// A node with this hub on this bus. It hears nothing until [`Cluster::run`].
    pub fn new(hub: Arc<Hub>, bus: Arc<dyn Bus>, clock: Arc<dyn Clock>, rng: &dyn Rng, metrics: Metrics) -> Arc<Self> {
        let mut id = [0; 8];
        rng.fill(&mut id);
        let (outbox, waiting) = mpsc::channel(OUTBOX);
        Arc::new(Self {
            id: u64::from_be_bytes(id),
            hub,
            bus,
            clock,
            metrics,
            outbox,
            waiting: Mutex::new(Some(waiting)),
            dropped: AtomicU64::new(0),
            begun: Instant::now(),
            heard: AtomicU64::new(0),
            suspect: AtomicBool::new(false),
            suspicion: Notify::new(),
            ending: CancellationToken::new(),
            sender: TaskTracker::new(),
        })
    }

    /// A name for this run of this node, as a holder of leases.
    pub fn name(&self) -> String {
        format!("{:016x}", self.id)
    }

    /// Starts what this node does beside serving its clients.
    pub fn run(self: &Arc<Self>, core: &Core, stop: &Stop) {
        self.sender.spawn(self.clone().send());
        self.sender.close();
        stop.tasks.spawn(self.clone().listen(core.clone(), stop.clone()));
        stop.tasks.spawn(self.clone().repair(core.clone(), stop.clone()));
        stop.tasks.spawn(self.clone().watch_nodes(stop.clone()));
        stop.tasks.spawn(self.clone().call_the_roll(core.clone(), stop.clone()));
    }

    /// Sends what still waits and says goodbye; to be called when nothing is left that could tell something.
    pub async fn end(&self) {
        self.ending.cancel();
        if timeout(GOODBYE, self.sender.wait()).await.is_err() {
            tracing::warn!("the bus did not take this node's goodbye in time");
        }
    }

    fn note(&self, note: Note) {
        self.post(Subject::NODES, Word::Note(note));
    }

    fn post(&self, subject: Subject, word: Word) {
        if self.outbox.try_send(Outgoing { subject, word }).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            self.metrics.bus_lost(1);
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether the bus has carried nothing of this node to itself lately.
    fn is_deaf(&self) -> bool {
        let silence = self.millis().saturating_sub(self.heard.load(Ordering::Relaxed));
        u128::from(silence) > DEAF_AFTER.as_millis()
    }

    /// Words may have been lost.
    fn suspect(&self) {
        self.suspect.store(true, Ordering::Relaxed);
        self.suspicion.notify_one();
    }

    /// Sends what waits, and the beat, until the end; then goodbye.
    async fn send(self: Arc<Self>) {
        let Some(mut waiting) = self.waiting.lock().take() else { return };
        let mut batch = Vec::with_capacity(BATCH);
        let mut number = 0;
        let mut backoff = BACKOFF.0;
        let mut retry_at = Instant::now();
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ended = false;
        while !ended {
            tokio::select! {
                biased;
                _ = beat.tick() => {
                    batch.push(Outgoing { subject: Subject::NODES, word: Word::Note(Note::Beat) });
                }
                _ = waiting.recv_many(&mut batch, BATCH) => {}
                () = self.ending.cancelled() => {
                    batch.push(Outgoing { subject: Subject::NODES, word: Word::Note(Note::Bye) });
                    ended = true;
                }
            }
            // What was dropped has numbers too, so that the others notice.
            number += self.dropped.swap(0, Ordering::Relaxed);
            let count = batch.len() as u64;
            if Instant::now() < retry_at {
                // The bus is down: what is not sent is read from the store.
                number += count;
                batch.clear();
                self.metrics.bus_lost(count);
                continue;
            }
            let messages = batch
                .drain(..)
                .map(|Outgoing { subject, word }| {
                    number += 1;
                    let payload = Envelope { node: self.id, number, word }.encode();
                    Message { subject, payload }
                })
                .collect();
            match self.bus.publish(messages).await {
                Ok(()) => {
                    self.metrics.bus_sent(count);
                    backoff = BACKOFF.0;
                }
                Err(error) => {
                    self.metrics.bus_lost(count);
                    tracing::warn!(%error, "the bus did not take what was to be told to other nodes");
                    retry_at = Instant::now() + jittered(backoff);
                    backoff = (backoff * 2).min(BACKOFF.1);
                }
            }
        }
    }

    /// Listens to the bus until the soft stop.
    async fn listen(self: Arc<Self>, core: Core, stop: Stop) {
        let mut backoff = BACKOFF.0;
        loop {
            let done = tokio::select! {
                biased;
                () = stop.soft.cancelled() => return,
                done = self.listen_once(&core) => done,
            };
            self.metrics.bus_up(false);
            match done {
                // It worked, for a while at least.
                Ok(()) => backoff = BACKOFF.0,
                Err(error) => tracing::warn!(%error, "the bus cannot be listened to"),
            }
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => return,
                () = sleep(jittered(backoff)) => {}
            }
            backoff = (backoff * 2).min(BACKOFF.1);
        }
    }

    async fn listen_once(&self, core: &Core) -> Result<(), crate::bus::BusError> {
        let mut subscription =
            timeout(SUBSCRIBE, self.bus.subscribe()).await.map_err(|_| crate::bus::BusError::TooSlow)??;
        tracing::info!("listening to the bus");
        self.metrics.bus_up(true);
        if let Some(elsewhere) = self.hub.elsewhere() {
            elsewhere.listen_anew();
        }
        // Whatever was told before this moment was not heard.
        self.suspect();
        self.announce(true);
        let mut deadline = Instant::now() + LISTEN_ANEW;
        loop {
            match timeout_at(deadline, subscription.next()).await {
                Ok(Some(message)) => {
                    self.metrics.bus_received();
                    if let Some(envelope) = Envelope::decode(message.payload)
                        && self.hear(core, envelope)
                    {
                        deadline = Instant::now() + LISTEN_ANEW;
                    }
                }
                Ok(None) => {
                    tracing::warn!("the bus has closed the connection");
                    return Ok(());
                }
                Err(_) => {
                    tracing::warn!("nothing comes over the bus any more, not even this node's own beat");
                    return Ok(());
                }
            }
        }
    }

    /// Takes a word; whether it was this node's own beat.
    fn hear(&self, core: &Core, envelope: Envelope) -> bool {
        let Envelope { node, number, word } = envelope;
        if node == self.id {
            let own = matches!(word, Word::Note(Note::Beat));
            if own {
                let deaf = self.is_deaf();
                self.heard.store(self.millis(), Ordering::Relaxed);
                // What came in between may not have come at all.
                if deaf {
                    self.suspect();
                }
            }
            return own;
        }
        let Some(elsewhere) = self.hub.elsewhere() else { return false };
        if elsewhere.hear(node, number) == Heard::Gap {
            self.metrics.bus_gap();
            self.suspect();
        }
        match word {
            Word::Chat { chat, rev, frame } => {
                if let Some(content) = read_change(&frame) {
                    core.follow(chat, rev, &content);
                }
                self.hub.publish(Notice::Chat { chat, rev, frame });
            }
            Word::Account { user, account_rev, frame } => {
                self.account_event(core, user, &frame);
                self.hub.publish(Notice::Account { user, account_rev, frame });
            }
            Word::Passing { to, except, frame } => match to {
                To::Chat(chat) => {
                    self.hub.publish(Notice::Passing { to: Audience::Chat(ChatKey(chat)), except, frame });
                }
                To::User(user) => {
                    self.hub.publish(Notice::Passing { to: Audience::User(UserId(user)), except, frame });
                }
                To::Acquaintances(user, chats) => {
                    let chats: Vec<ChatKey> = chats.into_iter().map(ChatKey).collect();
                    self.hub.tell_acquaintances(UserId(user), &chats, except, &frame);
                }
            },
            Word::Note(Note::SessionEnded { session }) => {
                core.session_ended(&session);
                self.hub.publish(Notice::SessionEnded { session: session.into() });
            }
            Word::Note(Note::SignIn { ip }) => core.sign_in_elsewhere(ip),
            Word::Note(Note::Here { whole, people, guests }) => {
                self.hub.moved_elsewhere(presence::note_here(elsewhere, node, whole, people, guests));
            }
            Word::Note(Note::Bye) => {
                self.hub.moved_elsewhere(elsewhere.gone(node));
            }
            Word::Note(Note::Beat) => {}
        }
        false
    }

    /// What another node's account event means for this node, besides being told.
    fn account_event(&self, core: &Core, user: UserId, frame: &[u8]) {
        let glance = &frame[..frame.len().min(80)];
        let says = |kind: &str| memchr::memmem::find(glance, kind.as_bytes()).is_some();
        if says("\"type\":\"scheduled_changed\"") {
            core.wake_jobs();
        } else if says("\"type\":\"chat_joined\"") && self.hub.account_told(user).is_some() {
            let event = serde_json::from_slice::<vestnik_proto::AccountEvent>(frame);
            if let Ok(AccountEventContent::ChatJoined { chat }) = event.map(|event| event.content) {
                self.hub.lack(Lack::Joined { user, chat_id: chat.id, rev: chat.rev });
            }
        }
    }
}

impl Sink for Cluster {
    fn publish(&self, notice: Notice) {
        match &notice {
            Notice::Chat { chat, rev, frame } => {
                self.post(Subject::of(chat.0), Word::Chat { chat: *chat, rev: *rev, frame: frame.clone() });
            }
            Notice::Account { user, account_rev, frame } => {
                let word = Word::Account { user: *user, account_rev: *account_rev, frame: frame.clone() };
                self.post(Subject::of(user.0), word);
            }
            Notice::Passing { to, except, frame } => {
                let (subject, to) = match to {
                    Audience::Chat(chat) => (Subject::of(chat.0), To::Chat(chat.0)),
                    Audience::User(user) => (Subject::of(user.0), To::User(user.0)),
                    Audience::Acquaintances(user) => {
                        let mut chats = self.hub.present(*user).chats;
                        if chats.is_empty() {
                            chats = self.hub.elsewhere().and_then(|nodes| nodes.chats_of(*user)).unwrap_or_default();
                        }
                        let chats = chats.into_iter().map(|chat| chat.0).collect();
                        (Subject::of(user.0), To::Acquaintances(user.0, chats))
                    }
                };
                self.post(subject, Word::Passing { to, except: *except, frame: frame.clone() });
            }
            Notice::SessionEnded { session } => self.note(Note::SessionEnded { session: session.to_string() }),
            Notice::SignIn { ip } => self.note(Note::SignIn { ip: *ip }),
            // The others take these from the chat's events.
            Notice::Joined { .. } | Notice::Left { .. } | Notice::ChatGone { .. } => {}
        }
        self.hub.publish(notice);
    }
}

fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.5..1.0))
}
