//! Comings and goings in a crowd.
//!
//! Who has a chat in view is told of everything at once, and so is everybody of a small chat. In a
//! crowd the others are told of comings and goings together: after a while that grows with the crowd,
//! or just before the next thing that happens there, so that every connection gets the events in
//! their order and without a gap. However many come, a crowd of a thousand is written to once or a
//! few times in a second.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use vestnik_core::ChatKey;

use super::{Circle, Frame, Hub, Mark, Subscriber, Told};
use crate::stop::Stop;

/// Connections of a chat from which on it is a crowd.
const CROWD: usize = 64;
/// How long a coming or going is kept back for each connection of the crowd.
const HOLD_EACH: Duration = Duration::from_millis(1);
/// Longest that one is kept back.
const HOLD_MOST: Duration = Duration::from_secs(1);
/// How often it is looked whether something has been kept back for long enough.
const TICK: Duration = Duration::from_millis(50);
/// Most of one chat kept back; in bytes far less than a connection's queue takes.
const MOST: usize = 128;

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
    // A glance: before its type an event says no more than its chat, whose name is short, and its place.
    const TYPE: &[u8] = br#""type":""#;
    let head = &frame[..frame.len().min(512)];
    memchr::memmem::find(head, TYPE).is_some_and(|at| head[at + TYPE.len()..].starts_with(br#"member_changed""#))
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
                let connections = u32::try_from(circle.list.len()).unwrap_or(u32::MAX);
                let hold = HOLD_EACH.saturating_mul(connections).min(HOLD_MOST);
                self.late.lock().push((Instant::now() + hold, chat));
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

    /// Tells all that was to be kept back until this moment. Says whether there is more.
    pub(super) fn tell_late_until(&self, now: Instant) -> bool {
        let (due, more) = {
            let mut late = self.late.lock();
            let due: Vec<_> = late.extract_if(.., |(due, _)| *due <= now).collect();
            (due, !late.is_empty())
        };
        for (_, chat) in due {
            if let Some(circle) = self.shard(chat).lock().get_mut(&chat) {
                self.tell_late(circle);
            }
        }
        more
    }

    /// Tells what was kept back in time, until the soft stop.
    pub async fn run_crowds(self: Arc<Self>, stop: Stop) {
        let mut more = false;
        loop {
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                () = self.belated.notified(), if !more => {}
                () = tokio::time::sleep(TICK), if more => {}
            }
            more = self.tell_late_until(Instant::now());
        }
    }
}
