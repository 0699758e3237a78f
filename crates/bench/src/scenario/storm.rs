//! Everybody is cut and comes back at once, by token and with a `sync` of what was missed: first
//! because all connections break, then because the server is killed and started again.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use tokio::{
    task::unconstrained,
    time::{Instant, sleep},
};

use crate::{
    accounts::{self, Account},
    conn::Connection,
    error::{Error, Result},
    process::{self, Meter},
    report::{Point, Round, figure},
    scenario::{Host, Lab, Scenario},
    server::Target,
    stats::Latencies,
    wire::{Body, Mark, Scanner, Seen},
};

/// People of one room.
const PER_ROOM: usize = 100;
/// Messages each room has that its people have missed.
const MISSED: i64 = 5;
/// Longest it may take until all are back.
const LIMIT: Duration = Duration::from_secs(60);
/// How long somebody whose attempt failed waits until the next.
const AGAIN: Duration = Duration::from_millis(50);

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    process::raise_file_limit(lab.options.stormers as u64)?;
    let mut host = lab.host().await?;
    match measure(lab, &mut host).await {
        Ok(points) => host.finish().await.map(|()| points),
        Err(error) => Err(host.explain(error)),
    }
}

async fn measure(lab: &Lab, host: &mut Host) -> Result<Vec<Point>> {
    let people = accounts::register(&host.target, host.run, 0, lab.options.stormers).await?;
    let mut connections = accounts::connect(&host.target, &people).await?;
    let mut rooms = Vec::new();
    for (number, members) in connections.chunks_mut(PER_ROOM).enumerate() {
        rooms.push(accounts::room_of(members, &host.slug(&format!("storm-{number}"))).await?);
    }
    // Whoever runs a server of their own would not like it to be killed.
    let ways: &[bool] = if host.server.is_some() { &[false, true] } else { &[false] };
    let mut points = Vec::new();
    let mut turn = 0;
    for &kill in ways {
        let how = if kill { "server killed and started again" } else { "all connections cut" };
        let count = figure(people.len() as f64);
        let label = format!("{count} people in {} rooms, {MISSED} messages missed, {how}", rooms.len());
        let mut point = Point::new(Scenario::Storm.name(), label).none_of(&["lost", "doubled", "unreached"]);
        for _ in 0..lab.options.rounds {
            turn += 1;
            let storm = Storm { people: &people, rooms: &rooms, body: lab.body(), turn };
            let (round, back) = storm.round(host, connections, kill).await?;
            point.rounds.push(round);
            connections = back;
        }
        points.push(point);
    }
    Ok(points)
}

/// One storm.
struct Storm<'a> {
    people: &'a [Account],
    rooms: &'a [String],
    body: Body,
    turn: u32,
}

/// What all who come back share.
#[derive(Default)]
struct Sums {
    latencies: RefCell<Latencies>,
    errors: Cell<u64>,
    lost: Cell<u64>,
    doubled: Cell<u64>,
}

