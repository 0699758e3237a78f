//! Pages of 50 from a long room: the newest, and random old ones, by one client.

use tokio::time::Instant;

use rand::RngExt;
use vestnik_proto::{ClientFrame, Command, command::History};

use crate::{
    accounts,
    conn::Connection,
    error::{Error, Result},
    process::Meter,
    report::{Goal, Point, Round},
    scenario::{Host, Lab, Scenario},
    stats::Latencies,
    talk,
};

/// Messages on a page.
const PAGE: u32 = 50;
/// People who fill the room.
const WRITERS: usize = 8;

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let host = lab.host().await?;
    match measure(lab, &host).await {
        Ok(points) => host.finish().await.map(|()| points),
        Err(error) => Err(host.explain(error)),
    }
}

async fn measure(lab: &mut Lab, host: &Host) -> Result<Vec<Point>> {
    let accounts = accounts::register(&host.target, host.run, 0, WRITERS).await?;
    let mut writers = accounts::connect(&host.target, &accounts).await?;
    let room = accounts::room_of(&mut writers, &host.slug("history")).await?;
    let start = Instant::now();
    talk::fill(&mut writers, &room, host.run, lab.options.messages, lab.body()).await?;
    let filled = start.elapsed().as_secs_f64();
    let mut reader = writers.swap_remove(0);
    drop(writers);
    let newest = accounts::get_chat(&mut reader, &room).await?.last_seq;

    let mut points = Vec::new();
    for old in [false, true] {
        let label = format!("{newest} messages, {}", if old { "random old 50" } else { "latest 50" });
        let mut point = Point::new(Scenario::History.name(), label)
            .none_of(&["wrong_pages"])
            .goal(Goal::at_most("p50_ms", 1.5))
            .goal(Goal::at_most("cpu_ms_per_page", 1.0));
        for _ in 0..lab.options.rounds {
            let befores: Vec<Option<i64>> = (0..lab.options.fetches)
                .map(|_| (old && newest > 100).then(|| lab.rng.random_range(51..newest - 50)))
                .collect();
            let mut round = fetch(&mut reader, host, &room, newest, &befores).await?;
            round.put("fill_per_s", newest as f64 / filled);
            point.rounds.push(round);
        }
        points.push(point);
    }
    Ok(points)
}

async fn fetch(
    reader: &mut Connection,
    host: &Host,
    room: &str,
    newest: i64,
    befores: &[Option<i64>],
) -> Result<Round> {
    let mut latencies = Latencies::default();
    let (mut wrong, mut bytes) = (0u32, 0usize);
    let seq = memchr::memmem::Finder::new(br#""seq":"#);
    let meter = Meter::start(host.target.pid);
    for &before in befores {
        let history = History { before, ..History::newest(room.into(), PAGE) };
        let at = Instant::now();
        reader.writer.push(ClientFrame::new(Command::History(history)).encode().as_bytes());
        reader.writer.flush().await?;
        let page = loop {
            let frame = reader.reader.frame().await?;
            if frame.starts_with(br#"{"type":"history""#) {
                break frame;
            }
            if frame.starts_with(br#"{"type":"error""#) {
                return Err(Error::Protocol(format!("answer to `history`: {}", String::from_utf8_lossy(&frame))));
            }
        };
        latencies.push(u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX));
        bytes += page.len();
        let last = before.map_or(newest, |before| before - 1);
        let first = (last - i64::from(PAGE) + 1).max(1);
        if !seq.find_iter(&page).map(|at| leading_number(&page[at + 6..])).eq((first..=last).map(Some)) {
            wrong += 1;
        }
    }
    let used = meter.stop();
    let count = befores.len() as f64;
    let mut round = Round::default();
    round
        .put("p50_ms", latencies.percentile(0.5))
        .put("p99_ms", latencies.percentile(0.99))
        .put("cpu_ms_per_page", used.cpu / count * 1e3)
        .put("pages_per_s", count / used.wall)
        .put("kib_per_page", bytes as f64 / count / 1024.0)
        .put("wrong_pages", f64::from(wrong))
        .put("others_cores", used.others);
    Ok(round)
}

fn leading_number(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}
