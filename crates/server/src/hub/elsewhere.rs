//! Who is connected to the other nodes of a cluster, as they say. Passing: it is told anew when a
//! node comes, and forgotten when one falls silent.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use vestnik_core::ChatKey;
use vestnik_proto::{PresenceStatus, UserId};

use super::presence::effective;

/// Silence of a node after which nobody is taken to be connected to it.
pub const SILENCE: Duration = Duration::from_secs(5);

/// Silence of a node after which it may be working unheard.
pub const PAUSE: Duration = Duration::from_millis(1_200);

/// Someone connected to another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Who.
    pub user: UserId,
    /// How they show themselves; offline for one who has gone.
    pub status: PresenceStatus,
    /// Their chats.
    pub chats: Vec<ChatKey>,
}

/// What others are to be told after a node has spoken or fallen silent.
#[derive(Debug, Default)]
pub struct Moved {
    /// People whose presence changed, and the chats in which they are shown.
    pub people: HashMap<UserId, Vec<ChatKey>>,
    /// Chats in which the number of guests changed.
    pub guests: HashSet<ChatKey>,
}

#[derive(Debug)]
struct Node {
    /// The last of its words that came.
    number: u64,
    heard: Instant,
    people: HashMap<UserId, (PresenceStatus, Vec<ChatKey>)>,
    guests: HashMap<ChatKey, i64>,
}

#[derive(Debug, Default)]
struct State {
    nodes: HashMap<u64, Node>,
    /// Whom the nodes have by chat, each as often as nodes have them.
    by_chat: HashMap<ChatKey, BTreeMap<UserId, u32>>,
    newcomers: bool,
    /// The nodes that are alive, as the store says.
    alive: HashSet<u64>,
}

/// What a word's number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is the next one, or an earlier one.
    Fine,
    /// Some before it did not come.
    Gap,
}

/// The other nodes.
#[derive(Debug, Default)]
pub struct Elsewhere(Mutex<State>);

impl State {
    fn remove(&mut self, node: u64, user: UserId) -> Vec<ChatKey> {
        let removed = self.nodes.get_mut(&node).and_then(|node| node.people.remove(&user));
        let chats = removed.map(|(_, chats)| chats).unwrap_or_default();
        for chat in &chats {
            if let Some(users) = self.by_chat.get_mut(chat) {
                if let Some(count) = users.get_mut(&user) {
                    *count -= 1;
                    if *count == 0 {
                        users.remove(&user);
                    }
                }
                if users.is_empty() {
                    self.by_chat.remove(chat);
                }
            }
        }
        chats
    }

    fn insert(&mut self, node: u64, present: Present) {
        let Some(node) = self.nodes.get_mut(&node) else { return };
        for chat in &present.chats {
            *self.by_chat.entry(*chat).or_default().entry(present.user).or_default() += 1;
        }
        node.people.insert(present.user, (present.status, present.chats));
    }
}

impl Elsewhere {
    /// A word of a node has come.
    pub fn hear(&self, node: u64, number: u64) -> Heard {
        let mut state = self.0.lock();
        let now = Instant::now();
        if let Some(node) = state.nodes.get_mut(&node) {
            let gap = number > node.number + 1;
            node.number = node.number.max(number);
            node.heard = now;
            return if gap { Heard::Gap } else { Heard::Fine };
        }
        // It has been told nothing yet, and what it told before was not heard.
        state.newcomers = true;
        let fresh = Node { number, heard: now, people: HashMap::new(), guests: HashMap::new() };
        state.nodes.insert(node, fresh);
        if number > 1 { Heard::Gap } else { Heard::Fine }
    }

    /// Whether nodes have come since the last time this was asked.
    pub fn take_newcomers(&self) -> bool {
        std::mem::take(&mut self.0.lock().newcomers)
    }

    /// How many other nodes there are.
    pub fn count(&self) -> usize {
        self.0.lock().nodes.len()
    }

    /// A node has said who is connected to it: all, or what changed.
    pub fn here(&self, node: u64, whole: bool, people: Vec<Present>, guests: Vec<(ChatKey, i64)>) -> Moved {
        let mut moved = Moved::default();
        let mut state = self.0.lock();
        let Some(known) = state.nodes.get(&node) else { return moved };
        if whole {
            let named: HashSet<UserId> = people.iter().map(|present| present.user).collect();
            let gone: Vec<UserId> = known.people.keys().filter(|user| !named.contains(user)).copied().collect();
            moved.guests.extend(known.guests.keys().copied());
            for user in gone {
                let chats = state.remove(node, user);
                moved.people.insert(user, chats);
            }
            if let Some(known) = state.nodes.get_mut(&node) {
                known.guests.clear();
            }
        }
        for present in people {
            let before = state.nodes.get(&node).and_then(|node| node.people.get(&present.user)).cloned();
            if before.as_ref().is_some_and(|(status, chats)| (*status, chats) == (present.status, &present.chats)) {
                continue;
            }
            let mut chats = state.remove(node, present.user);
            chats.extend(present.chats.iter().copied());
            chats.sort_unstable();
            chats.dedup();
            moved.people.insert(present.user, chats);
            if present.status != PresenceStatus::Offline {
                state.insert(node, present);
            }
        }
        if let Some(known) = state.nodes.get_mut(&node) {
            for (chat, count) in guests {
                moved.guests.insert(chat);
                if count > 0 {
                    known.guests.insert(chat, count);
                } else {
                    known.guests.remove(&chat);
                }
            }
        }
        moved
    }

