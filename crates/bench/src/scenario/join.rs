//! Many people, all connected, join one room.

use crate::{
    accounts,
    error::Result,
    process::{self, Meter},
    report::{Goal, Point, Round, figure},
    scenario::{Host, Lab, Scenario},
};

/// Joins under way at once.
const AT_ONCE: usize = 8;

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    process::raise_file_limit(lab.options.joiners as u64)?;
    let joiners = lab.options.joiners;
    let mut point = Point::new(Scenario::Join.name(), format!("{} members, {AT_ONCE} at once", figure(joiners as f64)))
        .none_of(&["not_joined"]);
    if joiners == 1_000 {
        point = point.goal(Goal::at_most("seconds", 2.0)).goal(Goal::at_most("rss_after_mib", 60.0));
    }
    for _ in 0..lab.options.rounds {
        let host = lab.host().await?;
        match one_round(lab, &host).await {
            Ok(round) => point.rounds.push(round),
            Err(error) => return Err(host.explain(error)),
        }
        host.finish().await?;
    }
    Ok(vec![point])
}

async fn one_round(lab: &Lab, host: &Host) -> Result<Round> {
    let people = accounts::register(&host.target, host.run, 0, lab.options.joiners + 1).await?;
    let mut connections = accounts::connect(&host.target, &people).await?;
    let (owner, members) = connections.split_at_mut(1);
    let room = accounts::create_room(&mut owner[0], &host.slug("join")).await?.id.0;
    let before = host.settled_kib().await;
    let meter = Meter::start(host.target.pid);
    let frames = accounts::join_all(members, &room, AT_ONCE).await?;
    let used = meter.stop();
    let after = host.settled_kib().await;
    let count = members.len() as f64;
    let now = accounts::get_chat(&mut owner[0], &room).await?.member_count as f64;
    let mut round = Round::default();
    round
        .put("seconds", used.wall)
        .put("cpu_s", used.cpu)
        .put("rss_before_mib", before / 1024.0)
        .put("rss_after_mib", after / 1024.0)
        .put("frames_per_join", frames as f64 / count)
        .put("not_joined", count + 1.0 - now)
        .put("others_cores", used.others);
    Ok(round)
}
