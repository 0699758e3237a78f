//! Pairs of people in direct chats, each with a fixed number of unacknowledged messages: what
//! group commit is worth. Every message is counted where it arrives, at both of the pair.

use std::{
    cell::{Cell, RefCell},
    path::Path,
    time::Duration,
};

use futures_util::future::try_join_all;
use tokio::{
    task::unconstrained,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    accounts,
    conn::{Connection, Flow},
    error::{Error, Result},
    peers::{Peer, Running},
    process::Meter,
    report::{Goal, Point, Round},
    scenario::{Host, Lab, Scenario},
    stats::{Latencies, Receipts},
    talk::{Event, Talker, Tongue},
    wire::{Mark, Scanner, Seen},
};

/// Peers that have acknowledged messages of two.
const PAIR_PEERS: [Peer; 5] =
    [Peer::RawFull, Peer::Ejabberd, Peer::Prosody, Peer::EjabberdArchive, Peer::ProsodyArchive];
/// Load before the first measured round.
const WARM_UP: Duration = Duration::from_millis(300);
/// Bits of a tag that name the person; the others name the round.
const TAG_BITS: u32 = 16;

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let host = lab.host().await?;
    match measure(lab, &host).await {
        Ok(points) => host.finish().await.map(|()| points),
        Err(error) => Err(host.explain(error)),
    }
}

/// Who takes part: Vestnik first, then its peers.
struct Side {
    name: &'static str,
    connections: Vec<Connection>,
    tongues: Vec<Tongue>,
    /// Whether what somebody says comes back to them.
    echo: bool,
    peer: Option<Running>,
}

async fn measure(lab: &mut Lab, host: &Host) -> Result<Vec<Point>> {
    let people = lab.options.users & !1;
    let accounts = accounts::register(&host.target, host.run, 0, people).await?;
    let mut connections = accounts::connect(&host.target, &accounts).await?;
    let chats = try_join_all(connections.chunks_mut(2).zip(accounts.chunks(2)).map(|(pair, names)| {
        // Pairs are chunks of two of an even number.
        accounts::start_direct(&mut pair[0], &names[1].username)
    }))
    .await?;
    accounts::drain(&mut connections, |_| {}).await?;
    let tongues =
        (0..people).map(|person| Tongue::Commands { chat: chats[person / 2].clone(), run: host.run }).collect();
    let mut sides = vec![Side { name: "vestnik", connections, tongues, echo: true, peer: None }];
    for peer in lab.peers(&PAIR_PEERS) {
        match side(peer, lab.work_dir(), people).await {
            Ok(side) => sides.push(side),
            Err(error) => lab.give_up(Scenario::DirectSends, peer, &error),
        }
    }

    let mut points = Vec::new();
    let mut turn = 0;
    for outstanding in lab.options.outstanding.clone() {
        let mut of_window: Vec<Point> = sides.iter().map(|side| point(side.name, people, outstanding)).collect();
        for round in 0..=lab.options.rounds {
            turn += 1;
            let mut lost = None;
            let time = if round == 0 { WARM_UP } else { lab.options.time() };
            // In turn, so that what else the machine does falls on all alike.
            for (side, point) in sides.iter_mut().zip(&mut of_window) {
                let ran = one_round(lab, host, side, outstanding, time, turn).await;
                let metrics = match (ran, &side.peer) {
                    (Ok(metrics), _) => metrics,
                    (Err(error), None) => return Err(error),
                    (Err(error), Some(running)) => {
                        lost = Some((running.peer, running.explain(error)));
                        continue;
                    }
                };
                if round == 0 {
                    continue;
                }
                point.rounds.push(metrics);
            }
            if let Some((peer, error)) = lost {
                lab.give_up(Scenario::DirectSends, peer, &error);
                sides.retain(|side| side.name != peer.name());
                points
                    .extend(of_window.extract_if(.., |point| point.subject == peer.name() && !point.rounds.is_empty()));
                of_window.retain(|point| point.subject != peer.name());
            }
        }
        points.append(&mut of_window);
    }
    for side in sides {
        if let Some(peer) = side.peer {
            drop(side.connections);
            peer.stop().await?;
        }
    }
    Ok(points)
}

