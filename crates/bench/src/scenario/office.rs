//! A day of an office: people in rooms and direct chats write, read, type, react, edit, come and
//! go, at a fixed rate that does not wait for the server. Latencies count from the moment at which
//! something was meant to happen, and every lasting event is counted at every member.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Duration,
};

use futures_util::future::try_join_all;
use memchr::memmem::Finder;
use rand::{RngExt, rngs::StdRng};
use tokio::{
    pin,
    task::unconstrained,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use vestnik_proto::{ClientFrame, Command, PresenceStatus, command};

use crate::{
    accounts,
    conn::{Connection, Flow},
    error::{Error, Result},
    process::Meter,
    report::{Point, Round},
    scenario::{Host, Lab, Scenario},
    stats::{Latencies, Receipts},
    wire::{Body, Mark, Scanner, Seen},
};

/// Rooms; each person is in some of them.
const ROOMS: usize = 40;
/// Members of a room, when there are as many people.
const ROOM_MEMBERS: usize = 20;
/// Load before the first measured round.
const WARM_UP: Duration = Duration::from_millis(500);
/// Of ten messages so many go to rooms, the others to direct chats.
const TO_ROOMS_OF_TEN: u32 = 7;
const EMOJI: [&str; 6] = ["👍", "❤️", "😂", "🎉", "👀", "🙏"];

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Send,
    Type,
    Read,
    React,
    Edit,
    Look,
    Come,
}

/// How many of a hundred deeds are what.
const SHARES: [(Deed, u32); 7] = [
    (Deed::Send, 25),
    (Deed::Type, 25),
    (Deed::Read, 30),
    (Deed::React, 8),
    (Deed::Edit, 4),
    (Deed::Look, 5),
    (Deed::Come, 3),
];

/// One deed of the plan.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// When, microseconds after the start.
    at: u32,
    person: usize,
    deed: Deed,
    chat: usize,
}

pub(super) async fn run(lab: &mut Lab) -> Result<Vec<Point>> {
    let host = lab.host().await?;
    match measure(lab, &host).await {
        Ok(points) => host.finish().await.map(|()| points),
        Err(error) => Err(host.explain(error)),
    }
}

/// Who is where.
struct Office {
    /// Ids; the rooms, then the direct chats.
    chats: Vec<String>,
    /// Numbers of the chats by id.
    numbers: HashMap<Vec<u8>, usize>,
    /// Members of each chat.
    members: Vec<Vec<usize>>,
    /// Rooms and direct chats of each person.
    of: Vec<[Vec<usize>; 2]>,
}

async fn measure(lab: &mut Lab, host: &Host) -> Result<Vec<Point>> {
    let people = lab.options.office_people & !1;
    let accounts = accounts::register(&host.target, host.run, 0, people).await?;
    let mut connections = accounts::connect(&host.target, &accounts).await?;
    let (mut chats, mut members) = (Vec::new(), Vec::new());
    for number in 0..ROOMS {
        // Everybody is in as many rooms as the others, with different people in each.
        let (size, stride) = (ROOM_MEMBERS.min(people), [1, 3, 7, 11][number * 4 / ROOMS]);
        let inside: Vec<usize> = (0..size).map(|seat| (number * size + seat * stride) % people).collect();
        let mut inside: Vec<usize> = inside.into_iter().fold(Vec::new(), |mut all, person| {
            if !all.contains(&person) {
                all.push(person);
            }
            all
        });
        inside.sort_unstable();
        let mut taken: Vec<&mut Connection> = Vec::with_capacity(inside.len());
        for (person, connection) in connections.iter_mut().enumerate() {
            if inside.binary_search(&person).is_ok() {
                taken.push(connection);
            }
        }
        chats.push(room(taken, &host.slug(&format!("office-{number}"))).await?);
        members.push(inside);
    }
    for (pair, names) in connections.chunks_mut(2).zip(accounts.chunks(2)) {
        let first = members.len() - ROOMS;
        chats.push(accounts::start_direct(&mut pair[0], &names[1].username).await?);
        members.push(vec![first * 2, first * 2 + 1]);
    }
    accounts::drain(&mut connections, |_| {}).await?;
    let mut of = vec![[Vec::new(), Vec::new()]; people];
    for (chat, inside) in members.iter().enumerate() {
        for &person in inside {
            of[person][usize::from(chat >= ROOMS)].push(chat);
        }
    }
    let numbers = chats.iter().enumerate().map(|(number, id)| (id.clone().into_bytes(), number)).collect();
    let office = Office { chats, numbers, members, of };

    let label =
        format!("{people} people, {ROOMS} rooms, {} direct chats, {} deeds/s", people / 2, lab.options.office_rate);
    let mut point =
        Point::new(Scenario::Office.name(), label).none_of(&["lost", "doubled", "disordered", "refused", "unanswered"]);
    for round in 0..=lab.options.rounds {
        let time = if round == 0 { WARM_UP } else { Duration::from_secs_f64(lab.options.office_seconds) };
        let plan = plan(&office, lab.options.office_rate, time, &mut lab.rng);
        let tag = u32::try_from(round).unwrap_or(u32::MAX);
        let measured = one_round(lab, host, &office, &mut connections, &plan, tag).await?;
        if round > 0 {
            point.rounds.push(measured);
        }
    }
    Ok(vec![point])
}

