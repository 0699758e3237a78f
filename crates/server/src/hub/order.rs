//! In a cluster: every event in its turn, whatever the bus loses, repeats or reorders.
//!
//! The hub keeps how far each chat in use here (and each connected account) has been told. The next
//! event is told at once; an earlier one is passed over; a later one waits while those before it
//! are read from the store. Who comes and goes is taken from the log itself, in its turn, so that
//! nobody is told of what happened after they were removed.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;
use vestnik_core::{ChatKey, Subscribed};
use vestnik_proto::event::MemberChange;
use vestnik_proto::{ChatEvent, ChatEventContent, ChatId, UserId};

use super::elsewhere::Elsewhere;
use super::{Arc, Handle, Hub, Mark, SHARDS, Told};

/// Events that wait for those before them, of one chat or account; more are read from the store.
const HELD: usize = 256;

/// How far something has been told here.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The last event told; nothing while that is being asked.
    last: Option<i64>,
    held: BTreeMap<i64, Bytes>,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Now,
    Past,
    Later,
}

impl Order {
    /// What is told begins after this event, unless it has begun already.
    pub(super) fn begin(&mut self, rev: i64) {
        self.last.get_or_insert(rev);
    }

    fn take(&mut self, rev: i64, frame: &Bytes) -> Turn {
        match self.last {
            Some(last) if rev <= last => Turn::Past,
            Some(last) if rev == last + 1 => Turn::Now,
            _ => {
                if self.held.len() < HELD {
                    self.held.insert(rev, frame.clone());
                }
                Turn::Later
            }
        }
    }

    /// The event was told; what waits no longer needs to.
    fn told(&mut self, rev: i64) {
        let last = self.last.map_or(rev, |last| last.max(rev));
        self.last = Some(last);
        while self.held.first_key_value().is_some_and(|(rev, _)| *rev <= last) {
            self.held.pop_first();
        }
    }

    /// The next event, when it waits.
    fn next(&mut self) -> Option<(i64, Bytes)> {
        let next = self.last? + 1;
        self.held.remove(&next).map(|frame| (next, frame))
    }
}

/// Something that must be read from the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lack {
    /// Events of a chat.
    Chat(ChatKey),
    /// Events of an account.
    Account(UserId),
    /// A chat that someone was let into by an event this node may not have heard of.
    Joined {
        /// Who.
        user: UserId,
        /// The chat's name on the wire.
        chat_id: ChatId,
        /// The newest event they know of.
        rev: i64,
    },
}

/// What the hub of a cluster's node has besides.
#[derive(Debug, Default)]
pub(super) struct Ordering {
    /// One at a time tells a chat's events; taken before every other lock.
    turns: [Mutex<()>; SHARDS],
    lacks: Mutex<HashSet<Lack>>,
    lacking: Notify,
    /// The other nodes.
    pub(super) elsewhere: Elsewhere,
    /// People and chats with guests of which the other nodes are to be told.
    gossip: Mutex<(HashSet<UserId>, HashSet<ChatKey>)>,
}

impl Ordering {
    /// The other nodes are to be told of these.
    pub(super) fn gossip(&self, people: impl Iterator<Item = UserId>, guests: impl Iterator<Item = ChatKey>) {
        let mut gossip = self.gossip.lock();
        gossip.0.extend(people);
        gossip.1.extend(guests);
    }
}

/// Who came or went by a chat's event.
enum Change {
    None,
    In(UserId),
    Out(UserId),
    Deleted,
}

/// Reads the event if it is one that changes who gets the next ones.
pub(crate) fn read_change(frame: &[u8]) -> Option<ChatEventContent> {
    // Most events are messages: no more than a glance for those.
    let glance = &frame[..frame.len().min(200)];
    let says = |kind: &str| memchr::memmem::find(glance, kind.as_bytes()).is_some();
    if says("\"type\":\"new_message\"") || !(says("member_changed") || says("chat_deleted")) {
        return None;
    }
    serde_json::from_slice::<ChatEvent>(frame).ok().map(|event| event.content)
}

fn change_of(frame: &[u8]) -> Change {
    match read_change(frame) {
        Some(ChatEventContent::MemberChanged { change, member, .. }) => match change {
            change if !change.stays(member.role) => Change::Out(member.user_id),
            MemberChange::Joined | MemberChange::Added => Change::In(member.user_id),
            _ => Change::None,
        },
        Some(ChatEventContent::ChatDeleted { .. }) => Change::Deleted,
        _ => Change::None,
    }
}

impl Hub {
    /// Whether this is the hub of a cluster's node.
    pub fn is_ordered(&self) -> bool {
        self.ordering.is_some()
    }

    /// The other nodes, in a cluster.
    pub fn elsewhere(&self) -> Option<&Elsewhere> {
        self.ordering.as_ref().map(|ordering| &ordering.elsewhere)
    }

    /// Takes whom and what the other nodes are to be told of.
    pub fn take_gossip(&self) -> (HashSet<UserId>, HashSet<ChatKey>) {
        self.ordering.as_ref().map(|ordering| std::mem::take(&mut *ordering.gossip.lock())).unwrap_or_default()
    }

