//! Who is there: told only to those who show the person, and never once per event.
//!
//! A change is written down and told by one task, at most every [`HOLD`], all changes of one chat
//! together. The cost of a change is the number of connections that show the person, not the number
//! of members; where very many change or look, what is told is bounded, for it is passing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use vestnik_core::ChatKey;
use vestnik_proto::frame::encode;
use vestnik_proto::{ChatId, PassingEvent, Presence, PresenceStatus, Timestamp, UserId};

use super::elsewhere::{Moved, Present};
use super::{Circle, Frame, Handle, Hub, Mark, Registry, Told};
use crate::stop::Stop;

/// Shortest time between two tellings.
const HOLD: Duration = Duration::from_millis(250);
/// People named in one `presence_state`; of larger crowds the first by number.
const STATE_USERS: usize = 1_000;
/// Changes in one chat told one by one; after more at once it is told as a whole.
const SINGLY: usize = 64;
/// Connections that have one chat in view beyond which nobody's coming and going is told there:
/// a list so long is asked for, not watched.
const LOOKING: usize = 1_000;
/// Bytes for each second in which a crowd as a whole is told to those who have it in view.
const WHOLE_BYTES: usize = 16 * 1024 * 1024;
/// Bytes that are told whenever they are due.
const LITTLE: usize = 64 * 1024;
/// People present from which on a chat's state is kept for the next who looks.
const KEPT_FROM: usize = 64;
/// Connections a chat may have to be looked through for a pair of people.
const PAIR_CONNECTIONS: usize = 16;

/// What has changed since the last telling.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// People who are here, by what others were told last.
    people: HashSet<UserId>,
    /// People who went: when, and their chats.
    went: BTreeMap<UserId, (Timestamp, Vec<ChatKey>)>,
    /// Chats to be told as a whole, as where the number of guests changed.
    whole: HashSet<ChatKey>,
}

