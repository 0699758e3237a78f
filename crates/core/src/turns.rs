//! Turns at something scarce, given fairly: in a storm of sign-ins nobody waits for all those who came
//! before, only for as many as there are others.
//!
//! Those who wait are asked in a circle of addresses, and at one address in a circle of names. So a script
//! that tries a thousand passwords delays others by one turn a round, and behind one address (an office, a
//! proxy that says nothing of its clients) a thousand tries at one name delay another name by one turn.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// For whom a turn is: where from, and which name it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    /// The address; none for the machine's own administrator.
    pub address: Option<IpAddr>,
    /// The name.
    pub name: String,
}

/// Of the places in the queue one address may take one in so many. Others behind the same address are few.
const SHARE: usize = 4;

/// Turns for a few at once, with a bounded queue.
pub(crate) struct Turns(Arc<Mutex<State>>);

struct State {
    free: usize,
    waiting: usize,
    queue: usize,
    circle: Circle<Option<IpAddr>, Circle<String, VecDeque<oneshot::Sender<Turn>>>>,
}

/// Lines by key, each asked in its turn.
struct Circle<K, L> {
    order: VecDeque<K>,
    lines: HashMap<K, L>,
}

impl<K: Clone + Eq + Hash, L: Default> Circle<K, L> {
    /// The line of a key, which comes last in the circle when it is new.
    fn line(&mut self, key: &K) -> &mut L {
        if !self.lines.contains_key(key) {
            self.order.push_back(key.clone());
        }
        self.lines.entry(key.clone()).or_default()
    }

    /// Takes one from the line whose turn it is; the line goes to the end of the circle unless it is empty.
    fn next<T>(&mut self, take: impl FnOnce(&mut L) -> Option<T>, is_empty: impl FnOnce(&L) -> bool) -> Option<T> {
        let key = self.order.pop_front()?;
        let line = self.lines.get_mut(&key)?;
        let taken = take(line);
        if is_empty(line) {
            self.lines.remove(&key);
        } else {
            self.order.push_back(key);
        }
        taken
    }
}

impl<K, L> Default for Circle<K, L> {
    fn default() -> Self {
        Self { order: VecDeque::new(), lines: HashMap::new() }
    }
}

/// A turn; over when dropped.
pub(crate) struct Turn(Option<Arc<Mutex<State>>>);

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

impl Turns {
    /// So many at once, and so many that may wait.
    pub(crate) fn new(at_once: usize, queue: usize) -> Self {
        let state = State { free: at_once.max(1), waiting: 0, queue: queue.max(1), circle: Circle::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// A place in the queue, and in time a turn; nothing when too many wait.
    pub(crate) fn take(&self, asker: Asker) -> Option<impl Future<Output = Turn> + Send + use<>> {
        let mut state = self.0.lock();
        let (sender, receiver) = oneshot::channel();
        if state.free > 0 {
            state.free -= 1;
            let _ = sender.send(Turn(Some(Arc::clone(&self.0))));
        } else {
            // The machine itself may take every place, as it may where rates are limited.
            let most = match asker.address {
                Some(address) if !address.is_loopback() => (state.queue / SHARE).max(1),
                _ => state.queue,
            };
            let names = state.circle.lines.get(&asker.address);
            let of_address: usize = names.map_or(0, |names| names.lines.values().map(VecDeque::len).sum());
            if state.waiting >= state.queue || of_address >= most {
                return None;
            }
            state.waiting += 1;
            state.circle.line(&asker.address).line(&asker.name).push_back(sender);
        }
        let turns = Arc::clone(&self.0);
        Some(async move {
            // Nobody drops a sender without a turn.
            receiver.await.unwrap_or_else(|_| Turn(Some(turns)))
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(turns) = self.0.take() else { return };
        let mut state = turns.lock();
        loop {
            let next = state
                .circle
                .next(|names| names.next(VecDeque::pop_front, VecDeque::is_empty), |names| names.lines.is_empty());
            let Some(next) = next else {
                state.free += 1;
                return;
            };
            state.waiting -= 1;
            // Who has gone meanwhile is passed over; their turn must not end within this lock.
            match next.send(Turn(Some(Arc::clone(&turns)))) {
                Ok(()) => return,
                Err(mut refused) => refused.0 = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn asker(address: u8, name: &str) -> Asker {
        Asker { address: Some(IpAddr::from([10, 0, 0, address])), name: name.to_owned() }
    }

    /// In which order those who wait get their turns.
    fn order(mut waiting: Vec<(String, impl Future<Output = Turn> + Unpin)>, first: Turn) -> Vec<String> {
        let mut order = Vec::new();
        let mut turn = Some(first);
        while !waiting.is_empty() {
            drop(turn.take());
            let ready = waiting.iter_mut().enumerate().find_map(|(at, (_, one))| Some((at, one.now_or_never()?)));
            let (at, next) = ready.expect("somebody has the turn");
            turn = Some(next);
            order.push(waiting.remove(at).0);
        }
        order
    }

    #[test]
    fn one_address_delays_others_by_one_turn_a_round() {
        let turns = Turns::new(1, 1_000);
        let first = turns.take(asker(1, "storm")).unwrap().now_or_never().unwrap();
        let mut waiting = Vec::new();
        for n in 0..200 {
            waiting.push((format!("storm{n}"), Box::pin(turns.take(asker(1, &format!("name{n}"))).unwrap())));
        }
        for n in 0..3 {
            waiting.push((format!("other{n}"), Box::pin(turns.take(asker(2, "anna")).unwrap())));
        }
        let order = order(waiting, first);
        let place = |name: &str| order.iter().position(|other| other == name).unwrap();
        assert_eq!([place("other0"), place("other1"), place("other2")], [1, 3, 5]);
        assert_eq!((order.len(), place("storm0")), (203, 0));
    }

    #[test]
    fn one_name_delays_other_names_of_its_address_by_one_turn_a_round() {
        let turns = Turns::new(1, 1_000);
        let first = turns.take(asker(1, "guessed")).unwrap().now_or_never().unwrap();
        let mut waiting: Vec<_> =
            (0..200).map(|n| (format!("guess{n}"), Box::pin(turns.take(asker(1, "guessed")).unwrap()))).collect();
        waiting.push(("anna".to_owned(), Box::pin(turns.take(asker(1, "anna")).unwrap())));
        assert_eq!(order(waiting, first)[1], "anna");
    }

    #[test]
    fn the_queue_is_bounded_as_a_whole_and_for_each_address() {
        let turns = Turns::new(2, 8);
        let busy: Vec<_> = (0..2).map(|_| turns.take(asker(9, "x")).unwrap().now_or_never().unwrap()).collect();
        let mut waiting: Vec<_> = (0..2).map(|_| turns.take(asker(1, "x")).unwrap()).collect();
        assert!(turns.take(asker(1, "y")).is_none(), "a quarter of the places for one address");
        let machine = Asker { address: None, name: String::new() };
        waiting.extend((0..6).map(|_| turns.take(machine.clone()).unwrap()));
        assert!(turns.take(machine).is_none() && turns.take(asker(2, "x")).is_none());
        // Who gives up is passed over, and all places come back.
        drop(waiting);
        drop(busy);
        let again: Vec<_> = (0..2).map(|_| turns.take(asker(3, "x")).unwrap().now_or_never().unwrap()).collect();
        assert!(turns.take(asker(3, "x")).unwrap().now_or_never().is_none());
        drop(again);
        let state = turns.0.lock();
        assert_eq!((state.free, state.waiting, state.circle.lines.len()), (2, 0, 0));
    }
}