    /// Ends the question begun by [`Hub::connect`]: what the connection gets, and from where on.
    pub fn subscribe_at(&self, handle: &Arc<Handle>, subscribed: Subscribed) {
        self.subscribe_after(handle, subscribed.chats);
        let Some(user) = handle.user else { return };
        let mut registry = self.registry.lock();
        let Some(person) = registry.users.get_mut(&user) else { return };
        person.order.begin(subscribed.account_rev);
        let mut told = Vec::new();
        while let Some((rev, frame)) = person.order.next() {
            person.order.told(rev);
            told.push((rev, frame));
        }
        for (rev, frame) in told {
            self.deliver_all(person.handles(), &Told::one(frame, Mark::Account(rev)));
        }
        let lacks = !person.order.held.is_empty();
        drop(registry);
        if lacks {
            self.lack(Lack::Account(user));
        }
    }

    /// Something must be read from the store.
    pub fn lack(&self, lack: Lack) {
        if let Some(ordering) = &self.ordering {
            ordering.lacks.lock().insert(lack);
            ordering.lacking.notify_one();
        }
    }

    /// Waits until something must be read from the store.
    pub async fn lacking(&self) {
        match &self.ordering {
            Some(ordering) => ordering.lacking.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Takes what must be read from the store.
    pub fn take_lacks(&self) -> HashSet<Lack> {
        self.ordering.as_ref().map(|ordering| std::mem::take(&mut *ordering.lacks.lock())).unwrap_or_default()
    }

    /// How far a chat has been told here; nothing for one that nobody here gets.
    pub fn chat_told(&self, chat: ChatKey) -> Option<i64> {
        self.shard(chat).lock().get(&chat).and_then(|circle| circle.order.last)
    }

    /// How far an account has been told; nothing for one that is not connected here.
    pub fn account_told(&self, user: UserId) -> Option<i64> {
        self.registry.lock().users.get(&user).and_then(|person| person.order.last)
    }

    /// Every chat that somebody here gets, and how far it has been told.
    pub fn chats_told(&self) -> Vec<(ChatKey, i64)> {
        let told = |(chat, circle): (&ChatKey, &super::Circle)| Some((*chat, circle.order.last?));
        self.shards.iter().flat_map(|shard| shard.lock().iter().filter_map(told).collect::<Vec<_>>()).collect()
    }

    /// Every account connected here, and how far it has been told.
    pub fn accounts_told(&self) -> Vec<(UserId, i64)> {
        let registry = self.registry.lock();
        registry.users.iter().filter_map(|(user, person)| Some((*user, person.order.last?))).collect()
    }

    /// A chat's event, from this node, another one or the store.
    pub(super) fn chat_in_turn(&self, ordering: &Ordering, chat: ChatKey, rev: i64, frame: Bytes) {
        let turn = ordering.turns[Self::shard_of(chat)].lock();
        let place = {
            let mut shard = self.shard(chat).lock();
            // Where nobody gets it, it may still let somebody in.
            shard.get_mut(&chat).map_or(Turn::Now, |circle| circle.order.take(rev, &frame))
        };
        match place {
            Turn::Past => return,
            Turn::Later => {
                drop(turn);
                return self.lack(Lack::Chat(chat));
            }
            Turn::Now => {}
        }
        let mut next = Some((rev, frame));
        while let Some((rev, frame)) = next {
            self.tell_event(chat, rev, &frame);
            next = self.shard(chat).lock().get_mut(&chat).and_then(|circle| circle.order.next());
        }
    }

    fn tell_event(&self, chat: ChatKey, rev: i64, frame: &Bytes) {
        let change = change_of(frame);
        if let Change::Out(user) = change {
            self.left(chat, user);
        }
        self.tell_lasting(chat, rev, frame);
        if let Some(circle) = self.shard(chat).lock().get_mut(&chat) {
            circle.order.told(rev);
        }
        match change {
            Change::In(user) => {
                let new = self.chat_told(chat).is_none();
                self.joined(chat, user, rev);
                // A later event may have passed by while nobody got them.
                if new && self.chat_told(chat).is_some() {
                    self.lack(Lack::Chat(chat));
                }
            }
            Change::Deleted => self.chat_gone(chat),
            Change::Out(_) | Change::None => {}
        }
    }

    /// An account's event, from this node, another one or the store.
    pub(super) fn account_in_turn(&self, user: UserId, account_rev: i64, frame: Bytes) {
        let mut registry = self.registry.lock();
        let Some(person) = registry.users.get_mut(&user) else { return };
        match person.order.take(account_rev, &frame) {
            Turn::Past => return,
            Turn::Later => {
                let asked = person.order.last.is_some();
                drop(registry);
                if asked {
                    self.lack(Lack::Account(user));
                }
                return;
            }
            Turn::Now => {}
        }
        let mut next = Some((account_rev, frame));
        while let Some((rev, frame)) = next {
            self.deliver_all(person.handles(), &Told::one(frame, Mark::Account(rev)));
            person.order.told(rev);
            next = person.order.next();
        }
    }

    /// Someone was let into a chat, as the store says as of the event `read`; their connections get its
    /// events from `rev` on if they do not yet. Says whether that still held.
    pub fn let_in(&self, chat: ChatKey, user: UserId, rev: i64, read: i64) -> bool {
        let Some(ordering) = &self.ordering else { return true };
        let _turn = ordering.turns[Self::shard_of(chat)].lock();
        if self.chat_told(chat).is_some_and(|told| told > read) {
            return false;
        }
        let there = {
            let registry = self.registry.lock();
            registry
                .users
                .get(&user)
                .is_none_or(|person| person.handles.iter().all(|handle| handle.state.lock().chats.contains(&chat)))
        };
        if !there {
            self.joined(chat, user, rev);
            self.lack(Lack::Chat(chat));
        }
        true
    }
}
