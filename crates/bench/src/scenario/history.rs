//! Pages of 50, the newest and random old ones, by one client: from a long room, and from many chats.

use tokio::time::Instant;

use rand::RngExt;
use vestnik_proto::{ChatId, ClientFrame, Command, command::History};

use crate::{
    accounts, archive,
    conn::Connection,
    error::{Error, Result},
    process::Meter,
    report::{Goal, Point, Round, figure},
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
    let mut points = match one_room(lab, &host).await {
        Ok(points) => host.finish().await.map(|()| points)?,
        Err(error) => return Err(host.explain(error)),
    };
    if lab.options.archive == 0 {
        return Ok(points);
    }
    if lab.launch.as_ref().is_none_or(|launch| launch.database.is_some()) {
        lab.note(format!(
            "history: {} messages in many chats were left out; only the SQLite file of a server that is started here is filled.",
            lab.options.archive
        ));
        return Ok(points);
    }
    let mut host = lab.host().await?;
    match many_chats(lab, &mut host).await {
        Ok(measured) => points.extend(measured),
        Err(error) => return Err(host.explain(error)),
    }
    host.finish().await.map(|()| points)
}

fn point(label: String) -> Point {
    Point::new(Scenario::History.name(), label)
        .none_of(&["wrong_pages"])
        .goal(Goal::at_most("p50_ms", 1.5))
        .goal(Goal::at_most("cpu_ms_per_page", 1.0))
}

/// One room, filled through the server.
async fn one_room(lab: &mut Lab, host: &Host) -> Result<Vec<Point>> {
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
        let which = if old { "random old 50" } else { "latest 50" };
        let mut point = point(format!("one room of {}, {which}", figure(newest as f64)));
        for _ in 0..lab.options.rounds {
            let wanted: Vec<Wanted> = (0..lab.options.fetches).map(|_| Wanted::of(lab, &room, newest, old)).collect();
            let mut round = fetch(&mut reader, host, &wanted).await?;
            round.put("fill_per_s", newest as f64 / filled);
            point.rounds.push(round);
        }
        points.push(point);
    }
    Ok(points)
}

/// Many chats, put straight into the database.
async fn many_chats(lab: &mut Lab, host: &mut Host) -> Result<Vec<Point>> {
    let accounts = accounts::register(&host.target, host.run, 0, WRITERS).await?;
    let mut people = accounts::connect(&host.target, &accounts).await?;
    let template = accounts::room_of(&mut people, &host.slug("h")).await?;
    drop(people);
    let Some(server) = &mut host.server else { return Ok(Vec::new()) };
    server.stop().await?;
    let start = Instant::now();
    let messages = lab.options.archive;
    let archive = archive::fill(&server.sqlite_file(), &template, messages, lab.options.body).await?;
    let filled = start.elapsed().as_secs_f64();
    server.restart().await?;
    host.target = server.target().clone();
    let mut reader = host.target.connect().await?;
    reader.auth(&accounts[0].token).await?;

    let chats = &archive.chats;
    let mut points = Vec::new();
    for (in_one, old) in [(false, false), (false, true), (true, true)] {
        let which = if old { "random old 50" } else { "latest 50" };
        let of = if in_one {
            format!("the chat of {}", figure(chats[0].1 as f64))
        } else {
            format!("any of {} chats", figure(chats.len() as f64))
        };
        let mut point = point(format!("{} messages, {of}, {which}", figure(f64::from(messages))));
        for _ in 0..lab.options.rounds {
            let wanted: Vec<Wanted> = (0..lab.options.fetches)
                .map(|_| {
                    let (chat, newest) = &chats[if in_one { 0 } else { lab.rng.random_range(0..chats.len()) }];
                    Wanted::of(lab, chat.as_str(), *newest, old)
                })
                .collect();
            let mut round = fetch(&mut reader, host, &wanted).await?;
            round
                .put("fill_per_s", f64::from(messages) / filled)
                .put("file_mib", archive.bytes as f64 / f64::from(1 << 20))
                .put("rss_mib", host.rss_mib());
            point.rounds.push(round);
        }
        points.push(point);
    }
    Ok(points)
}

/// A page to be read.
struct Wanted {
    chat: ChatId,
    newest: i64,
    before: Option<i64>,
}

impl Wanted {
    /// The newest page of this chat, or a random old one where it is long enough.
    fn of(lab: &mut Lab, chat: &str, newest: i64, old: bool) -> Self {
        let page = i64::from(PAGE);
        let before = (old && newest > 2 * page).then(|| lab.rng.random_range(page + 1..newest - page + 1));
        Self { chat: chat.into(), newest, before }
    }
}

async fn fetch(reader: &mut Connection, host: &Host, pages: &[Wanted]) -> Result<Round> {
    let mut latencies = Latencies::default();
    let (mut wrong, mut bytes) = (0u32, 0usize);
    let seq = memchr::memmem::Finder::new(br#""seq":"#);
    let meter = Meter::start(host.target.pid);
    for Wanted { chat, newest, before } in pages {
        let history = History { before: *before, ..History::newest(chat.clone(), PAGE) };
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
        let last = before.map_or(*newest, |before| before - 1);
        let first = (last - i64::from(PAGE) + 1).max(1);
        if !seq.find_iter(&page).map(|at| leading_number(&page[at + 6..])).eq((first..=last).map(Some)) {
            wrong += 1;
        }
    }
    let used = meter.stop();
    let count = pages.len() as f64;
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
