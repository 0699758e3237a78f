//! Who is there: told only to those who show the person, and never once per event.
//!
//! A change is written down and told by one task, at most every [`HOLD`]. The cost of a change is
//! the number of connections that show the person, not the number of members.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use vestnik_core::ChatKey;
use vestnik_proto::frame::encode;
use vestnik_proto::{ChatId, PassingEvent, Presence, PresenceStatus, Timestamp, UserId};

use super::elsewhere::{Moved, Present};
use super::{Circle, Handle, Hub, Mark, Out, Registry};
use crate::stop::Stop;

/// Shortest time between two tellings.
const HOLD: Duration = Duration::from_millis(250);
/// People named in one `presence_state`; of larger crowds the first by number.
const STATE_USERS: usize = 1_000;
/// Changes told one by one; of more at once, the chats in view are told as a whole.
const SINGLY: usize = 64;
/// Connections a chat may have to be looked through for a pair of people.
const PAIR_CONNECTIONS: usize = 16;

/// What has changed since the last telling.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// People who are here, by what others were told last.
    people: HashSet<UserId>,
    /// People who went: when, and the connections that showed them, found while their chats were known.
    went: BTreeMap<UserId, (Timestamp, Vec<Arc<Handle>>)>,
    /// Chats in which the number of guests changed.
    guests: HashSet<ChatKey>,
}

/// What of several connections' statuses others see: not to be disturbed anywhere, else there, else away.
pub(super) fn effective(statuses: impl Iterator<Item = PresenceStatus>) -> PresenceStatus {
    let rank = |status: &PresenceStatus| match status {
        PresenceStatus::Dnd => 3,
        PresenceStatus::Online => 2,
        PresenceStatus::Away => 1,
        PresenceStatus::Offline => 0,
    };
    statuses.max_by_key(rank).unwrap_or(PresenceStatus::Offline)
}

impl Hub {
    /// Sees whether others must be told of a person who is connected.
    pub(super) fn presence_changed(&self, registry: &mut Registry, user: UserId) {
        let Some(person) = registry.users.get_mut(&user) else { return };
        let now = effective(person.handles.iter().map(|handle| handle.state.lock().status));
        if std::mem::replace(&mut person.shown, now) != now {
            self.note(|changes| {
                changes.went.remove(&user);
                changes.people.insert(user);
            });
        }
    }

    /// A person's chats became known, or more: those who show them are told (again).
    pub(super) fn announce(&self, user: UserId) {
        self.note(|changes| {
            changes.people.insert(user);
        });
    }

    /// A person's last connection closes; its chats are still known.
    pub(super) fn went(&self, registry: &mut Registry, last: &Handle, user: UserId) {
        let shown = registry.users.remove(&user).map_or(PresenceStatus::Offline, |person| person.shown);
        if shown == PresenceStatus::Offline {
            return;
        }
        let chats = last.state.lock().chats.clone();
        let known = self.showing(&chats, user).into_values().collect();
        let now = self.clock.now();
        self.note(|changes| {
            changes.people.remove(&user);
            changes.went.insert(user, (now, known));
        });
    }

    /// The number of guests in a chat changed.
    pub(super) fn guests_changed(&self, chat: ChatKey) {
        self.note(|changes| {
            changes.guests.insert(chat);
        });
    }

    fn note(&self, change: impl FnOnce(&mut Changes)) {
        change(&mut self.changes.lock());
        self.changed.notify_one();
    }

    /// What of a person's status others see, other nodes considered.
    fn shown(&self, user: UserId, here: PresenceStatus) -> PresenceStatus {
        match &self.ordering {
            Some(ordering) => effective([here, ordering.elsewhere.status(user)].into_iter()),
            None => here,
        }
    }

    /// What other nodes are to be told of a person.
    pub fn present(&self, user: UserId) -> Present {
        let registry = self.registry.lock();
        let Some(person) = registry.users.get(&user) else {
            return Present { user, status: PresenceStatus::Offline, chats: Vec::new() };
        };
        let chats = person.handles.first().map(|handle| handle.state.lock().chats.clone()).unwrap_or_default();
        Present { user, status: person.shown, chats }
    }

