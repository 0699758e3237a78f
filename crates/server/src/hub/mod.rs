//! Who is connected here, to which chats, and what they are to be told.
//!
//! Two kinds of locks, always taken in this order: the registry of people and sessions, then one
//! connection's state, then one shard of the chats' lists. Telling a chat of an event takes only
//! its shard: find the list, put the shared bytes into each queue. Nothing here waits for a reader.

mod crowd;
pub mod elsewhere;
mod handle;
pub mod order;
mod presence;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use vestnik_core::{Actor, Audience, ChatKey, Clock, Notice, Sink};
use vestnik_proto::{ChatId, CloseCode, PresenceStatus, UserId};

use handle::Sent;
pub use handle::{Frame, Handle, Mark, Out, QueueLimits, Told};

use crate::metrics::Metrics;
use crowd::Late;
use order::{Order, Ordering as Turns};
use presence::Changes;

/// Shards of the chats' lists. More than writers and cores; a power of two.
const SHARDS: usize = 16;

/// One connection on a chat's list.
#[derive(Debug)]
struct Subscriber {
    /// The handle's, to be looked through without following each pointer.
    id: u64,
    handle: Arc<Handle>,
    /// Events up to this one are known to it already.
    after: i64,
    /// Gets the events as a member.
    member: bool,
    /// Has the chat in view.
    view: bool,
}

/// Everybody who gets a chat's events here.
#[derive(Debug, Default)]
struct Circle {
    list: Vec<Subscriber>,
    /// The chat's public id, once somebody has it in view.
    name: Option<ChatId>,
    /// How many of them have the chat in view.
    viewers: usize,
    /// How many of those are guests.
    guests: i64,
    /// In a cluster: how far its events have been told.
    order: Order,
    /// Comings and goings of which those are yet to be told who do not have it in view.
    late: Late,
    /// The last `presence_state` of a crowd, good until the next telling, and which telling that is.
    state: Option<(u64, Bytes)>,
    /// Not before then is it told as a whole again.
    state_due: Option<Instant>,
}

/// People and sessions connected here.
#[derive(Debug, Default)]
struct Registry {
    users: HashMap<UserId, Person>,
    sessions: HashMap<Arc<str>, Vec<Arc<Handle>>>,
}

impl Registry {
    /// Takes a connection off its session's list.
    fn forget_session(&mut self, handle: &Handle) {
        let Some(session) = handle.state.lock().session.take() else { return };
        if let Some(handles) = self.sessions.get_mut(&session) {
            handles.retain(|other| other.id != handle.id);
            if handles.is_empty() {
                self.sessions.remove(&session);
            }
        }
    }
}

/// A connected person.
#[derive(Debug, Default)]
struct Person {
    handles: Vec<Arc<Handle>>,
    /// What others were told last.
    shown: PresenceStatus,
    /// In a cluster: how far its account's events have been told.
    order: Order,
}

impl Person {
    fn handles(&self) -> impl Iterator<Item = &Handle> {
        self.handles.iter().map(|handle| &**handle)
    }
}