/// A peer with its pairs.
async fn side(peer: Peer, work_dir: &Path, people: usize) -> Result<Side> {
    let running = Running::start(peer, work_dir).await?;
    let (connections, tongues, echo) = running.pairs(people).await.map_err(|error| running.explain(error))?;
    Ok(Side { name: peer.name(), connections, tongues, echo, peer: Some(running) })
}

fn point(subject: &'static str, people: usize, outstanding: usize) -> Point {
    let label = format!("{people} users, {} chats, {outstanding} outstanding each", people / 2);
    let point = Point { subject, ..Point::new(Scenario::DirectSends.name(), label) };
    if subject != "vestnik" {
        return point;
    }
    let point = point.none_of(&["lost", "doubled", "disordered", "unacked"]);
    if people == 200 && outstanding == 16 {
        point.goal(Goal::at_least("sends_per_s", 15_000.0)).goal(Goal::at_most("cpu_s_per_1m", 60.0))
    } else {
        point
    }
}

/// What all people of a round share.
#[derive(Default)]
struct Sums {
    sent: Cell<u64>,
    acked: Cell<u64>,
    delivered: Cell<u64>,
    talking: Cell<usize>,
    last_ack: Cell<Option<Instant>>,
    latencies: RefCell<Latencies>,
}

/// What came to one person: from themselves and from their peer.
#[derive(Default)]
struct Inbox {
    tags: [u32; 2],
    receipts: [Receipts; 2],
}

impl Inbox {
    fn note(&mut self, tag: u32, index: u32) -> bool {
        self.tags.iter().position(|&known| known == tag).is_some_and(|at| self.receipts[at].note(index))
    }
}

/// The tag of somebody's messages in a turn.
fn tag(turn: u32, person: usize) -> u32 {
    turn << TAG_BITS | u32::try_from(person).unwrap_or(u32::MAX)
}