/// What is to be told of a person in all their chats.
struct Change {
    user: UserId,
    frame: Bytes,
    chats: Vec<ChatKey>,
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
        let now = self.clock.now();
        self.note(|changes| {
            changes.people.remove(&user);
            changes.went.insert(user, (now, chats));
        });
    }

    /// The number of guests in a chat changed.
    pub(super) fn guests_changed(&self, chat: ChatKey) {
        self.note(|changes| {
            changes.whole.insert(chat);
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
        let change = |(user, chats)| {
            let here = self.registry.lock().users.get(&user).map_or(PresenceStatus::Offline, |person| person.shown);
            let status = self.shown(user, here);
            let last_seen = (status == PresenceStatus::Offline).then(|| self.clock.now());
            Change { user, frame: presence_frame(user, status, last_seen), chats }
        };
        let changes = moved.people.into_iter().map(change).collect();
        self.tell_of(changes, moved.guests);
    }

    /// Tells those here who show a person of these chats.
    pub fn tell_acquaintances(&self, user: UserId, chats: &[ChatKey], except: Option<UserId>, frame: &Bytes) {
        let known = self.showing(chats, user);
        let wanted = known.values().filter(|handle| except.is_none() || handle.user != except);
        self.deliver_all(wanted.map(|handle| &**handle), &Told::one(frame.clone(), Mark::Passing));
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
        let mut shard = self.shard(chat).lock();
        let telling = self.tellings.load(Ordering::Acquire);
        let kept = shard.get(&chat).and_then(|circle| circle.state.as_ref()).filter(|_| !for_guest);
        if let Some((_, state)) = kept.filter(|(of, _)| *of == telling) {
            return state.clone();
        }
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
        let keep = users.len() >= KEPT_FROM;
        let event = PassingEvent::PresenceState { chat_id: chat_id.clone(), users, guests };
        let state = Bytes::from(encode(&event, None));
        if let Some(circle) = shard.get_mut(&chat).filter(|_| keep) {
            circle.state = Some((telling, state.clone()));
        }
        state
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
        // What is asked for from now on is made anew: it may hold what is told here.
        self.tellings.fetch_add(1, Ordering::AcqRel);
        let Changes { people, went, whole } = std::mem::take(&mut *self.changes.lock());
        if let Some(ordering) = &self.ordering {
            ordering.gossip(people.iter().chain(went.keys()).copied(), whole.iter().copied());
        }
        let mut changes: Vec<Change> = went
            .into_iter()
            .map(|(user, (at, chats))| {
                let status = self.shown(user, PresenceStatus::Offline);
                let last_seen = (status == PresenceStatus::Offline).then_some(at);
                Change { user, frame: presence_frame(user, status, last_seen), chats }
            })
            .collect();
        {
            let registry = self.registry.lock();
            for user in people {
                let Some(person) = registry.users.get(&user) else { continue };
                let status = self.shown(user, person.shown);
                let last_seen = (status == PresenceStatus::Offline).then(|| self.clock.now());
                let chats = person.handles.first().map(|handle| handle.state.lock().chats.clone()).unwrap_or_default();
                changes.push(Change { user, frame: presence_frame(user, status, last_seen), chats });
            }
        }
        self.tell_of(changes, whole);
    }

    /// Tells those who show people what has changed of them, and those who have a chat in view its whole state.
    fn tell_of(&self, changes: Vec<Change>, mut whole: HashSet<ChatKey>) {
        let mut seen: HashMap<ChatKey, Vec<usize>> = HashMap::new();
        for (place, change) in changes.iter().enumerate() {
            let mut pairs: BTreeMap<u64, Arc<Handle>> = BTreeMap::new();
            for &chat in &change.chats {
                let shard = self.shard(chat).lock();
                let Some(circle) = shard.get(&chat) else { continue };
                if circle.viewers > 0 && circle.viewers <= LOOKING {
                    seen.entry(chat).or_default().push(place);
                }
                if is_pair(circle) {
                    let others =
                        circle.list.iter().filter(|one| one.handle.user.is_some_and(|user| user != change.user));
                    pairs.extend(others.map(|one| (one.id, one.handle.clone())));
                }
            }
            // Who has one of the person's chats in view is told of all that has changed there.
            pairs.retain(|_, handle| {
                let view = handle.state.lock().view;
                view.and_then(|view| seen.get(&view)).is_none_or(|places| places.last() != Some(&place))
            });
            let told = Told::one(change.frame.clone(), Mark::Passing);
            self.deliver_all(pairs.values().map(|handle| &**handle), &told);
        }
        for (chat, places) in seen {
            if places.len() > SINGLY {
                whole.insert(chat);
            } else if !whole.contains(&chat) {
                self.tell_together(chat, &places.iter().map(|&place| &changes[place]).collect::<Vec<_>>());
            }
        }
        for chat in whole {
            self.tell_state(chat);
        }
    }

    /// Tells those who have a chat in view of some people in it, each of all but themselves.
    fn tell_together(&self, chat: ChatKey, changes: &[&Change]) {
        let others = |own: Option<UserId>| {
            let others = changes.iter().filter(|change| Some(change.user) != own);
            others.map(|change| Frame { mark: Mark::Passing, bytes: change.frame.clone() }).collect::<Vec<_>>()
        };
        let users: HashSet<UserId> = changes.iter().map(|change| change.user).collect();
        let all = Told::several(others(None));
        let shard = self.shard(chat).lock();
        let viewers = shard.get(&chat).into_iter().flat_map(|circle| &circle.list).filter(|one| one.view);
        for handle in viewers.map(|one| &one.handle) {
            let Some(user) = handle.user else { continue };
            if !users.contains(&user) {
                self.deliver(handle, &all);
            } else if changes.len() > 1 {
                self.deliver(handle, &Told::several(others(Some(user))));
            }
        }
    }

    /// Sends those who have a chat in view its whole `presence_state`; in a crowd not too often.
    fn tell_state(&self, chat: ChatKey) {
        let now = Instant::now();
        let (chat_id, viewers): (ChatId, Vec<Arc<Handle>>) = {
            let mut shard = self.shard(chat).lock();
            let Some(circle) = shard.get_mut(&chat).filter(|circle| circle.viewers > 0) else { return };
            let Some(name) = circle.name.clone() else { return };
            if circle.state_due.is_some_and(|due| now < due) {
                drop(shard);
                return self.note(|changes| {
                    changes.whole.insert(chat);
                });
            }
            circle.state = None;
            let viewers = circle.list.iter().filter(|subscriber| subscriber.view);
            (name, viewers.map(|subscriber| subscriber.handle.clone()).collect())
        };
        let (mut named, mut counted) = (None, None);
        let mut bytes = 0;
        for handle in &viewers {
            let guest = handle.user.is_none();
            let told = if guest { &mut counted } else { &mut named };
            let told = told.get_or_insert_with(|| Told::one(self.presence_state(&chat_id, chat, guest), Mark::Passing));
            bytes += told.len();
            self.deliver(handle, told);
        }
        if let Some(circle) = self.shard(chat).lock().get_mut(&chat) {
            let pause = Duration::from_secs_f64(bytes.saturating_sub(LITTLE) as f64 / WHOLE_BYTES as f64);
            circle.state_due = now.checked_add(pause);
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
