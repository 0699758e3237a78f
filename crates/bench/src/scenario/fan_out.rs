//! One sender, many members of one room, a fixed number of messages in flight; the raw server
//! measured in turn with it, so that a ratio holds whatever else the machine does.

use std::time::Duration;

use crate::{
    accounts,
    error::Result,
    fanout::{self, Outcome, Plan, Speech},
    process,
    raw::RawServer,
    report::{Goal, Point, Round},
    scenario::{Host, Lab, Scenario},
};

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

async fn measure(lab: &Lab, host: &Host, count: usize, windows: &[usize]) -> Result<Vec<Point>> {
    let options = &lab.options;
    let accounts = accounts::register(&host.target, host.run, 0, count).await?;
    let mut members = accounts::connect(&host.target, &accounts).await?;
    let chat = accounts::room_of(&mut members, &host.slug("fan-out")).await?;
    let raw = if options.no_raw { None } else { Some(RawServer::start().await?) };
    let mut raw_members = match &raw {
        Some(raw) => raw.connect(count).await?,
        None => Vec::new(),
    };

    let mut points = Vec::new();
    let mut tag = 0;
    for &window in windows {
        let mut point = point(count, window);
        let mut raw_point = Point { subject: "raw", ..Point::new(Scenario::FanOut.name(), point.label.clone()) };
        for round in 0..=options.rounds {
            tag += 1;
            let time = if round == 0 { WARM_UP } else { options.time() };
            let speech = Speech::Commands { chat: chat.clone(), run: host.run };
            let plan = Plan {
                speech,
                body: lab.body(),
                tag,
                window,
                time,
                least: 0,
                drain: options.drain(),
                pid: host.target.pid,
            };
            let mut outcome = fanout::run(&mut members, &plan).await?;
            let mut reference = match &raw {
                Some(raw) => {
                    let plan = Plan { speech: Speech::Events, pid: raw.pid(), ..plan };
                    Some(fanout::run(&mut raw_members, &plan).await?)
                }
                None => None,
            };
            if round == 0 {
                continue;
            }
            let mut metrics = figures(&mut outcome);
            metrics.put("unacked", f64::from(outcome.sent) - f64::from(outcome.acked)).put("rss_mib", host.rss_mib());
            if let Some(reference) = &mut reference {
                metrics.put("cpu_times_raw", outcome.cpu_per_million() / reference.cpu_per_million());
                raw_point.rounds.push(figures(reference));
            }
            point.rounds.push(metrics);
        }
        points.push(point);
        if raw.is_some() {
            points.push(raw_point);
        }
    }
    Ok(points)
}

fn point(members: usize, window: usize) -> Point {
    let point = Point::new(Scenario::FanOut.name(), format!("{members} members, {window} in flight")).none_of(&[
        "lost",
        "doubled",
        "disordered",
        "unacked",
    ]);
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
