//! Telling the other nodes who is here, and noticing when one of them falls silent.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use vestnik_core::ChatKey;
use vestnik_proto::UserId;

use super::Cluster;
use super::wire::{Note, Person};
use crate::hub::elsewhere::{Elsewhere, Moved, Present};
use crate::stop::Stop;

/// Time between two tellings.
const HOLD: Duration = Duration::from_millis(250);
/// People in one word.
const PEOPLE: usize = 500;

/// Notes what a node has said of itself.
pub(super) fn note_here(
    elsewhere: &Elsewhere,
    node: u64,
    whole: bool,
    people: Vec<Person>,
    guests: Vec<(i64, i64)>,
) -> Moved {
    let present = |Person { user, status, chats }: Person| Present {
        user,
        status,
        chats: chats.into_iter().map(ChatKey).collect(),
    };
    let guests = guests.into_iter().map(|(chat, count)| (ChatKey(chat), count)).collect();
    elsewhere.here(node, whole, people.into_iter().map(present).collect(), guests)
}

impl Cluster {
    /// Tells of changes, and gives up silent nodes, until the soft stop.
    pub(super) async fn watch_nodes(self: Arc<Self>, stop: Stop) {
        loop {
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => return,
                () = sleep(HOLD) => {}
            }
            let Some(elsewhere) = self.hub.elsewhere() else { return };
            let newcomers = elsewhere.take_newcomers();
            self.announce(newcomers);
            // Who hears nobody cannot tell who is silent.
            if !self.is_deaf() {
                for node in elsewhere.silent(Instant::now()) {
                    tracing::warn!(node, "another node has fallen silent");
                    self.hub.moved_elsewhere(elsewhere.gone(node));
                }
            }
            self.metrics.nodes(elsewhere.count() + 1);
        }
    }

    /// Tells the other nodes who is here: all, or what changed.
    pub(super) fn announce(&self, whole: bool) {
        let (people, guests): (Vec<UserId>, Vec<ChatKey>) = if whole {
            self.hub.take_gossip();
            self.hub.all_present()
        } else {
            let (people, guests): (HashSet<UserId>, HashSet<ChatKey>) = self.hub.take_gossip();
            (people.into_iter().collect(), guests.into_iter().collect())
        };
        if !whole && people.is_empty() && guests.is_empty() {
            return;
        }
        let mut guests: Vec<(i64, i64)> = guests.into_iter().map(|chat| (chat.0, self.hub.guests_here(chat))).collect();
        // The first word says that these are all; those behind it add to it.
        let mut whole = whole;
        let mut chunks = people.chunks(PEOPLE);
        loop {
            let chunk = chunks.next().unwrap_or_default();
            let person = |user: &UserId| {
                let Present { user, status, chats } = self.hub.present(*user);
                Person { user, status, chats: chats.into_iter().map(|chat| chat.0).collect() }
            };
            let people: Vec<Person> = chunk.iter().map(person).collect();
            self.note(Note::Here { whole, people, guests: std::mem::take(&mut guests) });
            whole = false;
            if chunks.len() == 0 {
                return;
            }
        }
    }
}
