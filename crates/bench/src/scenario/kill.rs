//! SIGKILL in the middle of acknowledged sends, then a restart on the same data directory:
//! whatever was acknowledged must be there exactly once, for both of each pair; whatever was
//! not is sent again with the same keys and must then be there exactly once too.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use rand::RngExt;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    accounts::{self, Account},
    conn::{Connection, within},
    error::{Error, Result},
    report::{Point, Round},
    scenario::{Lab, Scenario},
    server::Server,
    talk::{Event, Talker, Tongue},
    wire::{Body, Mark},
};

/// People; two and two have a direct chat.
const PEOPLE: usize = 20;
/// Unacknowledged messages of each.
const WINDOW: usize = 8;
/// When the server is killed, milliseconds after the first send: at random between these.
const KILLED_AFTER_MS: std::ops::Range<u64> = 300..1_500;
/// Acknowledged messages each person repeats after the restart.
const REPEATED: usize = 8;
/// Bits of a tag that name the person; the others name the round.
const TAG_BITS: u32 = 16;

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let run = lab.number();
    let mut server = lab.server().await?;
    let people = accounts::register(server.target(), run, 0, PEOPLE).await?;
    let mut connections = accounts::connect(server.target(), &people).await?;
    let chats = try_join_all(
        connections
            .chunks_mut(2)
            .zip(people.chunks(2))
            .map(|(pair, names)| accounts::start_direct(&mut pair[0], &names[1].username)),
    )
    .await?;
    let mut crash = Crash { run, people, chats, body: Body::ascii(lab.options.body, true) };
    let mut point = Point::new(Scenario::Kill.name(), format!("{PEOPLE} users, {WINDOW} outstanding each")).none_of(&[
        "acked_missing_sender",
        "acked_missing_recipient",
        "acked_moved",
        "doubled",
        "missing_after_retry",
    ]);
    for round in 1..=lab.options.rounds {
        let delay = Duration::from_millis(lab.rng.random_range(KILLED_AFTER_MS));
        match crash.round(&mut server, connections, u32::try_from(round).unwrap_or(u32::MAX), delay).await {
            Ok((metrics, back)) => {
                point.rounds.push(metrics);
                connections = back;
            }
            Err(error) => return Err(Error::Setup(format!("{error}\nThe server's log ends:\n{}", server.log_end()))),
        }
    }
    server.stop().await?;
    Ok(vec![point])
}

/// The people of the scenario.
struct Crash {
    run: u64,
    people: Vec<Account>,
    chats: Vec<String>,
    body: Body,
}

/// What somebody has sent: per message the `seq` of its ack.
type Sent = Vec<Option<i64>>;

/// Where each message of a chat is.
type Places = HashMap<Mark, Vec<i64>>;

impl Crash {
    /// How each of them sends.
    fn tongues(&self) -> Vec<Tongue> {
        let chats = self.chats.iter().flat_map(|chat| [chat, chat]);
        chats.map(|chat| Tongue::Commands { chat: chat.clone(), run: self.run }).collect()
    }

    async fn round(
        &mut self,
        server: &mut Server,
        mut connections: Vec<Connection>,
        round: u32,
        delay: Duration,
    ) -> Result<(Round, Vec<Connection>)> {
        let starts = self.heads(&mut connections).await?;
        let mut sent = self.talk_until_killed(server, &mut connections, round, delay).await?;
        drop(connections);

        server.restart().await?;
        let ready = server.ready_after;
        let at = Instant::now();
        accounts::log_in(server.target(), &self.people[0]).await?;
        let restart = ready + at.elapsed().as_secs_f64();
        let mut connections = accounts::connect(server.target(), &self.people).await?;

        let places = self.read(&mut connections, &starts).await?;
        let mut verdict = Verdict::default();
        verdict.after_crash(round, &sent, &places);
        let total = sent.iter().map(Vec::len).sum::<usize>();
        let acked = sent.iter().flatten().flatten().count();

        verdict.acked_moved += self.retry(&mut connections, round, &mut sent).await?;
        let places = self.read(&mut connections, &starts).await?;
        verdict.after_retry(round, &sent, &places);
        let mut metrics = Round::default();
        metrics
            .put("sent", total as f64)
            .put("acked", acked as f64)
            .put("acked_missing_sender", f64::from(verdict.missing_sender))
            .put("acked_missing_recipient", f64::from(verdict.missing_recipient))
            .put("acked_moved", f64::from(verdict.acked_moved))
            .put("doubled", f64::from(verdict.doubled))
            .put("missing_after_retry", f64::from(verdict.missing_after_retry))
            .put("killed_after_s", delay.as_secs_f64())
            .put("restart_to_login_s", restart);
        Ok((metrics, connections))
    }