    /// Everybody who is connected here, and the chats that guests look into.
    pub fn all_present(&self) -> (Vec<UserId>, Vec<ChatKey>) {
        let users = self.registry.lock().users.keys().copied().collect();
        let with_guests = |shard: &parking_lot::Mutex<std::collections::HashMap<ChatKey, Circle>>| {
            let shard = shard.lock();
            shard.iter().filter(|(_, circle)| circle.guests > 0).map(|(chat, _)| *chat).collect::<Vec<_>>()
        };
        (users, self.shards.iter().flat_map(with_guests).collect())
    }

    /// How many guests look into a chat here.
    pub fn guests_here(&self, chat: ChatKey) -> i64 {
        self.shard(chat).lock().get(&chat).map_or(0, |circle| circle.guests)
    }

    /// Tells those here who show people or chats in which something has moved elsewhere.
    pub fn moved_elsewhere(&self, moved: Moved) {
        let mut whole = moved.guests;
        let singly = moved.people.len() <= SINGLY;
        for (user, chats) in moved.people {
            if !singly {
                whole.extend(chats);
                continue;
            }
            let here = self.registry.lock().users.get(&user).map_or(PresenceStatus::Offline, |person| person.shown);
            let status = self.shown(user, here);
            let last_seen = (status == PresenceStatus::Offline).then(|| self.clock.now());
            let frame = presence_frame(user, status, last_seen);
            self.deliver_all(self.showing(&chats, user).values(), &frame, Mark::Passing);
        }
        for chat in whole {
            self.tell_state(chat);
        }
    }

    /// Tells those here who show a person of these chats.
    pub fn tell_acquaintances(&self, user: UserId, chats: &[ChatKey], except: Option<UserId>, frame: &Bytes) {
        let known = self.showing(chats, user);
        let wanted = known.values().filter(|handle| except.is_none() || handle.user != except);
        self.deliver_all(wanted, frame, Mark::Passing);
    }

    /// The connections that show a person: those with one of their chats in view, and the other
    /// one of a pair. The person's own are not among them.
    pub(super) fn acquaintances(&self, registry: &Registry, user: UserId) -> BTreeMap<u64, Arc<Handle>> {
        let Some(person) = registry.users.get(&user) else { return BTreeMap::new() };
        let chats = person.handles.first().map(|handle| handle.state.lock().chats.clone()).unwrap_or_default();
        self.showing(&chats, user)
    }

    fn showing(&self, chats: &[ChatKey], user: UserId) -> BTreeMap<u64, Arc<Handle>> {
        let mut known = BTreeMap::new();
        for &chat in chats {
            let shard = self.shard(chat).lock();
            let Some(circle) = shard.get(&chat) else { continue };
            let pair = is_pair(circle);
            if circle.viewers == 0 && !pair {
                continue;
            }
            let shows = |handle: &Handle| handle.user.is_some_and(|other| other != user);
            for subscriber in &circle.list {
                if (subscriber.view || pair) && shows(&subscriber.handle) {
                    known.insert(subscriber.handle.id, subscriber.handle.clone());
                }
            }
        }
        known
    }

