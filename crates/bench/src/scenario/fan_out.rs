//! One sender, many members of one room, a fixed number of messages in flight; the raw server and
//! the peers are measured in turn with it, so that a ratio holds whatever else the machine does.

use std::{path::Path, time::Duration};

use crate::{
    accounts,
    conn::Connection,
    error::Result,
    fanout::{self, Outcome, Plan, Speech},
    peers::{Peer, Running, XMPP_MEMBERS_MAX},
    process,
    report::{Goal, Point, Round, figure},
    scenario::{Host, Lab, Scenario},
};

/// Peers that have rooms.
const ROOM_PEERS: [Peer; 6] =
    [Peer::Raw, Peer::Nats, Peer::Ejabberd, Peer::Prosody, Peer::EjabberdArchive, Peer::ProsodyArchive];
/// Load before the first measured round, so that caches and buffers have their size.
const WARM_UP: Duration = Duration::from_millis(300);

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let mut points = Vec::new();
    for (members, windows) in lab.options.rooms() {
        process::raise_file_limit(members as u64)?;
        let host = lab.host().await?;
        match measure(lab, &host, members, &windows).await {
            Ok(measured) => {
                points.extend(measured);
                host.finish().await?;
            }
            Err(error) => return Err(host.explain(error)),
        }
    }
    Ok(points)
}

/// Who takes part: Vestnik first, then its peers.
struct Side {
    name: &'static str,
    members: Vec<Connection>,
    speech: Speech,
    peer: Option<Running>,
}

async fn measure(lab: &mut Lab, host: &Host, count: usize, windows: &[usize]) -> Result<Vec<Point>> {
    let accounts = accounts::register(&host.target, host.run, 0, count).await?;
    let mut members = accounts::connect(&host.target, &accounts).await?;
    let chat = accounts::room_of(&mut members, &host.slug("fan-out")).await?;
    let speech = Speech::Commands { chat, run: host.run };
    let mut sides = vec![Side { name: "vestnik", members, speech, peer: None }];
    for peer in lab.peers(&ROOM_PEERS) {
        if peer.is_xmpp() && count > XMPP_MEMBERS_MAX {
            lab.note(format!(
                "fan-out: XMPP servers were left out with {} members; joining would take longer than all else together.",
                figure(count as f64)
            ));
            continue;
        }
        match side(peer, lab.work_dir(), count).await {
            Ok(side) => sides.push(side),
            Err(error) => lab.give_up(Scenario::FanOut, peer, &error),
        }
    }

    let mut points = Vec::new();
    let mut tag = 0;
    for &window in windows {
        let mut of_window: Vec<Point> = sides.iter().map(|side| point(side.name, count, window)).collect();
        for round in 0..=lab.options.rounds {
            tag += 1;
            let mut lost = None;
            // In turn, so that what else the machine does falls on all alike.
            for (side, point) in sides.iter_mut().zip(&mut of_window) {
                let plan = Plan {
                    speech: side.speech.clone(),
                    body: lab.body(),
                    tag,
                    window,
                    time: if round == 0 { WARM_UP } else { lab.options.time() },
                    least: 0,
                    drain: lab.options.drain(),
                    pid: side.peer.as_ref().map_or(host.target.pid, Running::pid),
                };
                let ran = fanout::run(&mut side.members, &plan).await;
                let mut outcome = match (ran, &side.peer) {
                    (Ok(outcome), _) => outcome,
                    (Err(error), None) => return Err(error),
                    (Err(error), Some(running)) => {
                        lost = Some((running.peer, running.explain(error)));
                        continue;
                    }
                };
                if round == 0 {
                    continue;
                }
                let mut metrics = figures(&mut outcome);
                match &side.peer {
                    None => {
                        let unacked = f64::from(outcome.sent) - f64::from(outcome.acked);
                        metrics.put("unacked", unacked).put("rss_mib", host.rss_mib());
                    }
                    Some(peer) => {
                        metrics.put("rss_mib", peer.rss_mib());
                    }
                }
                point.rounds.push(metrics);
            }
            if let Some((peer, error)) = lost {
                lab.give_up(Scenario::FanOut, peer, &error);
                sides.retain(|side| side.name != peer.name());
                points
                    .extend(of_window.extract_if(.., |point| point.subject == peer.name() && !point.rounds.is_empty()));
                of_window.retain(|point| point.subject != peer.name());
            }
        }
        of_window = with_ratio(of_window);
        points.append(&mut of_window);
    }
    for side in sides {
        if let Some(peer) = side.peer {
            drop(side.members);
            peer.stop().await?;
        }
    }
    Ok(points)
}

/// A peer with its members.
async fn side(peer: Peer, work_dir: &Path, count: usize) -> Result<Side> {
    let running = Running::start(peer, work_dir).await?;
    let (members, speech) = running.room(count).await.map_err(|error| running.explain(error))?;
    Ok(Side { name: peer.name(), members, speech, peer: Some(running) })
}

/// The first point with its CPU as a multiple of the raw server's, round by round.
fn with_ratio(mut points: Vec<Point>) -> Vec<Point> {
    let cpu = |point: &Point| -> Vec<f64> {
        point.rounds.iter().map(|round| round.get("cpu_s_per_1m").unwrap_or(f64::NAN)).collect()
    };
    let raw = points.iter().find(|point| point.subject == Peer::Raw.name()).map(cpu).unwrap_or_default();
    if let Some(own) = points.first_mut() {
        let cpu = cpu(own);
        for ((round, cpu), raw) in own.rounds.iter_mut().zip(cpu).zip(raw) {
            round.put("cpu_times_raw", cpu / raw);
        }
    }
    points
}

fn point(subject: &'static str, members: usize, window: usize) -> Point {
    let point = Point {
        subject,
        ..Point::new(Scenario::FanOut.name(), format!("{} members, {window} in flight", figure(members as f64)))
    };
    if subject != "vestnik" {
        return point;
    }
    let point = point.none_of(&["lost", "doubled", "disordered", "unacked"]);
    if members == 100 && window == 16 { point.goal(Goal::at_most("cpu_s_per_1m", 5.0)) } else { point }
}

fn figures(outcome: &mut Outcome) -> Round {
    let mut round = Round::default();
    round
        .put("deliveries_per_s", outcome.rate())
        .put("cpu_s_per_1m", outcome.cpu_per_million())
        .put("p50_ms", outcome.latencies.percentile(0.5))
        .put("p99_ms", outcome.latencies.percentile(0.99))
        .put("p99.9_ms", outcome.latencies.percentile(0.999))
        .put("sent", f64::from(outcome.sent))
        .put("lost", outcome.lost as f64)
        .put("doubled", outcome.doubled as f64)
        .put("disordered", outcome.disordered as f64)
        .put("others_cores", outcome.used.others);
    round
}
