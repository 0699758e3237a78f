//! Which nodes are alive, by the store: whoever can write there is at work, also when nobody hears it over the bus.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use vestnik_core::Core;

use super::Cluster;
use crate::stop::Stop;

/// Time between two signs of life.
const SIGN: Duration = Duration::from_secs(5);
/// Looks without a new sign of a node after which it is taken for dead.
const DEAD: u32 = 4;
/// Looks without a new sign of a node after which it is forgotten.
const FORGOTTEN: u32 = 60;

/// What was seen of the nodes in the store. By counting, and not by the clock of any of them.
#[derive(Debug, Default)]
struct Roll(HashMap<String, Seen>);

#[derive(Debug)]
struct Seen {
    count: u64,
    looks: u32,
}

impl Roll {
    /// What one more look means: the nodes that are alive, and those to be forgotten.
    fn look(&mut self, nodes: Vec<(String, u64)>) -> (HashSet<u64>, Vec<String>) {
        let there: HashSet<&str> = nodes.iter().map(|(name, _)| name.as_str()).collect();
        self.0.retain(|name, _| there.contains(name.as_str()));
        let mut forget = Vec::new();
        let mut alive = HashSet::new();
        for (name, count) in nodes {
            let looks = match self.0.get(&name) {
                Some(seen) if seen.count == count => seen.looks + 1,
                _ => 0,
            };
            self.0.insert(name.clone(), Seen { count, looks });
            if looks >= FORGOTTEN {
                forget.push(name);
            } else if looks < DEAD
                && let Ok(id) = u64::from_str_radix(&name, 16)
            {
                alive.insert(id);
            }
        }
        (alive, forget)
    }
}

impl Cluster {
    /// Gives signs of life and looks for those of others, until the soft stop.
    pub(super) async fn call_the_roll(self: Arc<Self>, core: Core, stop: Stop) {
        let (name, mut roll, mut forget) = (self.name(), Roll::default(), Vec::new());
        loop {
            let called = tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                called = core.roll_call(Some(&name), forget.clone()) => called,
            };
            match called {
                Ok(nodes) => {
                    let (mut alive, dead) = roll.look(nodes);
                    alive.remove(&self.id);
                    forget = dead;
                    if let Some(elsewhere) = self.hub.elsewhere() {
                        elsewhere.alive(alive);
                    }
                }
                Err(error) => tracing::debug!(code = %error.code, "no sign of life could be left in the store"),
            }
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                () = sleep(SIGN) => {}
            }
        }
        if let Err(error) = core.roll_call(None, vec![name]).await {
            tracing::debug!(code = %error.code, "the others will take this node for alive for some seconds");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_no_sign_is_dead_and_then_forgotten() {
        let mut roll = Roll::default();
        let mut look = |a: u64, b: u64| {
            let (alive, forget) =
                roll.look(vec![("a".to_owned(), a), ("b".to_owned(), b), ("no number".to_owned(), a)]);
            (alive.contains(&0xa), alive.contains(&0xb), forget)
        };
        for n in 0..u64::from(DEAD) {
            assert_eq!(look(n, 7), (true, true, vec![]));
        }
        assert_eq!(look(100, 7), (true, false, vec![]));
        assert_eq!(look(101, 8), (true, true, vec![]), "it had only stood still");
        for n in 1..FORGOTTEN {
            assert_eq!(look(101 + u64::from(n), 8).2, Vec::<String>::new());
        }
        assert_eq!(look(500, 8), (true, false, vec!["b".to_owned()]));
    }
}
