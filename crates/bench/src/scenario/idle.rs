//! Connections that are signed in and do nothing: what each costs to make and to keep.

use std::{path::Path, time::Duration};

use crate::{
    accounts,
    conn::Door,
    error::Result,
    peers::{Peer, Running},
    process::{self, Meter, Used},
    report::{Goal, Point, Round, figure},
    scenario::{Host, Lab, Scenario},
};

/// People whose sessions share all the connections.
const ACCOUNTS: usize = 100;
/// Connections when no number is asked for.
const USUAL: usize = 10_000;
/// Connections of peers, whose accounts take a while to make.
const OF_PEERS: usize = 200;
/// For how long the CPU use of doing nothing is looked at.
const IDLE: Duration = Duration::from_secs(2);

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let (wanted, doors) = match (lab.options.connections, &lab.existing) {
        (Some(count), _) => (count, vec![lab.options.door]),
        // The doors of a server that runs already are as it was told.
        (None, Some(_)) => (USUAL, vec![lab.options.door]),
        (None, None) => (USUAL, vec![Door::Tcp, Door::Ws]),
    };
    if lab.options.connections.is_some() {
        process::raise_file_limit(wanted as u64)?;
    }
    let count = usize::try_from(process::connections_allowed(wanted as u64)?).unwrap_or(wanted);
    if count < wanted {
        lab.note(format!(
            "idle: {count} connections instead of {wanted}, because the hard limit of open files allows no more. \
             Raise it (`ulimit -Hn`) to at least {}.",
            wanted as u64 + process::SPARE_FILES
        ));
    }
    let mut points = Vec::new();
    for door in doors {
        let words = match door {
            Door::Tcp => "TCP",
            Door::Ws => "WebSocket",
        };
        let mut point = Point::new(Scenario::Idle.name(), format!("{} connections, {words}", figure(count as f64)))
            .goal(Goal::at_most("kib_each", 20.0));
        for _ in 0..lab.options.rounds {
            // A new server each time: memory that was used once is not given back.
            let mut host = lab.host().await?;
            host.target.door = door;
            match one_round(count, &host).await {
                Ok(round) => point.rounds.push(round),
                Err(error) => return Err(host.explain(error)),
            }
            host.finish().await?;
        }
        points.push(point);
    }
    for peer in lab.peers(&[Peer::Ejabberd, Peer::Prosody]) {
        let count = count.min(OF_PEERS);
        let label = format!("{count} connections, signed in by password");
        let mut point = Point { subject: peer.name(), ..Point::new(Scenario::Idle.name(), label) };
        for _ in 0..lab.options.rounds {
            match of_peer(peer, lab.work_dir(), count).await {
                Ok(round) => point.rounds.push(round),
                Err(error) => lab.give_up(Scenario::Idle, peer, &error),
            }
        }
        points.push(point);
    }
    Ok(points)
}

async fn of_peer(peer: Peer, work_dir: &Path, count: usize) -> Result<Round> {
    let running = Running::start(peer, work_dir).await?;
    let round = signed_in(&running, count).await.map_err(|error| running.explain(error))?;
    running.stop().await?;
    Ok(round)
}

async fn signed_in(running: &Running, count: usize) -> Result<Round> {
    let people = running.register(count).await?;
    let before = running.settled_kib().await;
    let meter = Meter::start(running.pid());
    let connections = running.sign_in(&people).await?;
    let used = meter.stop();
    let after = running.settled_kib().await;
    drop(connections);
    Ok(figures(count, before, after, used))
}

fn figures(count: usize, before: f64, after: f64, used: Used) -> Round {
    let mut round = Round::default();
    round
        .put("kib_each", (after - before) / count as f64)
        .put("rss_before_mib", before / 1024.0)
        .put("rss_after_mib", after / 1024.0)
        .put("sign_ins_per_s", count as f64 / used.wall)
        .put("cpu_ms_per_sign_in", used.cpu / count as f64 * 1e3)
        .put("others_cores", used.others);
    round
}

async fn one_round(count: usize, host: &Host) -> Result<Round> {
    let accounts = accounts::register(&host.target, host.run, 0, ACCOUNTS.min(count)).await?;
    let before = host.settled_kib().await;
    let tokens = accounts.iter().map(|account| account.token.as_str()).cycle().take(count);
    let meter = Meter::start(host.target.pid);
    let connections = accounts::connect_tokens(&host.target, tokens, accounts::AT_ONCE).await?;
    let used = meter.stop();
    let after = host.settled_kib().await;
    let meter = Meter::start(host.target.pid);
    // The stretch that is measured, not a wait.
    tokio::time::sleep(IDLE).await;
    let idle = meter.stop();
    drop(connections);
    let mut round = figures(count, before, after, used);
    round.put("idle_cpu_percent", idle.cpu / idle.wall * 100.0);
    Ok(round)
}
