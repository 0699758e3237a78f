//! Comings and goings in a crowd.
//!
//! Who has a chat in view is told of everything at once, and so is everybody of a small chat. In a
//! crowd the others are told of comings and goings together: after [`HOLD`], or just before the next
//! thing that happens there, so that every connection gets the events in their order and without a
//! gap. A thousand people who join within seconds cost each other some dozens of writes instead of
//! a thousand each.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use vestnik_core::ChatKey;

use super::{Circle, Frame, Hub, Mark, Subscriber, Told};
use crate::stop::Stop;

/// Connections of a chat from which on it is a crowd.
const CROWD: usize = 64;
/// Longest that a coming or going is kept back.
const HOLD: Duration = Duration::from_millis(100);
/// Most of one chat kept back; in bytes far less than a connection's queue takes.
const MOST: usize = 64;

/// Events kept back, in the order of their places.
#[derive(Debug, Default)]
pub(super) struct Late(Vec<Frame>);

fn rev_of(frame: &Frame) -> i64 {
    match frame.mark {
        Mark::Chat(_, rev) => rev,
        Mark::Passing | Mark::Account(_) => 0,
    }
}

impl Late {
    /// The place of the last of them, 0 for none.
    pub(super) fn last(&self) -> i64 {
        self.0.last().map_or(0, rev_of)
    }

    /// Those after a place.
    fn after(&self, rev: i64) -> &[Frame] {
        &self.0[self.0.partition_point(|frame| rev_of(frame) <= rev)..]
    }
}

/// Whether an event says that somebody came, went or has another role.
fn is_of_members(frame: &[u8]) -> bool {
    // The type comes first in every frame.
    frame.starts_with(br#"{"type":"member_changed""#)
}

impl Hub {
    /// Tells a chat's lasting event to all who get it.
    pub(super) fn tell_lasting(&self, chat: ChatKey, rev: i64, frame: &Bytes) {
        let mark = Mark::Chat(chat, rev);
        let mut shard = self.shard(chat).lock();
        let Some(circle) = shard.get_mut(&chat) else { return };
        if circle.list.len() < CROWD || !is_of_members(frame) {
            self.tell_late(circle);
            let wanted = circle.list.iter().filter(|subscriber| rev > subscriber.after);
            self.deliver_all(wanted.map(|subscriber| &*subscriber.handle), &Told::one(frame.clone(), mark));
            return;
        }
        if circle.viewers > 0 {
            let wanted = circle.list.iter().filter(|subscriber| subscriber.view && rev > subscriber.after);
            self.deliver_all(wanted.map(|subscriber| &*subscriber.handle), &Told::one(frame.clone(), mark));
        }
        circle.late.0.push(Frame { mark, bytes: frame.clone() });
        match circle.late.0.len() {
            1 => {
                self.late.lock().push(chat);
                self.belated.notify_one();
            }
            MOST.. => self.tell_late(circle),
            _ => {}
        }
    }

    /// Tells what was kept back to those who have not been told.
    fn tell_late(&self, circle: &mut Circle) {
        if circle.late.0.is_empty() {
            return;
        }
        let late = std::mem::take(&mut circle.late);
        let all = Arc::new(Told::Several(late.0.clone()));
        for subscriber in circle.list.iter().filter(|subscriber| !subscriber.view) {
            let news = late.after(subscriber.after);
            if news.len() == late.0.len() {
                self.deliver(&subscriber.handle, &all);
            } else if !news.is_empty() {
                self.deliver(&subscriber.handle, &Told::several(news.to_vec()));
            }
        }
    }

    /// A connection is told from now on at once: it gets what was kept back.
    pub(super) fn catch_up(&self, subscriber: &mut Subscriber, late: &Late) {
        let news = late.after(subscriber.after);
        if !news.is_empty() {
            self.deliver(&subscriber.handle, &Told::several(news.to_vec()));
            subscriber.after = late.last();
        }
    }

    /// Tells all that was kept back.
    pub(super) fn tell_all_late(&self) {
        let chats = std::mem::take(&mut *self.late.lock());
        for chat in chats {
            if let Some(circle) = self.shard(chat).lock().get_mut(&chat) {
                self.tell_late(circle);
            }
        }
    }

    /// Tells what was kept back in time, until the soft stop.
    pub async fn run_crowds(self: Arc<Self>, stop: Stop) {
        loop {
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                () = self.belated.notified() => {}
            }
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                () = tokio::time::sleep(HOLD) => {}
            }
            self.tell_all_late();
        }
    }
}