async fn one_round(
    lab: &Lab,
    host: &Host,
    side: &mut Side,
    outstanding: usize,
    time: Duration,
    turn: u32,
) -> Result<Round> {
    let people = side.connections.len();
    // How many of the two get each message.
    let copies = 1 + u64::from(side.echo);
    let tag = |person| tag(turn, person);
    let sums = Sums { talking: Cell::new(people), ..Sums::default() };
    let done = CancellationToken::new();
    let sent: Vec<Cell<u32>> = (0..people).map(|_| Cell::new(0)).collect();
    let inboxes: Vec<RefCell<Inbox>> = (0..people)
        .map(|person| RefCell::new(Inbox { tags: [tag(person), tag(person ^ 1)], ..Inbox::default() }))
        .collect();
    let check_done = || {
        if sums.talking.get() == 0 && sums.delivered.get() == copies * sums.sent.get() {
            done.cancel();
        }
    };

    let meter = Meter::start(side.peer.as_ref().map_or(host.target.pid, Running::pid));
    let start = Instant::now();
    let deadline = start + time;
    let speaking = side.connections.iter_mut().zip(&mut side.tongues);
    let talks = speaking.enumerate().map(|(person, (connection, tongue))| {
        let (sums, sent, inbox, done, check_done) = (&sums, &sent[person], &inboxes[person], &done, &check_done);
        let talker = Talker { connection, tongue, tag: tag(person), body: lab.body(), window: outstanding };
        let next = move || {
            (Instant::now() < deadline).then(|| {
                let index = sent.get();
                sent.set(index + 1);
                index
            })
        };
        let on = move |event: Event<'_>| match event {
            Event::Sent => sums.sent.set(sums.sent.get() + 1),
            Event::Acked { micros, .. } => {
                sums.acked.set(sums.acked.get() + 1);
                sums.latencies.borrow_mut().push(micros);
                sums.last_ack.set(Some(Instant::now()));
            }
            Event::Message(mark) => {
                if inbox.borrow_mut().note(mark.tag, mark.index) {
                    sums.delivered.set(sums.delivered.get() + 1);
                    check_done();
                }
            }
            Event::Finished => {
                sums.talking.set(sums.talking.get() - 1);
                check_done();
            }
        };
        talker.talk(done, next, on)
    });
    // What has not come when the time is over is lost, and counted as such.
    if let Ok(ended) = timeout(time + lab.options.drain(), unconstrained(try_join_all(talks))).await {
        ended?;
    }
    let used = meter.stop();

    let unended = settle(lab, side, &inboxes, turn).await?;

    let (mut lost, mut doubled, mut disordered) = (unended, 0u64, 0u64);
    for (person, inbox) in inboxes.iter().enumerate() {
        for (receipts, of) in inbox.borrow().receipts.iter().zip([person, person ^ 1]) {
            if of != person || side.echo {
                lost += u64::from(receipts.lost(sent[of].get()));
            }
            doubled += u64::from(receipts.doubled);
            disordered += u64::from(receipts.disordered);
        }
    }
    let acked = sums.acked.get() as f64;
    let sending = sums.last_ack.get().map_or(f64::NAN, |last| (last - start).as_secs_f64());
    let mut latencies = sums.latencies.into_inner();
    let mut round = Round::default();
    round
        .put("sends_per_s", acked / sending)
        .put("cpu_s_per_1m", used.cpu / acked * 1e6)
        .put("ack_p50_ms", latencies.percentile(0.5))
        .put("ack_p99_ms", latencies.percentile(0.99))
        .put("sent", sums.sent.get() as f64)
        .put("unacked", sums.sent.get() as f64 - acked)
        .put("lost", lost as f64)
        .put("doubled", doubled as f64)
        .put("disordered", disordered as f64)
        .put("rss_mib", side.peer.as_ref().map_or_else(|| host.rss_mib(), Running::rss_mib))
        .put("others_cores", used.others);
    Ok(round)
}

/// One last message of everybody, read up to by both of each pair: what the server had queued
/// before it, such as a delivery that comes twice, has come then. How many never got one.
async fn settle(lab: &Lab, side: &mut Side, inboxes: &[RefCell<Inbox>], turn: u32) -> Result<u64> {
    for (person, (connection, tongue)) in side.connections.iter_mut().zip(&mut side.tongues).enumerate() {
        let mut frame = Vec::new();
        tongue.push(&mut frame, lab.body(), Mark::last_of(tag(turn, person)));
        connection.writer.push(&frame);
        connection.writer.flush().await?;
    }
    let (drain, echo) = (lab.options.drain(), side.echo);
    let reading = side.connections.iter_mut().zip(&mut side.tongues).zip(inboxes).enumerate();
    let endings = reading.map(|(person, ((connection, tongue), inbox))| async move {
        let scanner = Scanner::default();
        let lasts = [person ^ 1, person].map(|of| Mark::last_of(tag(turn, of)));
        let mut waited = [true, echo];
        let reading = async {
            while waited != [false, false] {
                let take = |frame: &[u8]| {
                    tongue.note(frame);
                    if let Seen::Message(mark) = scanner.see(frame) {
                        for (last, waited) in lasts.iter().zip(&mut waited) {
                            *waited &= mark != *last;
                        }
                        inbox.borrow_mut().note(mark.tag, mark.index);
                    }
                };
                if let Flow::Closed(code) = connection.reader.batch(take).await? {
                    return Err(Error::Closed { code });
                }
            }
            Ok(())
        };
        let unended = match timeout(drain, reading).await {
            Ok(end) => end.map(|()| 0)?,
            Err(_) => 1,
        };
        tongue.push_count(&mut connection.writer);
        connection.writer.flush().await?;
        Ok::<u64, Error>(unended)
    });
    Ok(try_join_all(endings).await?.into_iter().sum())
}
