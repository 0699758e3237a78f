//! Coming back by token, as after a lost connection: connect, `auth`, `sync` from a position a
//! few events behind.

use std::cell::RefCell;

use futures_util::{TryStreamExt, stream};
use tokio::time::Instant;

use crate::{
    accounts,
    error::Result,
    process::Meter,
    report::{Goal, Point, Round},
    scenario::{Host, Lab, Scenario},
    stats::Latencies,
    talk,
    wire::{Scanner, Seen},
};

/// Events the client is behind.
const BEHIND: i64 = 10;
/// Messages in the room.
const MESSAGES: u32 = 500;
/// People who come back, again and again.
const PEOPLE: usize = 32;

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let host = lab.host().await?;
    match measure(lab, &host).await {
        Ok(points) => host.finish().await.map(|()| points),
        Err(error) => Err(host.explain(error)),
    }
}

async fn measure(lab: &Lab, host: &Host) -> Result<Vec<Point>> {
    let accounts = accounts::register(&host.target, host.run, 0, PEOPLE).await?;
    let mut connections = accounts::connect(&host.target, &accounts).await?;
    let room = accounts::room_of(&mut connections, &host.slug("resume")).await?;
    connections.truncate(8);
    talk::fill(&mut connections, &room, host.run, MESSAGES, lab.body()).await?;
    let head = accounts::get_chat(&mut connections[0], &room).await?.rev;
    drop(connections);

    let mut points = Vec::new();
    for (label, at_once, sync) in [
        ("auth alone, 1 at once", 1, false),
        ("auth alone, 32 at once", 32, false),
        ("auth + sync of 10, 1 at once", 1, true),
        ("auth + sync of 10, 32 at once", 32, true),
    ] {
        let mut point = Point::new(Scenario::Resume.name(), label.to_owned());
        if sync {
            point = point.none_of(&["wrong"]);
        } else {
            point = point.goal(Goal::at_most("cpu_ms_each", 0.5));
        }
        for _ in 0..lab.options.rounds {
            let tokens: Vec<&str> =
                accounts.iter().map(|account| account.token.as_str()).cycle().take(lab.options.resumes).collect();
            let from = sync.then_some(head - BEHIND);
            point.rounds.push(storm(host, &room, &tokens, at_once, from).await?);
        }
        points.push(point);
    }
    Ok(points)
}

/// Everybody comes back, `at_once` at a time; with `from` they sync from there.
async fn storm(host: &Host, room: &str, tokens: &[&str], at_once: usize, from: Option<i64>) -> Result<Round> {
    let latencies = RefCell::new(Latencies::default());
    let wrong = RefCell::new(0u32);
    let scanner = Scanner::default();
    let meter = Meter::start(host.target.pid);
    stream::iter(tokens.iter().map(Ok))
        .try_for_each_concurrent(at_once, |token| {
            let (latencies, wrong, scanner) = (&latencies, &wrong, &scanner);
            async move {
                let at = Instant::now();
                let mut connection = host.target.connect().await?;
                connection.auth(token).await?;
                if let Some(from) = from {
                    let mut seen = Vec::new();
                    accounts::sync(&mut connection, room, from, |frame| {
                        if matches!(scanner.see(frame), Seen::Message(_)) {
                            seen.push(scanner.rev(frame));
                        }
                    })
                    .await?;
                    if !seen.into_iter().eq((from + 1..=from + BEHIND).map(Some)) {
                        *wrong.borrow_mut() += 1;
                    }
                }
                latencies.borrow_mut().push(u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX));
                Ok::<_, crate::error::Error>(())
            }
        })
        .await?;
    let used = meter.stop();
    let count = tokens.len() as f64;
    let mut latencies = latencies.into_inner();
    let mut round = Round::default();
    round
        .put("cpu_ms_each", used.cpu / count * 1e3)
        .put("p50_ms", latencies.percentile(0.5))
        .put("p99_ms", latencies.percentile(0.99))
        .put("resumes_per_s", count / used.wall)
        .put("others_cores", used.others);
    if from.is_some() {
        round.put("wrong", f64::from(wrong.into_inner()));
    }
    Ok(round)
}