/// A room of these people.
async fn room(mut members: Vec<&mut Connection>, slug: &str) -> Result<String> {
    let Some((owner, others)) = members.split_first_mut() else {
        return Err(Error::Setup("a room needs at least one member".to_owned()));
    };
    let id = accounts::create_room(owner, slug).await?.id.0;
    for other in others {
        let join = command::Join { chat_id: Some(id.as_str().into()), invite: None };
        other.ask(Command::Join(join)).await?;
    }
    Ok(id)
}

/// Deeds that come by chance, as calls come to a switchboard: `rate` per second on average.
fn plan(office: &Office, rate: usize, time: Duration, rng: &mut StdRng) -> Vec<Step> {
    let mut steps = Vec::new();
    let (mut at, end) = (0.0, time.as_secs_f64());
    loop {
        let chance: f64 = rng.random_range(f64::MIN_POSITIVE..1.0);
        at -= chance.ln() / rate as f64;
        if at >= end {
            return steps;
        }
        let person = rng.random_range(0..office.of.len());
        let [rooms, directs] = &office.of[person];
        let in_room = rng.random_range(0..10) < TO_ROOMS_OF_TEN && !rooms.is_empty();
        let among = if in_room { rooms } else { directs };
        let mut left = rng.random_range(0..100);
        let deed = SHARES.iter().find(|(_, share)| {
            let found = left < *share;
            left = left.saturating_sub(*share);
            found
        });
        steps.push(Step {
            at: (at * 1e6) as u32,
            person,
            deed: deed.map_or(Deed::Send, |(deed, _)| *deed),
            chat: among[rng.random_range(0..among.len())],
        });
    }
}

/// What all people of a round share.
#[derive(Default)]
struct Sums {
    answers: RefCell<Latencies>,
    sends: RefCell<Latencies>,
    deliveries: RefCell<Latencies>,
    frames: Cell<u64>,
    answered: Cell<usize>,
    refused: Cell<u64>,
    refusal: RefCell<Option<String>>,
    messages: Cell<u64>,
}

/// What one person knows of one of their chats.
#[derive(Default)]
struct Inbox {
    receipts: Receipts,
    /// Newest message: its id and number.
    newest: Option<(String, i64)>,
    /// The newest message of their own.
    own: Option<String>,
    /// Place of the round's very last message.
    last: Option<i64>,
}

struct Searches {
    scanner: Scanner,
    message: Finder<'static>,
    acked: Finder<'static>,
}

/// A round, as everybody in it sees it.
struct Day<'a> {
    office: &'a Office,
    plan: &'a [Step],
    heads: &'a [i64],
    body: Body,
    tag: u32,
    run: u64,
    start: Instant,
    sums: &'a Sums,
    answered: &'a CancellationToken,
    searches: Searches,
}