    /// The newest message's number in each chat.
    async fn heads(&self, connections: &mut [Connection]) -> Result<Vec<i64>> {
        let mut heads = Vec::with_capacity(self.chats.len());
        for (pair, chat) in connections.chunks_mut(2).zip(&self.chats) {
            heads.push(accounts::get_chat(&mut pair[0], chat).await?.last_seq);
        }
        Ok(heads)
    }

    async fn talk_until_killed(
        &self,
        server: &mut Server,
        connections: &mut [Connection],
        round: u32,
        delay: Duration,
    ) -> Result<Vec<Sent>> {
        let sent: Vec<RefCell<Sent>> = connections.iter().map(|_| RefCell::default()).collect();
        let never = CancellationToken::new();
        let mut tongues = self.tongues();
        let talks = connections.iter_mut().zip(&mut tongues).enumerate().map(|(person, (connection, tongue))| {
            let sent = &sent[person];
            let talker = Talker { connection, tongue, tag: tag(round, person), body: self.body, window: WINDOW };
            let next = move || u32::try_from(sent.borrow().len()).ok();
            let on = move |event: Event<'_>| match event {
                Event::Sent => sent.borrow_mut().push(None),
                Event::Acked { index, frame, .. } => {
                    if let Some(place) = sent.borrow_mut().get_mut(index as usize) {
                        *place = acked_seq(frame);
                    }
                }
                Event::Message(_) | Event::Finished => {}
            };
            talker.talk(&never, next, on)
        });
        let killing = async {
            // The stretch of load before the crash, not a wait for anything.
            tokio::time::sleep(delay).await;
            server.kill().await
        };
        let (killed, ends) = within("waiting for connections to a killed server to end", async {
            tokio::join!(killing, join_all(talks))
        })
        .await?;
        killed?;
        for end in ends {
            match end {
                // The crash that was wanted, noticed by reading or by writing.
                Err(Error::Closed { .. } | Error::Io { .. }) | Ok(()) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(sent.into_iter().map(RefCell::into_inner).collect())
    }

    /// What each person finds in their chat after its start of the round.
    async fn read(&self, connections: &mut [Connection], starts: &[i64]) -> Result<Vec<Places>> {
        let mut all = Vec::with_capacity(connections.len());
        for (person, connection) in connections.iter_mut().enumerate() {
            let mut places = Places::new();
            for message in accounts::messages_after(connection, &self.chats[person / 2], starts[person / 2]).await? {
                if let Some(mark) = Mark::of_content(&message.content) {
                    places.entry(mark).or_default().push(message.seq);
                }
            }
            all.push(places);
        }
        Ok(all)
    }

    /// Sends again what has no ack, and some of what has one. How many acks came back different.
    async fn retry(&self, connections: &mut [Connection], round: u32, sent: &mut [Sent]) -> Result<u32> {
        let done = CancellationToken::new();
        let talking = Cell::new(connections.len());
        let moved = Cell::new(0u32);
        let mut tongues = self.tongues();
        let all = connections.iter_mut().zip(&mut tongues).zip(sent);
        let talks = all.enumerate().map(|(person, ((connection, tongue), sent))| {
            let (done, talking, moved) = (&done, &talking, &moved);
            let repeated = sent.iter().enumerate().rev().filter(|(_, seq)| seq.is_some()).take(REPEATED);
            let unacked = sent.iter().enumerate().filter(|(_, seq)| seq.is_none());
            let again: Vec<u32> = repeated.chain(unacked).filter_map(|(index, _)| u32::try_from(index).ok()).collect();
            let mut again = again.into_iter();
            let talker = Talker { connection, tongue, tag: tag(round, person), body: self.body, window: WINDOW };
            let on = move |event: Event<'_>| match event {
                Event::Acked { index, frame, .. } => {
                    let (place, seq) = (&mut sent[index as usize], acked_seq(frame));
                    if place.is_some() && *place != seq {
                        moved.set(moved.get() + 1);
                    }
                    *place = seq;
                }
                Event::Finished => {
                    talking.set(talking.get() - 1);
                    if talking.get() == 0 {
                        done.cancel();
                    }
                }
                Event::Sent | Event::Message(_) => {}
            };
            talker.talk(done, move || again.next(), on)
        });
        within("sending again after the crash", try_join_all(talks)).await??;
        Ok(moved.get())
    }
}