/// The hub of one node.
pub struct Hub {
    registry: Mutex<Registry>,
    shards: [Mutex<HashMap<ChatKey, Circle>>; SHARDS],
    next_id: AtomicU64,
    queue: QueueLimits,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    changes: Mutex<Changes>,
    changed: Notify,
    /// Counts the tellings of presence.
    tellings: AtomicU64,
    /// Chats of which something is yet to be told, and when; see [`crowd`].
    late: Mutex<Vec<(Instant, ChatKey)>>,
    belated: Notify,
    /// Only in a cluster, where events come from several nodes.
    ordering: Option<Box<Turns>>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl Hub {
    /// An empty hub whose connections may have so much waiting.
    pub fn new(queue: QueueLimits, clock: Arc<dyn Clock>, metrics: Metrics) -> Arc<Self> {
        Self::make(queue, clock, metrics, None)
    }

    /// The hub of a node that hears of events from other nodes too.
    pub fn of_cluster(queue: QueueLimits, clock: Arc<dyn Clock>, metrics: Metrics) -> Arc<Self> {
        Self::make(queue, clock, metrics, Some(Box::default()))
    }

    fn make(queue: QueueLimits, clock: Arc<dyn Clock>, metrics: Metrics, ordering: Option<Box<Turns>>) -> Arc<Self> {
        Arc::new(Self {
            registry: Mutex::default(),
            shards: std::array::from_fn(|_| Mutex::default()),
            next_id: AtomicU64::new(1),
            queue,
            clock,
            metrics,
            changes: Mutex::default(),
            changed: Notify::new(),
            tellings: AtomicU64::new(0),
            late: Mutex::default(),
            belated: Notify::new(),
            ordering,
        })
    }

    fn shard_of(chat: ChatKey) -> usize {
        chat.0.unsigned_abs() as usize % SHARDS
    }

    fn shard(&self, chat: ChatKey) -> &Mutex<HashMap<ChatKey, Circle>> {
        &self.shards[Self::shard_of(chat)]
    }

    /// Takes a signed-in connection in. It gets its account's events from now on and is asked
    /// about with [`Hub::begin`] until [`Hub::subscribe`] says which chats it gets.
    pub fn connect(&self, actor: &Actor) -> (Arc<Handle>, mpsc::Receiver<Out>) {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (user, session) = match actor {
            Actor::User(user) => (Some(user.id), Some(user.session.clone())),
            Actor::Guest => (None, None),
        };
        let (handle, receiver) = Handle::new(id, user, session.clone(), self.queue);
        self.begin(&handle);
        let mut registry = self.registry.lock();
        if let Some(session) = session {
            registry.sessions.entry(session).or_default().push(handle.clone());
        }
        if let Some(user) = handle.user {
            registry.users.entry(user).or_default().handles.push(handle.clone());
        }
        drop(registry);
        (handle, receiver)
    }

    /// Forgets a connection. Says whether it was its user's last one here.
    pub fn disconnect(&self, handle: &Arc<Handle>) -> bool {
        let mut registry = self.registry.lock();
        registry.forget_session(handle);
        let mut last = false;
        if let Some(user) = handle.user
            && let Some(person) = registry.users.get_mut(&user)
        {
            person.handles.retain(|other| other.id != handle.id);
            last = person.handles.is_empty();
            // While the chats are still known: they say who is to be told.
            if last {
                self.went(&mut registry, handle, user);
            } else {
                self.presence_changed(&mut registry, user);
            }
        }
        let (chats, view) = {
            let mut state = handle.state.lock();
            (std::mem::take(&mut state.chats), state.view.take())
        };
        for chat in chats.into_iter().chain(view) {
            self.drop_subscriber(chat, |subscriber| subscriber.id == handle.id);
        }
        last
    }

    /// The connection goes on with another token of the same person.
    pub fn renew(&self, handle: &Arc<Handle>, actor: &Actor) {
        let Actor::User(user) = actor else { return };
        let mut registry = self.registry.lock();
        registry.forget_session(handle);
        handle.state.lock().session = Some(user.session.clone());
        registry.sessions.entry(user.session.clone()).or_default().push(handle.clone());
    }

    /// Begins a question to the database about what this connection may see: chats it leaves
    /// before the answer is put to use are remembered, so that no answer brings them back.
    pub fn begin(&self, handle: &Handle) {
        handle.state.lock().left = Some(Vec::new());
    }

    /// Ends the question begun by [`Hub::begin`]: the connection is a member of these chats.
    pub fn subscribe(&self, handle: &Arc<Handle>, chats: impl IntoIterator<Item = ChatKey>) {
        self.subscribe_after(handle, chats.into_iter().map(|chat| (chat, 0)));
    }

    /// The same, with the event of each chat after which it gets them.
    fn subscribe_after(&self, handle: &Arc<Handle>, chats: impl IntoIterator<Item = (ChatKey, i64)>) {
        let mut state = handle.state.lock();
        let left = state.left.take().unwrap_or_default();
        for (chat, rev) in chats {
            if !left.contains(&chat) && !state.chats.contains(&chat) {
                state.chats.push(chat);
                self.add_subscriber(chat, handle, rev, |subscriber| {
                    subscriber.member = true;
                    subscriber.after = subscriber.after.max(rev);
                });
            }
        }
        state.chats.shrink_to_fit();
        drop(state);
        if let Some(user) = handle.user {
            self.presence_changed(&mut self.registry.lock(), user);
        }
    }

    /// Ends the question begun by [`Hub::begin`]: the connection has this chat in view, or none.
    /// Says whether it still may.
    pub fn view(&self, handle: &Arc<Handle>, chat: Option<(ChatKey, &ChatId)>) -> bool {
        self.view_at(handle, chat, 0)
    }

    /// The same, with the newest event the chat had.
    pub fn view_at(&self, handle: &Arc<Handle>, chat: Option<(ChatKey, &ChatId)>, rev: i64) -> bool {
        let mut state = handle.state.lock();
        let left = state.left.take().unwrap_or_default();
        let allowed = chat.is_none_or(|(chat, _)| !left.contains(&chat));
        let chat = chat.filter(|_| allowed);
        let key = chat.map(|(chat, _)| chat);
        if state.view != key {
            if let Some(before) = std::mem::replace(&mut state.view, key) {
                self.unview(before, handle);
            }
            if let Some((chat, name)) = chat {
                self.add_subscriber(chat, handle, rev, |subscriber| subscriber.view = true);
                if let Some(circle) = self.shard(chat).lock().get_mut(&chat) {
                    circle.name.get_or_insert_with(|| name.clone());
                }
            }
        }
        allowed
    }

    /// Sets what the client says of itself.
    pub fn set_status(&self, handle: &Handle, status: PresenceStatus) {
        handle.state.lock().status = status;
        if let Some(user) = handle.user {
            self.presence_changed(&mut self.registry.lock(), user);
        }
    }

    /// Adds or changes a connection's entry on a chat's list. A chat that is new here is told from after `rev`.
    fn add_subscriber(&self, chat: ChatKey, handle: &Arc<Handle>, rev: i64, change: impl FnOnce(&mut Subscriber)) {
        let mut shard = self.shard(chat).lock();
        let circle = shard.entry(chat).or_default();
        circle.order.begin(rev);
        let place = circle.list.iter().position(|subscriber| subscriber.id == handle.id);
        let place = place.unwrap_or_else(|| {
            // What is late was before it came.
            let (id, handle, after) = (handle.id, handle.clone(), circle.late.last());
            circle.list.push(Subscriber { id, handle, after, member: false, view: false });
            circle.list.len() - 1
        });
        let subscriber = &mut circle.list[place];
        let before = subscriber.view;
        change(subscriber);
        if subscriber.view && !before {
            self.catch_up(subscriber, &circle.late);
            circle.viewers += 1;
            if handle.user.is_none() {
                circle.guests += 1;
                self.guests_changed(chat);
            }
        }
    }

    /// Takes entries off a chat's list.
    fn drop_subscriber(&self, chat: ChatKey, gone: impl Fn(&Subscriber) -> bool) {
        let mut shard = self.shard(chat).lock();
        let Some(circle) = shard.get_mut(&chat) else { return };
        let mut place = 0;
        let mut guests = false;
        while place < circle.list.len() {
            if gone(&circle.list[place]) {
                let subscriber = circle.list.swap_remove(place);
                if subscriber.view {
                    circle.viewers -= 1;
                    if subscriber.handle.user.is_none() {
                        circle.guests -= 1;
                        guests = true;
                    }
                }
            } else {
                place += 1;
            }
        }
        if circle.list.is_empty() {
            shard.remove(&chat);
        } else if guests {
            self.guests_changed(chat);
        }
    }

    /// The connection shows the chat no more; a member still gets its events.
    fn unview(&self, chat: ChatKey, handle: &Handle) {
        let mut shard = self.shard(chat).lock();
        let Some(circle) = shard.get_mut(&chat) else { return };
        let Some(place) = circle.list.iter().position(|subscriber| subscriber.id == handle.id) else { return };
        let subscriber = &mut circle.list[place];
        if subscriber.view {
            subscriber.view = false;
            // It was told at once.
            subscriber.after = subscriber.after.max(circle.late.last());
            circle.viewers -= 1;
            if handle.user.is_none() {
                circle.guests -= 1;
                self.guests_changed(chat);
            }
        }
        if !circle.list[place].member {
            circle.list.swap_remove(place);
        }
        if circle.list.is_empty() {
            shard.remove(&chat);
        }
    }

    /// Puts something into one queue and counts what became of it.
    fn deliver(&self, handle: &Handle, out: &Out) {
        self.deliver_all([handle], out);
    }

    fn deliver_all<'a>(&self, handles: impl IntoIterator<Item = &'a Handle>, out: &Out) {
        let mut queued = 0;
        for handle in handles {
            match handle.send(out) {
                Sent::Queued => queued += out.frames().len() as u64,
                Sent::Overflow => self.metrics.overflowed(),
                Sent::Gone => {}
            }
        }
        self.metrics.delivered(queued);
    }