    /// A node has gone.
    pub fn gone(&self, node: u64) -> Moved {
        let mut moved = Moved::default();
        let mut state = self.0.lock();
        let Some(known) = state.nodes.get(&node) else { return moved };
        moved.guests.extend(known.guests.keys().copied());
        let users: Vec<UserId> = known.people.keys().copied().collect();
        for user in users {
            let chats = state.remove(node, user);
            moved.people.insert(user, chats);
        }
        state.nodes.remove(&node);
        moved
    }

    /// The nodes that have been silent for too long.
    pub fn silent(&self, now: Instant) -> Vec<u64> {
        let state = self.0.lock();
        let silent = |node: &Node| now.saturating_duration_since(node.heard) > SILENCE;
        state.nodes.iter().filter(|(_, node)| silent(node)).map(|(id, _)| *id).collect()
    }

    /// The store says that these nodes are alive.
    pub fn alive(&self, nodes: HashSet<u64>) {
        self.0.lock().alive = nodes;
    }

    /// Whether some node may be working that is not heard.
    pub fn is_unheard(&self, now: Instant) -> bool {
        let state = self.0.lock();
        let silent = |node: &Node| now.saturating_duration_since(node.heard) > PAUSE;
        state.nodes.values().any(silent) || state.alive.iter().any(|node| !state.nodes.contains_key(node))
    }

    /// Nobody could be heard until now: silence counts from here on.
    pub fn listen_anew(&self) {
        let now = Instant::now();
        self.0.lock().nodes.values_mut().for_each(|node| node.heard = now);
    }

    /// How someone shows themselves on the other nodes.
    pub fn status(&self, user: UserId) -> PresenceStatus {
        let state = self.0.lock();
        effective(state.nodes.values().filter_map(|node| node.people.get(&user).map(|(status, _)| *status)))
    }

    /// The chats of someone who is connected to another node.
    pub fn chats_of(&self, user: UserId) -> Option<Vec<ChatKey>> {
        self.0.lock().nodes.values().find_map(|node| node.people.get(&user).map(|(_, chats)| chats.clone()))
    }

    /// Members of a chat connected to other nodes.
    pub fn members(&self, chat: ChatKey) -> Vec<UserId> {
        self.0.lock().by_chat.get(&chat).map(|users| users.keys().copied().collect()).unwrap_or_default()
    }

    /// Guests that look into a chat through other nodes.
    pub fn guests(&self, chat: ChatKey) -> i64 {
        self.0.lock().nodes.values().filter_map(|node| node.guests.get(&chat)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: ChatKey = ChatKey(1);

    fn present(user: i64, status: PresenceStatus) -> Present {
        Present { user: UserId(user), status, chats: vec![CHAT] }
    }

    #[test]
    fn somebody_is_there_as_long_as_one_node_has_them() {
        let elsewhere = Elsewhere::default();
        for node in [1, 2] {
            assert_eq!(elsewhere.hear(node, 1), Heard::Fine);
            let moved = elsewhere.here(node, true, vec![present(7, PresenceStatus::Online)], vec![(CHAT, 2)]);
            assert_eq!(moved.people[&UserId(7)], [CHAT]);
        }
        assert_eq!((elsewhere.guests(CHAT), elsewhere.members(CHAT)), (4, vec![UserId(7)]));
        elsewhere.gone(1);
        assert_eq!(elsewhere.status(UserId(7)), PresenceStatus::Online);
        let moved = elsewhere.here(2, false, vec![present(7, PresenceStatus::Offline)], vec![(CHAT, 0)]);
        assert_eq!((moved.people.len(), moved.guests.len()), (1, 1));
        assert_eq!(elsewhere.status(UserId(7)), PresenceStatus::Offline);
        assert_eq!((elsewhere.guests(CHAT), elsewhere.members(CHAT)), (0, vec![]));
    }

    #[test]
    fn a_hole_in_the_numbers_is_noticed() {
        let elsewhere = Elsewhere::default();
        assert_eq!(elsewhere.hear(1, 5), Heard::Gap, "what came before was not heard");
        assert!(elsewhere.take_newcomers() && !elsewhere.take_newcomers());
        let heard: Vec<_> = [6, 6, 8, 7, 9].into_iter().map(|number| elsewhere.hear(1, number)).collect();
        assert_eq!(heard, [Heard::Fine, Heard::Fine, Heard::Gap, Heard::Fine, Heard::Fine]);
    }

    #[test]
    fn a_silent_node_is_given_up() {
        let elsewhere = Elsewhere::default();
        elsewhere.hear(1, 1);
        let now = Instant::now();
        assert!(elsewhere.silent(now).is_empty());
        assert_eq!(elsewhere.silent(now + SILENCE + Duration::from_secs(1)), [1]);
        assert!(!elsewhere.is_unheard(now) && elsewhere.is_unheard(now + SILENCE));
        elsewhere.alive([1].into());
        elsewhere.gone(1);
        let tomorrow = now + Duration::from_secs(86_400);
        assert!(elsewhere.is_unheard(now) && elsewhere.is_unheard(tomorrow), "as long as the store says so");
        elsewhere.alive(HashSet::new());
        assert!(!elsewhere.is_unheard(tomorrow));
        elsewhere.hear(1, 9);
        elsewhere.gone(1);
        assert_eq!(elsewhere.count(), 0);
    }
}