/// What a crash has cost.
#[derive(Debug, Default, PartialEq, Eq)]
struct Verdict {
    /// Acknowledged, and not in the history its sender reads.
    missing_sender: u32,
    /// Acknowledged, and not in the history its recipient reads.
    missing_recipient: u32,
    /// Acknowledged under another number than it has.
    acked_moved: u32,
    /// More than once in somebody's history.
    doubled: u32,
    /// Not in somebody's history though it was sent again and acknowledged.
    missing_after_retry: u32,
}

impl Verdict {
    /// Judges what each person finds right after the restart.
    fn after_crash(&mut self, round: u32, sent: &[Sent], places: &[Places]) {
        for (person, mine) in sent.iter().enumerate() {
            for (mark, seq) in marks(round, person, mine) {
                let found = |who: usize| places[who].get(&mark).map_or(&[][..], Vec::as_slice);
                let (sender, recipient) = (found(person), found(person ^ 1));
                self.doubled += u32::from(sender.len() > 1) + u32::from(recipient.len() > 1);
                if let Some(seq) = seq {
                    self.missing_sender += u32::from(sender.is_empty());
                    self.missing_recipient += u32::from(recipient.is_empty());
                    self.acked_moved += u32::from(sender.first().is_some_and(|&there| there != seq));
                }
            }
        }
    }

    /// Judges what each person finds when everything was sent again: all of it, once.
    fn after_retry(&mut self, round: u32, sent: &[Sent], places: &[Places]) {
        for (person, mine) in sent.iter().enumerate() {
            for (mark, _) in marks(round, person, mine) {
                for who in [person, person ^ 1] {
                    let copies = places[who].get(&mark).map_or(0, Vec::len);
                    self.missing_after_retry += u32::from(copies == 0);
                    self.doubled += u32::from(copies > 1);
                }
            }
        }
    }
}

fn tag(round: u32, person: usize) -> u32 {
    round << TAG_BITS | u32::try_from(person).unwrap_or(u32::MAX)
}

fn marks(round: u32, person: usize, sent: &Sent) -> impl Iterator<Item = (Mark, Option<i64>)> {
    let tag = tag(round, person);
    (0..).zip(sent).map(move |(index, seq)| (Mark { tag, index }, *seq))
}

/// The `seq` of an ack.
fn acked_seq(frame: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(frame).ok()?;
    match vestnik_proto::frame::ReceivedFrame::decode(text).ok()??.frame {
        vestnik_proto::ServerFrame::Answer(vestnik_proto::Answer::Ack(ack)) => ack.seq,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_crash_is_counted() {
        let mark = |person, index| Mark { tag: tag(1, person), index };
        // One pair: the first person sent three messages, two of them acknowledged.
        let sent = vec![vec![Some(1), Some(2), None], Vec::new()];
        let judge = |sender: &[(u32, &[i64])], recipient: &[(u32, &[i64])]| {
            let places = [sender, recipient]
                .map(|found| found.iter().map(|&(index, seqs)| (mark(0, index), seqs.to_vec())).collect::<Places>());
            let mut verdict = Verdict::default();
            verdict.after_crash(1, &sent, &places);
            verdict
        };
        let all: &[(u32, &[i64])] = &[(0, &[1]), (1, &[2])];
        assert_eq!(judge(all, all), Verdict::default());
        let unacked_too: &[(u32, &[i64])] = &[(0, &[1]), (1, &[2]), (2, &[3])];
        assert_eq!(judge(unacked_too, unacked_too), Verdict::default());
        assert_eq!(judge(all, &all[..1]), Verdict { missing_recipient: 1, ..Verdict::default() });
        assert_eq!(judge(&all[1..], all), Verdict { missing_sender: 1, ..Verdict::default() });
        let twice: &[(u32, &[i64])] = &[(0, &[1]), (1, &[2, 4])];
        assert_eq!(judge(twice, all), Verdict { doubled: 1, ..Verdict::default() });
        let moved: &[(u32, &[i64])] = &[(0, &[1]), (1, &[9])];
        assert_eq!(judge(moved, moved), Verdict { acked_moved: 1, ..Verdict::default() });

        let mut verdict = Verdict::default();
        let places = [all, unacked_too]
            .map(|found| found.iter().map(|&(index, seqs)| (mark(0, index), seqs.to_vec())).collect::<Places>());
        verdict.after_retry(1, &sent, &places);
        assert_eq!(verdict, Verdict { missing_after_retry: 1, ..Verdict::default() });
    }

    #[test]
    fn an_ack_tells_its_number() {
        let ack = br#"{"type":"ack","chat_id":"a","rev":3,"message_id":"4-3","seq":2,"timestamp":"2026-01-01T00:00:00.000Z","id":"12"}"#;
        assert_eq!(acked_seq(ack), Some(2));
        assert_eq!(acked_seq(b"{}"), None);
    }
}