    /// Tells everybody who gets a chat's events something passing.
    fn tell_chat(&self, chat: ChatKey, frame: Bytes, wanted: impl Fn(&Subscriber) -> bool) {
        let shard = self.shard(chat).lock();
        let Some(circle) = shard.get(&chat) else { return };
        let out = Told::one(frame, Mark::Passing);
        self.deliver_all(circle.list.iter().filter(|subscriber| wanted(subscriber)).map(|one| &*one.handle), &out);
    }

    fn joined(&self, chat: ChatKey, user: UserId, rev: i64) {
        let registry = self.registry.lock();
        let Some(person) = registry.users.get(&user) else { return };
        for handle in &person.handles {
            let mut state = handle.state.lock();
            if let Some(left) = &mut state.left {
                left.retain(|other| *other != chat);
            }
            if !state.chats.contains(&chat) {
                state.chats.push(chat);
            }
            self.add_subscriber(chat, handle, rev, |subscriber| {
                subscriber.member = true;
                subscriber.after = rev;
            });
        }
        drop(registry);
        self.announce(user);
    }

    fn left(&self, chat: ChatKey, user: UserId) {
        let registry = self.registry.lock();
        let Some(person) = registry.users.get(&user) else { return };
        for handle in &person.handles {
            forget_chat(handle, chat);
        }
        self.drop_subscriber(chat, |subscriber| subscriber.handle.user == Some(user));
        if let Some(circle) = self.shard(chat).lock().get_mut(&chat) {
            circle.state = None;
        }
    }