async fn one_round(
    lab: &Lab,
    host: &Host,
    office: &Office,
    connections: &mut [Connection],
    plan: &[Step],
    tag: u32,
) -> Result<Round> {
    let heads = heads(office, connections).await?;
    let sums = Sums::default();
    let answered = CancellationToken::new();
    let meter = Meter::start(host.target.pid);
    let day = Day {
        office,
        plan,
        heads: &heads,
        body: lab.body(),
        tag,
        run: host.run,
        start: Instant::now(),
        sums: &sums,
        answered: &answered,
        searches: Searches {
            scanner: Scanner::default(),
            message: Finder::new(br#""message":{"id":""#),
            acked: Finder::new(br#""message_id":""#),
        },
    };
    let mut inboxes: Vec<HashMap<usize, Inbox>> = (0..connections.len())
        .map(|person| office.of[person].iter().flatten().map(|&chat| (chat, Inbox::default())).collect())
        .collect();
    let living = connections
        .iter_mut()
        .zip(&mut inboxes)
        .enumerate()
        .map(|(person, (connection, inbox))| day.live(person, connection, inbox));
    let planned = Duration::from_micros(plan.last().map_or(0, |step| u64::from(step.at)));
    let all = async {
        if plan.is_empty() {
            answered.cancel();
        }
        try_join_all(living).await
    };
    // What has no answer by then is counted as such.
    if let Ok(ended) = timeout(planned + lab.options.drain(), unconstrained(all)).await {
        ended?;
    }
    let used = meter.stop();
    let frames = sums.frames.get() as f64;
    if let Some(refusal) = sums.refusal.take() {
        eprintln!("office: the server refused: {refusal}");
    }
    day.settle(lab, connections, &mut inboxes).await?;
    let ends = self::heads(office, connections).await?;

    let (mut lost, mut doubled, mut disordered) = (0u64, 0u64, 0u64);
    for inbox in &inboxes {
        for (&chat, inbox) in inbox {
            let events = u32::try_from(ends[chat] - heads[chat]).unwrap_or(u32::MAX);
            lost += u64::from(inbox.receipts.lost(events));
            doubled += u64::from(inbox.receipts.doubled);
            disordered += u64::from(inbox.receipts.disordered);
        }
    }
    let (mut answers, mut sends, mut deliveries) =
        (sums.answers.into_inner(), sums.sends.into_inner(), sums.deliveries.into_inner());
    let delivered = deliveries.len() as f64;
    let mut round = Round::default();
    round
        .put("deeds_per_s", plan.len() as f64 / used.wall)
        .put("frames_per_s", frames / used.wall)
        // Answers and passing events among them: what a delivered message brings along.
        .put("other_frames_per_delivery", (frames - delivered) / delivered)
        .put("cpu_s_per_1m", used.cpu / frames * 1e6)
        .put("cpu_percent_of_a_core", used.cpu / used.wall * 100.0)
        .put("answer_p50_ms", answers.percentile(0.5))
        .put("answer_p99_ms", answers.percentile(0.99))
        .put("ack_p50_ms", sends.percentile(0.5))
        .put("ack_p99_ms", sends.percentile(0.99))
        .put("delivery_p50_ms", deliveries.percentile(0.5))
        .put("delivery_p99_ms", deliveries.percentile(0.99))
        .put("messages", sums.messages.get() as f64)
        .put(
            "lasting_deliveries",
            inboxes.iter().flat_map(HashMap::values).map(|inbox| f64::from(inbox.receipts.received)).sum(),
        )
        .put("lost", lost as f64)
        .put("doubled", doubled as f64)
        .put("disordered", disordered as f64)
        .put("refused", sums.refused.get() as f64)
        .put("unanswered", plan.len() as f64 - sums.answered.get() as f64)
        .put("rss_mib", host.rss_mib())
        .put("others_cores", used.others);
    Ok(round)
}

/// Where each chat's log ends.
async fn heads(office: &Office, connections: &mut [Connection]) -> Result<Vec<i64>> {
    let mut heads = Vec::with_capacity(office.chats.len());
    for (id, members) in office.chats.iter().zip(&office.members) {
        heads.push(accounts::get_chat(&mut connections[members[0]], id).await?.rev);
    }
    Ok(heads)
}

impl Day<'_> {
    /// Does what the plan says for this person, when it says it, and reads until everything that
    /// anybody did is answered.
    async fn live(&self, person: usize, connection: &mut Connection, inbox: &mut HashMap<usize, Inbox>) -> Result<()> {
        let mut mine = (0..self.plan.len()).filter(|&index| self.plan[index].person == person).peekable();
        let done = self.answered.cancelled();
        pin!(done);
        loop {
            let mut wrote = false;
            while let Some(&index) = mine.peek()
                && self.due(index) <= Instant::now()
            {
                self.push(index, connection, inbox);
                mine.next();
                wrote = true;
            }
            if wrote {
                connection.writer.flush().await?;
            }
            let next = mine.peek().map(|&index| self.due(index));
            let flow = tokio::select! {
                biased;
                () = &mut done => return Ok(()),
                () = sleep_until(next.unwrap_or(self.start)), if next.is_some() => continue,
                flow = connection.reader.batch(|frame| self.take(frame, inbox)) => flow?,
            };
            if let Flow::Closed(code) = flow {
                return Err(Error::Closed { code });
            }
        }
    }

    fn due(&self, index: usize) -> Instant {
        self.start + Duration::from_micros(u64::from(self.plan[index].at))
    }

    fn push(&self, index: usize, connection: &mut Connection, inbox: &HashMap<usize, Inbox>) {
        let step = self.plan[index];
        let chat_id = self.office.chats[step.chat].as_str();
        let known = &inbox[&step.chat];
        let command = match step.deed {
            Deed::Type => Command::Typing(command::Typing { chat_id: chat_id.into(), active: index.is_multiple_of(2) }),
            Deed::Look => Command::SetActiveChat(command::SetActiveChat { chat_id: Some(chat_id.into()) }),
            Deed::Come => {
                let status = if index.is_multiple_of(2) { PresenceStatus::Offline } else { PresenceStatus::Online };
                Command::Presence(command::SetPresence { status })
            }
            Deed::Read => {
                let seq = known.newest.as_ref().map_or(1, |(_, seq)| *seq);
                Command::MarkRead(command::MarkRead { chat_id: chat_id.into(), seq })
            }
            // Who has nothing to react to or to edit yet writes instead.
            Deed::React if known.newest.is_some() => Command::React(command::React {
                chat_id: chat_id.into(),
                message_id: known.newest.as_ref().map_or_else(String::new, |(id, _)| id.clone()).into(),
                emoji: EMOJI[index % EMOJI.len()].to_owned(),
            }),
            Deed::Edit if known.own.is_some() => Command::EditMessage(command::EditMessage {
                chat_id: chat_id.into(),
                message_id: known.own.clone().unwrap_or_default().into(),
                content: format!("edited by {index}"),
                mentions: Vec::new(),
            }),
            Deed::React | Deed::Edit | Deed::Send => {
                self.sums.messages.set(self.sums.messages.get() + 1);
                let mut frame = Vec::new();
                let mark = Mark { tag: self.tag, index: u32::try_from(index).unwrap_or(u32::MAX) };
                self.body.push_command(&mut frame, chat_id, mark, self.run);
                connection.writer.push(&frame);
                return;
            }
        };
        let frame = ClientFrame { id: Some(index.to_string()), client_id: None, command };
        connection.writer.push(frame.encode().as_bytes());
    }

    /// Takes a frame that came to somebody.
    fn take(&self, frame: &[u8], inbox: &mut HashMap<usize, Inbox>) {
        self.sums.frames.set(self.sums.frames.get() + 1);
        if let Some(id) = frame.strip_prefix(br#"{"chat_id":""#) {
            self.event(id, frame, inbox);
        } else if let Some(index) = self.searches.scanner.answered(frame)
            && let Some(step) = usize::try_from(index).ok().and_then(|index| self.plan.get(index))
        {
            self.answer(frame, step, inbox);
        }
    }

    fn event(&self, id: &[u8], frame: &[u8], inbox: &mut HashMap<usize, Inbox>) {
        let searches = &self.searches;
        let end = memchr::memchr(b'"', id).unwrap_or(id.len());
        let Some((&chat, rev)) = self.office.numbers.get(&id[..end]).zip(searches.scanner.rev(frame)) else { return };
        let Some(inbox) = inbox.get_mut(&chat) else { return };
        let Ok(place) = u32::try_from(rev - self.heads[chat] - 1) else { return };
        let first = inbox.receipts.note(place);
        let Seen::Message(mark) = searches.scanner.see(frame) else { return };
        if mark == Mark::last_of(self.tag) {
            inbox.last = Some(rev);
        } else if first
            && mark.tag == self.tag
            && let Some(step) = self.plan.get(mark.index as usize)
        {
            self.sums.deliveries.borrow_mut().push(self.since(step));
        }
        if let Some((id, seq)) = text_after(&searches.message, frame).zip(searches.scanner.seq(frame)) {
            inbox.newest = Some((id, seq));
        }
    }

    fn answer(&self, frame: &[u8], step: &Step, inbox: &mut HashMap<usize, Inbox>) {
        let sums = self.sums;
        match self.searches.scanner.see(frame) {
            Seen::Error => {
                sums.refused.set(sums.refused.get() + 1);
                sums.refusal.borrow_mut().get_or_insert_with(|| String::from_utf8_lossy(frame).into_owned());
            }
            Seen::Ack if step.deed == Deed::Send => {
                sums.sends.borrow_mut().push(self.since(step));
                if let Some(inbox) = inbox.get_mut(&step.chat) {
                    inbox.own = text_after(&self.searches.acked, frame);
                }
            }
            _ => {}
        }
        sums.answers.borrow_mut().push(self.since(step));
        sums.answered.set(sums.answered.get() + 1);
        if sums.answered.get() == self.plan.len() {
            self.answered.cancel();
        }
    }

    fn since(&self, step: &Step) -> u32 {
        u32::try_from(self.start.elapsed().as_micros()).unwrap_or(u32::MAX).saturating_sub(step.at)
    }

    /// A very last message in each chat, read up to by all members: what was queued before it has
    /// come then.
    async fn settle(
        &self,
        lab: &Lab,
        connections: &mut [Connection],
        inboxes: &mut [HashMap<usize, Inbox>],
    ) -> Result<()> {
        let last = Mark::last_of(self.tag);
        for (id, members) in self.office.chats.iter().zip(&self.office.members) {
            let mut frame = Vec::new();
            self.body.push_command(&mut frame, id, last, self.run ^ members.len() as u64);
            // A key is the sender's own and good for one message, so that each sends in one chat.
            let frame = without_key(frame);
            connections[members[0]].writer.push(&frame);
            connections[members[0]].writer.flush().await?;
        }
        let endings = connections.iter_mut().zip(inboxes).map(|(connection, inbox)| async move {
            let reading = async {
                while inbox.values().any(|chat| chat.last.is_none()) {
                    if let Flow::Closed(code) = connection.reader.batch(|frame| self.take(frame, inbox)).await? {
                        return Err(Error::Closed { code });
                    }
                }
                Ok(())
            };
            // What does not come is lost, and counted by its place.
            timeout(lab.options.drain(), reading).await.unwrap_or(Ok(()))
        });
        unconstrained(try_join_all(endings)).await.map(|_| ())
    }
}

/// The command without its `client_id`.
fn without_key(mut frame: Vec<u8>) -> Vec<u8> {
    if let Some(at) = memchr::memmem::rfind(&frame, br#","client_id":""#) {
        frame.truncate(at);
        frame.push(b'}');
    }
    frame
}

/// The text that stands after the first `key`, up to its quote.
fn text_after(key: &Finder<'_>, frame: &[u8]) -> Option<String> {
    let rest = &frame[key.find(frame)? + key.needle().len()..];
    Some(String::from_utf8_lossy(&rest[..memchr::memchr(b'"', rest)?]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_plan_keeps_to_its_rate_and_shares() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u32>(), 100);
        let office = Office {
            chats: vec!["room".to_owned(), "direct".to_owned()],
            numbers: HashMap::new(),
            members: vec![vec![0, 1], vec![0, 1]],
            of: vec![[vec![0], vec![1]], [vec![0], vec![1]]],
        };
        let mut rng = StdRng::seed_from_u64(1);
        let steps = plan(&office, 1_000, Duration::from_secs(20), &mut rng);
        assert!((19_000..21_000).contains(&steps.len()), "{}", steps.len());
        assert!(steps.is_sorted_by_key(|step| step.at));
        let sends = steps.iter().filter(|step| step.deed == Deed::Send).count();
        assert!((4_500..5_500).contains(&sends), "{sends}");
        let in_room = steps.iter().filter(|step| step.chat == 0).count();
        assert!((13_000..15_000).contains(&in_room), "{in_room}");
    }

    #[test]
    fn keys_are_taken_off() {
        let mut frame = Vec::new();
        Body::ascii(50, true).push_command(&mut frame, "a", Mark { tag: 1, index: 2 }, 3);
        let read = ClientFrame::decode(&without_key(frame)).unwrap();
        assert_eq!((read.client_id, read.id.as_deref()), (None, Some("2")));
    }

    #[test]
    fn texts_are_found() {
        let key = Finder::new(br#""message":{"id":""#);
        assert_eq!(text_after(&key, br#"{"message":{"id":"4-7","seq":7}"#).as_deref(), Some("4-7"));
        assert_eq!(text_after(&key, br#"{"message":{"id":"4-7"#), None);
    }
}