impl Storm<'_> {
    async fn round(
        &self,
        host: &mut Host,
        mut connections: Vec<Connection>,
        kill: bool,
    ) -> Result<(Round, Vec<Connection>)> {
        let mut heads = Vec::with_capacity(self.rooms.len());
        for (members, room) in connections.chunks_mut(PER_ROOM).zip(self.rooms) {
            heads.push(accounts::get_chat(&mut members[0], room).await?.rev);
        }
        for index in 0..MISSED {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            self.say(host.run, &mut connections, Mark { tag: self.turn, index }).await?;
        }

        let mut round = Round::default();
        if kill && let Some(server) = &mut host.server {
            server.kill().await?;
            drop(connections);
            server.restart().await?;
            host.target = server.target().clone();
            round.put("ready_s", server.ready_after);
        } else {
            drop(connections);
        }
        let sums = Sums::default();
        let start = Instant::now();
        let meter = Meter::start(host.target.pid);
        let returns = self.people.iter().enumerate().map(|(person, account)| {
            let (room, head) = (&self.rooms[person / PER_ROOM], heads[person / PER_ROOM]);
            come_back(&host.target, &account.token, room, head, start, &sums)
        });
        let mut connections = unconstrained(join_all(returns)).await.into_iter().collect::<Result<Vec<_>>>()?;
        let used = meter.stop();
        let unreached = self.reach(host.run, &mut connections).await?;

        let count = self.people.len() as f64;
        let mut latencies = sums.latencies.into_inner();
        round
            .put("seconds", used.wall)
            .put("cpu_ms_each", used.cpu / count * 1e3)
            .put("p50_ms", latencies.percentile(0.5))
            .put("p99_ms", latencies.percentile(0.99))
            .put("back_per_s", count / used.wall)
            .put("errors", sums.errors.get() as f64)
            .put("lost", sums.lost.get() as f64)
            .put("doubled", sums.doubled.get() as f64)
            .put("unreached", unreached as f64)
            .put("rss_mib", host.rss_mib())
            .put("others_cores", used.others);
        Ok((round, connections))
    }

    /// The first of each room says something, and has its ack.
    async fn say(&self, run: u64, connections: &mut [Connection], mark: Mark) -> Result<()> {
        let scanner = Scanner::default();
        for (members, room) in connections.chunks_mut(PER_ROOM).zip(self.rooms) {
            let mut frame = Vec::new();
            self.body.push_command(&mut frame, room, mark, run);
            members[0].writer.push(&frame);
            members[0].writer.flush().await?;
            loop {
                let frame = members[0].reader.frame().await?;
                match scanner.see(&frame) {
                    Seen::Ack if scanner.answered(&frame) == Some(u64::from(mark.index)) => break,
                    Seen::Error => {
                        let said = String::from_utf8_lossy(&frame).into_owned();
                        return Err(Error::Setup(format!("the server refused a message: {said}")));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// How many of those who are back do not get what is said now.
    async fn reach(&self, run: u64, connections: &mut [Connection]) -> Result<usize> {
        let last = Mark::last_of(self.turn);
        for (members, room) in connections.chunks_mut(PER_ROOM).zip(self.rooms) {
            let mut frame = Vec::new();
            self.body.push_command(&mut frame, room, last, run);
            members[0].writer.push(&frame);
            members[0].writer.flush().await?;
        }
        let scanner = Scanner::default();
        let reading = connections.iter_mut().map(|connection| {
            let scanner = &scanner;
            async move {
                loop {
                    match connection.reader.frame().await {
                        Ok(frame) if scanner.see(&frame) == Seen::Message(last) => return Ok(0),
                        Ok(_) => {}
                        Err(Error::Timeout { .. } | Error::Closed { .. }) => return Ok(1),
                        Err(error) => return Err(error),
                    }
                }
            }
        });
        Ok(unconstrained(try_join_all(reading)).await?.into_iter().sum())
    }
}

/// Somebody comes back, however often it takes, and checks what they are told.
async fn come_back(
    target: &Target,
    token: &str,
    room: &str,
    head: i64,
    start: Instant,
    sums: &Sums,
) -> Result<Connection> {
    let scanner = Scanner::default();
    loop {
        let mut revs = Vec::new();
        let attempt = async {
            let mut connection = target.connect().await?;
            connection.auth(token).await?;
            accounts::sync(&mut connection, room, head, |frame| {
                if matches!(scanner.see(frame), Seen::Message(_)) {
                    revs.extend(scanner.rev(frame));
                }
            })
            .await?;
            Ok::<_, Error>(connection)
        };
        match attempt.await {
            Ok(connection) => {
                sums.latencies.borrow_mut().push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
                let (lost, doubled) = compare(&revs, head);
                sums.lost.set(sums.lost.get() + lost);
                sums.doubled.set(sums.doubled.get() + doubled);
                return Ok(connection);
            }
            Err(error) if start.elapsed() > LIMIT => return Err(error),
            Err(_) => sums.errors.set(sums.errors.get() + 1),
        }
        sleep(AGAIN).await;
    }
}

/// How many of the missed messages did not come, and how many came again or were not asked for.
fn compare(revs: &[i64], head: i64) -> (u64, u64) {
    let missing = (head + 1..=head + MISSED).filter(|rev| !revs.contains(rev)).count() as u64;
    (missing, revs.len() as u64 + missing - MISSED.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_comes_twice_is_counted() {
        assert_eq!(compare(&[8, 9, 10, 11, 12], 7), (0, 0));
        assert_eq!(compare(&[8, 9, 9, 11, 12], 7), (1, 1));
        assert_eq!(compare(&[], 7), (5, 0));
        assert_eq!(compare(&[7, 8, 9, 10, 11, 12], 7), (0, 1));
    }
}