    fn chat_gone(&self, chat: ChatKey) {
        // Also those that are being asked about just now.
        let registry = self.registry.lock();
        for handle in registry.users.values().flat_map(|person| &person.handles) {
            forget_chat(handle, chat);
        }
        let circle = self.shard(chat).lock().remove(&chat);
        for subscriber in circle.iter().flat_map(|circle| &circle.list) {
            forget_chat(&subscriber.handle, chat);
        }
    }
}

/// Takes a chat out of what is remembered of a connection.
fn forget_chat(handle: &Handle, chat: ChatKey) {
    let mut state = handle.state.lock();
    if let Some(left) = &mut state.left {
        left.push(chat);
    }
    state.chats.retain(|other| *other != chat);
    if state.view == Some(chat) {
        state.view = None;
    }
}

impl Sink for Hub {
    fn publish(&self, notice: Notice) {
        match notice {
            Notice::Chat { chat, rev, frame } => {
                if let Some(ordering) = &self.ordering {
                    return self.chat_in_turn(ordering, chat, rev, frame);
                }
                self.tell_lasting(chat, rev, &frame);
            }
            Notice::Account { user, account_rev, frame } => {
                if self.is_ordered() {
                    return self.account_in_turn(user, account_rev, frame);
                }
                let registry = self.registry.lock();
                if let Some(person) = registry.users.get(&user) {
                    self.deliver_all(person.handles(), &Told::one(frame, Mark::Account(account_rev)));
                }
            }
            Notice::Passing { to, except, frame } => match to {
                // Who writes and who has read is not for those who may not even list the members.
                Audience::Chat(chat) => self.tell_chat(chat, frame, |subscriber| {
                    subscriber.handle.user.is_some() && (except.is_none() || subscriber.handle.user != except)
                }),
                Audience::User(user) => {
                    let registry = self.registry.lock();
                    if let Some(person) = registry.users.get(&user).filter(|_| except != Some(user)) {
                        self.deliver_all(person.handles(), &Told::one(frame, Mark::Passing));
                    }
                }
                Audience::Acquaintances(user) => {
                    let known = self.acquaintances(&self.registry.lock(), user);
                    let wanted = known.values().filter(|handle| except.is_none() || handle.user != except);
                    self.deliver_all(wanted.map(|handle| &**handle), &Told::one(frame, Mark::Passing));
                }
            },
            Notice::Joined { chat, user, rev } => self.joined(chat, user, rev),
            Notice::Left { chat, user } => self.left(chat, user),
            Notice::ChatGone { chat } => self.chat_gone(chat),
            Notice::SignIn { .. } => {}
            Notice::SessionEnded { session } => {
                let registry = self.registry.lock();
                let handles = registry.sessions.get(&session);
                handles.into_iter().flatten().for_each(|handle| handle.close(CloseCode::Unauthorized));
            }
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_order;
