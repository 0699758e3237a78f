//! From starting the program to its being ready and to the first sign-in, on an empty data
//! directory and on one that was used; memory when nobody is there.

use std::path::Path;

use tokio::time::Instant;

use crate::{
    accounts,
    error::Result,
    peers::{Peer, Running},
    process,
    report::{Goal, Point, Round},
    scenario::{Lab, Scenario},
    server::Server,
};

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let mut point = Point::new(Scenario::Start.name(), "empty, then used data directory".to_owned())
        .goal(Goal::at_most("ready_s", 0.3))
        .goal(Goal::at_most("idle_rss_mib", 30.0));
    // A server that runs already is not started, and nobody beside it.
    let peers = if lab.launch.is_some() {
        lab.peers(&[Peer::Raw, Peer::RawFull, Peer::Nats, Peer::Ejabberd, Peer::Prosody])
    } else {
        Vec::new()
    };
    let mut theirs: Vec<Point> = peers
        .iter()
        .map(|peer| Point { subject: peer.name(), ..Point::new(Scenario::Start.name(), point.label.clone()) })
        .collect();
    for _ in 0..lab.options.rounds {
        let run = lab.number();
        let mut server = lab.server().await?;
        let first = server.ready_after;
        let mut round = Round::default();
        let (stop, login, rss) = one_round(&mut server, run).await?;
        round
            .put("first_ready_s", first)
            .put("ready_s", server.ready_after)
            .put("ready_and_login_s", server.ready_after + login)
            .put("idle_rss_mib", rss)
            .put("stop_s", stop);
        point.rounds.push(round);
        server.stop().await?;
        for (peer, point) in peers.iter().zip(&mut theirs) {
            match of_peer(*peer, lab.work_dir()).await {
                Ok(round) => point.rounds.push(round),
                Err(error) => lab.give_up(Scenario::Start, *peer, &error),
            }
        }
    }
    Ok(std::iter::once(point).chain(theirs).collect())
}

async fn of_peer(peer: Peer, work_dir: &Path) -> Result<Round> {
    let running = Running::start(peer, work_dir).await?;
    let mut round = Round::default();
    round.put("first_ready_s", running.ready_after).put("idle_rss_mib", running.settled_kib().await / 1024.0);
    running.stop().await?;
    Ok(round)
}

/// Seconds to stop, seconds to sign in after the second start, and MiB when idle.
async fn one_round(server: &mut Server, run: u64) -> Result<(f64, f64, f64)> {
    let accounts = accounts::register(server.target(), run, 0, 1).await?;
    let stop = server.stop().await?;
    server.restart().await?;
    let at = Instant::now();
    accounts::log_in(server.target(), &accounts[0]).await?;
    let login = at.elapsed().as_secs_f64();
    let rss = match server.target().pid {
        Some(pid) => process::settled_rss_kib(pid).await? as f64 / 1024.0,
        None => f64::NAN,
    };
    Ok((stop, login, rss))
}