    /// The `presence_state` frame of a chat: for members, or (without names) for guests.
    pub fn presence_state(&self, chat_id: &ChatId, chat: ChatKey, for_guest: bool) -> Bytes {
        let registry = self.registry.lock();
        let shard = self.shard(chat).lock();
        let circle = shard.get(&chat);
        let mut guests = circle.map_or(0, |circle| circle.guests);
        guests += self.ordering.as_ref().map_or(0, |ordering| ordering.elsewhere.guests(chat));
        let mut users = Vec::new();
        if !for_guest {
            let mut here: BTreeSet<UserId> = circle
                .into_iter()
                .flat_map(|circle| &circle.list)
                .filter(|subscriber| subscriber.member)
                .filter_map(|subscriber| subscriber.handle.user)
                .collect();
            here.extend(self.ordering.iter().flat_map(|ordering| ordering.elsewhere.members(chat)));
            users = here
                .into_iter()
                .filter_map(|user| {
                    let shown = registry.users.get(&user).map_or(PresenceStatus::Offline, |person| person.shown);
                    let status = self.shown(user, shown);
                    (status != PresenceStatus::Offline).then_some(Presence { user_id: user, status, last_seen: None })
                })
                .take(STATE_USERS)
                .collect();
        }
        let event = PassingEvent::PresenceState { chat_id: chat_id.clone(), users, guests };
        Bytes::from(encode(&event, None))
    }

    /// Tells of changes until the soft stop.
    pub async fn run_presence(self: Arc<Self>, stop: Stop) {
        loop {
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                () = self.changed.notified() => {}
            }
            self.tell_changes();
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                () = tokio::time::sleep(HOLD) => {}
            }
        }
    }

    /// Tells of everything that has changed.
    pub(super) fn tell_changes(&self) {
        let Changes { people, went, guests } = std::mem::take(&mut *self.changes.lock());
        if let Some(ordering) = &self.ordering {
            ordering.gossip(people.iter().chain(went.keys()).copied(), guests.iter().copied());
        }
        for (user, (at, known)) in went {
            let status = self.shown(user, PresenceStatus::Offline);
            let frame = presence_frame(user, status, (status == PresenceStatus::Offline).then_some(at));
            self.deliver_all(&known, &frame, Mark::Passing);
        }
        let mut whole = guests;
        let singly = people.len() <= SINGLY;
        for user in people {
            let registry = self.registry.lock();
            let Some(person) = registry.users.get(&user) else { continue };
            if singly {
                let status = self.shown(user, person.shown);
                let last_seen = (status == PresenceStatus::Offline).then(|| self.clock.now());
                let frame = presence_frame(user, status, last_seen);
                let known = self.acquaintances(&registry, user);
                drop(registry);
                self.deliver_all(known.values(), &frame, Mark::Passing);
            } else if let Some(handle) = person.handles.first() {
                whole.extend(handle.state.lock().chats.iter().copied());
            }
        }
        for chat in whole {
            self.tell_state(chat);
        }
    }

    /// Sends those who have a chat in view its whole `presence_state`.
    fn tell_state(&self, chat: ChatKey) {
        let (chat_id, viewers): (ChatId, Vec<Arc<Handle>>) = {
            let shard = self.shard(chat).lock();
            let Some(circle) = shard.get(&chat).filter(|circle| circle.viewers > 0) else { return };
            let Some(name) = circle.name.clone() else { return };
            let viewers = circle.list.iter().filter(|subscriber| subscriber.view);
            (name, viewers.map(|subscriber| subscriber.handle.clone()).collect())
        };
        let (mut named, mut counted) = (None, None);
        for handle in &viewers {
            let guest = handle.user.is_none();
            let frame = if guest { &mut counted } else { &mut named };
            let frame = frame.get_or_insert_with(|| self.presence_state(&chat_id, chat, guest)).clone();
            self.deliver(handle, Out { frame, mark: Mark::Passing });
        }
    }
}

/// Whether a chat's connections belong to at most two people: then each is told of the other,
/// in view or not. Direct chats are always so.
fn is_pair(circle: &Circle) -> bool {
    if circle.list.len() > PAIR_CONNECTIONS {
        return false;
    }
    let people: BTreeSet<_> =
        circle.list.iter().filter(|subscriber| subscriber.member).map(|subscriber| subscriber.handle.user).collect();
    people.len() <= 2
}

fn presence_frame(user_id: UserId, status: PresenceStatus, last_seen: Option<Timestamp>) -> Bytes {
    Bytes::from(encode(&PassingEvent::Presence { user_id, status, last_seen }, None))
}
