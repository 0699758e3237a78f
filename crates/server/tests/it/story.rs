//! What the stories of faults share: clients of all doors that send and repeat by `client_id` until they
//! are acknowledged, and move from node to node. Whoever sees an event compares it with what others have
//! seen at that place of that chat's log: at the end there is one log, and everybody has it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;
use vestnik_testkit::{LiveDoor, RawClient, Received, Rest, SignedUp};

/// Direct chats between neighbours.
const PAIRS: usize = 4;
/// How often a live client looks whether its node still answers, and how long it waits for that.
const PING: (Duration, Duration) = (Duration::from_millis(700), Duration::from_secs(4));
/// Longest wait for an answer by REST.
const REST_PATIENCE: Duration = Duration::from_secs(3);
/// Before what was refused is sent again.
const RESEND: Duration = Duration::from_millis(200);
/// The code of a goodbye that means: come back.
const COME_BACK: u16 = 1012;

/// The log of every chat as anybody has seen it.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<BTreeMap<String, Vec<Value>>>);

impl Ledger {
    /// An event that someone saw after everything before it.
    fn see(&self, chat: &str, rev: i64, event: &Value) {
        let mut logs = self.0.lock();
        let log = logs.entry(chat.to_owned()).or_default();
        let place = usize::try_from(rev - 1).unwrap();
        match log.get(place) {
            Some(seen) => assert_eq!(seen, event, "two clients saw different events at {chat} {rev}"),
            None => {
                assert_eq!(place, log.len(), "{chat}: seen by one who has everything before it");
                log.push(event.clone());
            }
        }
    }
}

/// How far a client has come in every chat.
pub(crate) struct Follower {
    cursors: BTreeMap<String, i64>,
    /// Whether this connection has caught up; from then on every event must be the next one.
    caught_up: bool,
}

impl Follower {
    pub(crate) fn new(chats: &[String]) -> Self {
        Self { cursors: chats.iter().map(|chat| (chat.clone(), 0)).collect(), caught_up: false }
    }

    /// The question for everything this client lacks.
    pub(crate) fn sync(&mut self) -> Value {
        self.caught_up = false;
        json!({"type": "sync", "id": "sync", "chats": self.cursors})
    }

    /// How far it has come in a chat.
    pub(crate) fn at(&self, chat: &str) -> i64 {
        self.cursors[chat]
    }

    pub(crate) fn take(&mut self, ledger: &Ledger, frame: &Value) {
        let kind = frame["type"].as_str().unwrap();
        if kind == "sync_done" {
            self.caught_up = true;
            assert_eq!(frame["chats"], json!(self.cursors), "what sync has sent and what has come");
            assert!(frame["gone"].is_null(), "{frame}");
        }
        let (Some(chat), Some(rev)) = (frame["chat_id"].as_str(), frame["rev"].as_i64()) else { return };
        if kind == "ack" {
            return;
        }
        assert_ne!(kind, "reset", "the story stays below the limit of sync");
        let have = self.cursors.get_mut(chat).unwrap();
        if rev == *have + 1 {
            ledger.see(chat, rev, frame);
            *have = rev;
        } else {
            // Before the sync an event may be ahead, and then come again with it.
            assert!(!self.caught_up, "after {have} of {chat} came {rev}");
        }
    }

    pub(crate) fn reached(&self, goal: &BTreeMap<String, i64>) -> bool {
        self.caught_up && self.cursors.iter().all(|(chat, have)| goal[chat] <= *have)
    }
}

/// A message on its way.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) chat: String,
    pub(crate) client_id: Uuid,
    pub(crate) content: String,
    /// Sent once more after a failure: what was sent after it may have been taken before it.
    pub(crate) again: bool,
}

impl Outgoing {
    pub(crate) fn frame(&self) -> String {
        let Self { chat, client_id, content, .. } = self;
        json!({"type": "message", "id": client_id, "client_id": client_id, "chat_id": chat, "content": content})
            .to_string()
    }
}

/// An acknowledged message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Acked {
    chat: String,
    content: String,
    message_id: String,
    seq: i64,
    again: bool,
}

impl Acked {
    pub(crate) fn new(message: &Outgoing, message_id: &Value, seq: &Value) -> Self {
        Self {
            chat: message.chat.clone(),
            content: message.content.clone(),
            message_id: message_id.as_str().unwrap().to_owned(),
            seq: seq.as_i64().unwrap(),
            again: message.again,
        }
    }

    /// Another acknowledgement of the same message.
    pub(crate) fn assert_same(&self, ack: &Value) {
        let now = (ack["message_id"].as_str().unwrap(), ack["seq"].as_i64().unwrap());
        assert_eq!((self.message_id.as_str(), self.seq), now, "a repeat returns the first result");
    }
}

/// How clients behave.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// Most messages sent without waiting for their acknowledgements.
    pub(crate) burst: usize,
    /// Pause between bursts, milliseconds.
    pub(crate) pause: std::ops::Range<u64>,
    /// Before another try to connect.
    pub(crate) again: Duration,
    /// Time between the comings of two clients: each begins by reading everything there is.
    pub(crate) come: Duration,
    /// Whether they may be told that the server cannot do something now.
    pub(crate) may_fail: bool,
}

/// What all clients share.
pub(crate) struct Story {
    /// Where the HTTP and the TCP door of each node are.
    pub(crate) nodes: Vec<(SocketAddr, SocketAddr)>,
    pub(crate) manner: Manner,
    pub(crate) ledger: Ledger,
    /// Acknowledgements so far.
    pub(crate) acks: watch::Sender<u64>,
    /// Senders who have stopped and wait for nothing any more.
    pub(crate) finished: watch::Sender<usize>,
    pub(crate) stop: watch::Sender<bool>,
    /// Where every chat's log ends, once it does.
    pub(crate) goal: watch::Sender<Option<BTreeMap<String, i64>>>,
    /// A chat whose followers are watched, and how far each client has come in it.
    pub(crate) watched: String,
    pub(crate) seen: Vec<AtomicI64>,
    /// Errors that a client was told.
    pub(crate) errors: AtomicU64,
    /// What a person would have noticed, while that is written down.
    complaints: Mutex<Option<Vec<String>>>,
}

impl Story {
    pub(crate) fn new(
        nodes: Vec<(SocketAddr, SocketAddr)>,
        manner: Manner,
        clients: usize,
        watched: &str,
    ) -> Arc<Self> {
        Arc::new(Self {
            nodes,
            manner,
            ledger: Ledger::default(),
            acks: watch::Sender::new(0),
            finished: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            goal: watch::Sender::new(None),
            watched: watched.to_owned(),
            seen: (0..clients).map(|_| AtomicI64::new(0)).collect(),
            errors: AtomicU64::new(0),
            complaints: Mutex::new(None),
        })
    }

    /// Writes down from now on what a person would notice.
    pub(crate) fn listen_to_complaints(&self) {
        *self.complaints.lock() = Some(Vec::new());
    }

    /// What was written down.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.complaints.lock().take().unwrap_or_default()
    }

    fn complain(&self, what: impl FnOnce() -> String) {
        if let Some(complaints) = &mut *self.complaints.lock() {
            complaints.push(what());
        }
    }
}

/// One client: who, from where, what of.
pub(crate) struct Client {
    story: Arc<Story>,
    number: usize,
    user: SignedUp,
    chats: Vec<String>,
    rng: StdRng,
    sent: u64,
    acked: HashMap<Uuid, Acked>,
    last: Option<Outgoing>,
    /// When what waits is sent again, after an error.
    resend: Option<Instant>,
    /// Whether the question for what is missing is asked again as well.
    resync: bool,
}

/// A live connection must be made anew.
struct Broken;

impl From<std::io::Error> for Broken {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

impl Client {
    pub(crate) fn new(story: &Arc<Story>, number: usize, user: SignedUp, chats: Vec<String>, seed: u64) -> Self {
        Self {
            story: story.clone(),
            number,
            user,
            chats,
            rng: StdRng::seed_from_u64(seed + number as u64),
            sent: 0,
            acked: HashMap::new(),
            last: None,
            resend: None,
            resync: false,
        }
    }

    fn node(&mut self) -> (SocketAddr, SocketAddr) {
        self.story.nodes[self.rng.random_range(0..self.story.nodes.len())]
    }

    fn next_message(&mut self) -> Outgoing {
        self.sent += 1;
        let chat = self.chats[self.rng.random_range(0..self.chats.len())].clone();
        let client_id = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
        Outgoing { chat, client_id, content: format!("{} says {}", self.user.username, self.sent), again: false }
    }

    fn acknowledged(&mut self, message: Outgoing, message_id: &Value, seq: &Value) {
        let acked = Acked::new(&message, message_id, seq);
        match self.acked.get(&message.client_id) {
            Some(before) => assert_eq!(*before, acked, "a repeat returns the first result"),
            None => {
                self.acked.insert(message.client_id, acked);
                self.last = Some(message);
                self.story.acks.send_modify(|count| *count += 1);
            }
        }
    }

    fn pause(&mut self) -> Instant {
        Instant::now() + Duration::from_millis(self.rng.random_range(self.story.manner.pause.clone()))
    }

    /// Sends over REST, each time by another node.
    pub(crate) async fn run_rest(mut self) -> Vec<Acked> {
        let http = reqwest::Client::new();
        let story = self.story.clone();
        while !*story.stop.borrow() {
            let message = self.next_message();
            // Now and then once more than needed.
            let mut times = if self.rng.random_bool(0.1) { 2 } else { 1 };
            while times > 0 {
                let rest = Rest::over(http.clone(), self.node().0);
                let path = format!("/api/v1/chats/{}/messages", message.chat);
                let body = json!({"content": message.content, "client_id": message.client_id});
                let call = rest.try_call("POST", &path, Some(&self.user.token), Some(&body));
                match timeout(REST_PATIENCE, call).await {
                    Ok(Ok((201, answer))) => {
                        self.acknowledged(message.clone(), &answer["id"], &answer["seq"]);
                        times -= 1;
                        continue;
                    }
                    // A node whose clock is ahead takes a token for an old one.
                    Ok(Ok((status @ (401 | 503), answer))) if status == 503 || story.manner.may_fail => {
                        story.errors.fetch_add(1, Ordering::Relaxed);
                        story.complain(|| format!("by REST: {answer}"));
                    }
                    Ok(Ok(other)) => panic!("{other:?}"),
                    // No answer: one repeats by `client_id` and shows nobody anything.
                    Ok(Err(_)) => {}
                    Err(_) => story.complain(|| "by REST: no answer in time".to_owned()),
                }
                sleep(story.manner.again).await;
            }
            sleep_until(self.pause()).await;
        }
        let mut goal = story.goal.subscribe();
        story.finished.send_modify(|count| *count += 1);
        goal.wait_for(Option::is_some).await.unwrap();
        self.acked.into_values().collect()
    }

    /// Listens on a live door, and sends if it is one who does.
    pub(crate) async fn run_live(mut self, door: LiveDoor, sends: bool) -> Vec<Acked> {
        let mut follower = Follower::new(&self.chats);
        let mut waiting = VecDeque::new();
        let mut finished = false;
        let (come, again) = (self.story.manner.come, self.story.manner.again);
        sleep(come * u32::try_from(self.number).unwrap()).await;
        loop {
            let (http, tcp) = self.node();
            let addr = if door == LiveDoor::Tcp { tcp } else { http };
            if let Ok(Ok(mut client)) = timeout(PING.1, RawClient::try_connect(door, addr, None)).await
                && self.live(&mut client, &mut follower, &mut waiting, sends, &mut finished).await.is_ok()
            {
                return self.acked.into_values().collect();
            }
            sleep(again).await;
        }
    }

    /// One connection, to its end or to the end of the story.
    async fn live(
        &mut self,
        client: &mut RawClient,
        follower: &mut Follower,
        waiting: &mut VecDeque<Outgoing>,
        sends: bool,
        finished: &mut bool,
    ) -> Result<(), Broken> {
        let story = self.story.clone();
        let (mut stop, mut goal) = (story.stop.subscribe(), story.goal.subscribe());
        self.begin(client, follower, waiting).await?;
        let mut next = self.pause();
        let (mut ping_at, mut heard, mut greeted) = (Instant::now() + PING.0, Instant::now(), false);
        loop {
            if sends && !*finished && *stop.borrow() && waiting.is_empty() {
                *finished = true;
                story.finished.send_modify(|count| *count += 1);
            }
            if goal.borrow().as_ref().is_some_and(|goal| follower.reached(goal)) {
                return Ok(());
            }
            let may_send = sends && waiting.is_empty() && !*stop.borrow();
            let resend = self.resend.unwrap_or_else(Instant::now);
            let mut texts: Vec<String> = Vec::new();
            tokio::select! {
                received = client.read() => match received {
                    Received::Closed(code) => {
                        if greeted && code != Some(COME_BACK) {
                            story.complain(|| format!("client {}: closed with {code:?}", self.number));
                        }
                        return Err(Broken);
                    }
                    Received::Frame(frame) => {
                        (heard, greeted) = (Instant::now(), true);
                        self.frame(follower, waiting, &frame)?;
                        story.seen[self.number].store(follower.at(&story.watched), Ordering::Relaxed);
                    }
                },
                () = sleep_until(next), if may_send => {
                    let count = self.rng.random_range(1..=story.manner.burst);
                    waiting.extend((0..count).map(|_| self.next_message()));
                    texts.extend(waiting.iter().map(Outgoing::frame));
                    next = self.pause();
                }
                () = sleep_until(resend), if self.resend.is_some() => {
                    self.resend = None;
                    waiting.iter_mut().for_each(|message| message.again = true);
                    texts.extend(waiting.iter().map(Outgoing::frame));
                    if std::mem::take(&mut self.resync) {
                        texts.push(follower.sync().to_string());
                    }
                }
                () = sleep_until(ping_at) => {
                    if heard.elapsed() > PING.1 {
                        story.complain(|| format!("client {}: silence", self.number));
                        return Err(Broken);
                    }
                    ping_at = Instant::now() + PING.0;
                    texts.push(json!({"type": "ping"}).to_string());
                }
                Ok(()) = stop.changed() => {}
                Ok(()) = goal.changed() => {}
            }
            for text in texts {
                if client.try_send_text(&text).await.is_err() {
                    // What is still to be read says why.
                    break;
                }
            }
        }
    }

    /// What a client says when it comes back: who it is, what it lacks, what was not acknowledged.
    async fn begin(
        &mut self,
        client: &mut RawClient,
        follower: &mut Follower,
        waiting: &mut VecDeque<Outgoing>,
    ) -> std::io::Result<()> {
        (self.resend, self.resync) = (None, false);
        // Without errors all of them come in their order again.
        waiting.iter_mut().for_each(|message| message.again |= self.story.manner.may_fail);
        let auth = json!({"type": "auth", "id": "auth", "token": self.user.token});
        client.try_send_text(&auth.to_string()).await?;
        client.try_send_text(&follower.sync().to_string()).await?;
        if let Some(last) = self.last.as_ref().filter(|_| self.rng.random_bool(0.5)) {
            client.try_send_text(&last.frame()).await?;
        }
        for message in waiting.iter() {
            client.try_send_text(&message.frame()).await?;
        }
        Ok(())
    }

    fn frame(
        &mut self,
        follower: &mut Follower,
        waiting: &mut VecDeque<Outgoing>,
        frame: &Value,
    ) -> Result<(), Broken> {
        follower.take(&self.story.ledger, frame);
        match frame["type"].as_str().unwrap() {
            "ack" => {
                let client_id: Uuid = frame["id"].as_str().unwrap().parse().unwrap();
                let place = waiting.iter().position(|message| message.client_id == client_id);
                match place.and_then(|place| waiting.remove(place)) {
                    Some(message) => self.acknowledged(message, &frame["message_id"], &frame["seq"]),
                    None => self.acked[&client_id].assert_same(frame),
                }
                Ok(())
            }
            "error" => {
                self.story.errors.fetch_add(1, Ordering::Relaxed);
                self.story.complain(|| format!("client {}: {frame}", self.number));
                // Nothing else is anybody's fault but the server's here.
                let may = self.story.manner.may_fail;
                assert!(may && ["unavailable", "unauthorized"].contains(&frame["code"].as_str().unwrap()), "{frame}");
                if frame["id"] == "auth" || frame["code"] == "unauthorized" {
                    return Err(Broken);
                }
                self.resync |= frame["id"] == "sync";
                self.resend.get_or_insert(Instant::now() + RESEND);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Who reads each chat in the end: the first person those all are in, one of each pair its own.
pub(crate) fn readers_of(everywhere: &[String], pairs: &[String], people: &[SignedUp]) -> BTreeMap<String, SignedUp> {
    everywhere
        .iter()
        .map(|chat| (chat.clone(), people[0].clone()))
        .chain(pairs.iter().enumerate().map(|(pair, chat)| (chat.clone(), people[2 * pair].clone())))
        .collect()
}

/// Makes the chats all are in, and the direct ones.
pub(crate) async fn make_chats(rest: &Rest, people: &[SignedUp]) -> (Vec<String>, Vec<String>) {
    let post = async |person: &SignedUp, path: &str, body: Value| {
        let (status, answer) = rest.call("POST", path, Some(&person.token), Some(&body)).await;
        assert!(status == 200 || status == 201, "{status} {answer}");
        answer["id"].as_str().unwrap().to_owned()
    };
    let others: Vec<_> = people[1..].iter().map(|person| person.username.clone()).collect();
    let (first, more) = others.split_at(others.len().min(vestnik_proto::limits::CREATE_MEMBERS));
    let group = json!({"kind": "group", "name": "The group", "members": first});
    let room = json!({"kind": "room", "name": "Plaza", "slug": "plaza"});
    let group = post(&people[0], "/api/v1/chats", group).await;
    let room = post(&people[0], "/api/v1/chats", room).await;
    for username in more {
        let path = format!("/api/v1/chats/{group}/members");
        let body = json!({"username": username});
        let (status, answer) = rest.call("POST", &path, Some(&people[0].token), Some(&body)).await;
        assert_eq!(status, 201, "{answer}");
    }
    for person in &people[1..] {
        post(person, &format!("/api/v1/chats/{room}/join"), json!({})).await;
    }
    let mut pairs = Vec::new();
    for pair in people.chunks(2).take(PAIRS) {
        pairs.push(post(&pair[0], "/api/v1/chats/direct", json!({"username": pair[1].username})).await);
    }
    (vec!["general".to_owned(), room, group], pairs)
}

/// Waits, but not for ever, and not after a client has failed.
pub(crate) async fn within<T>(
    patience: Duration,
    clients: &mut JoinSet<Vec<Acked>>,
    otherwise: &str,
    wait: impl Future<Output = T>,
) -> T {
    tokio::select! {
        done = timeout(patience, wait) => done.expect(otherwise),
        // None ends before it is told where the logs end.
        Some(ended) = clients.join_next() => panic!("a client failed: {:?}", ended.err()),
    }
}

/// Where every chat's log ends, read from its beginning.
pub(crate) async fn heads(
    ledger: &Ledger,
    tcp: SocketAddr,
    readers: &BTreeMap<String, SignedUp>,
) -> BTreeMap<String, i64> {
    let mut heads = BTreeMap::new();
    for (chat, reader) in readers {
        let mut client = RawClient::try_connect(LiveDoor::Tcp, tcp, None).await.unwrap();
        client.auth(&reader.token).await;
        let mut follower = Follower::new(std::slice::from_ref(chat));
        client.send_json(&follower.sync()).await;
        while !follower.caught_up {
            follower.take(ledger, &client.next_json().await);
        }
        heads.append(&mut follower.cursors);
    }
    heads
}

/// Everything acknowledged is there once, where the acknowledgement said; the log, the history and
/// the acknowledgements tell the same story.
pub(crate) async fn verify(
    ledger: &Ledger,
    goal: &BTreeMap<String, i64>,
    rest: &Rest,
    readers: &BTreeMap<String, SignedUp>,
    acked: Vec<Vec<Acked>>,
) {
    let logs = ledger.0.lock().clone();
    let mut stored = BTreeMap::new();
    for (chat, log) in &logs {
        assert_eq!(i64::try_from(log.len()).unwrap(), goal[chat], "{chat} was seen longer than it is");
        let messages: Vec<_> =
            log.iter().filter(|event| event["type"] == "new_message").map(|event| event["message"].clone()).collect();
        assert_eq!(history(rest, chat, &readers[chat]).await, messages, "{chat}: history and log");
        for (message, seq) in messages.iter().zip(1i64..) {
            assert_eq!(message["seq"], seq, "{chat}: seq is dense");
            let content = message["content"].as_str().unwrap().to_owned();
            let place = (chat.clone(), message["id"].as_str().unwrap().to_owned(), seq);
            assert!(stored.insert(content.clone(), place).is_none(), "{content} is there twice");
        }
    }
    let mut known = BTreeSet::new();
    for client in acked {
        let mut newest: BTreeMap<String, (u64, i64)> = BTreeMap::new();
        let number = |acked: &Acked| acked.content.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
        let mut client = client;
        client.sort_by_key(number);
        for message in client {
            let Acked { chat, content, message_id, seq, again } = message.clone();
            assert_eq!(stored.get(&content), Some(&(chat.clone(), message_id, seq)), "{content} was acknowledged");
            known.insert(content.clone());
            if again {
                continue;
            }
            let before = newest.insert(chat.clone(), (number(&message), seq));
            assert!(before.is_none_or(|(_, before)| before < seq), "{content} in {chat} is out of order");
        }
    }
    let unknown: Vec<_> = stored.keys().filter(|content| !known.contains(*content)).collect();
    assert!(unknown.is_empty(), "stored, but repeated until acknowledged by nobody: {unknown:?}");
}

/// A chat's messages, page by page.
async fn history(rest: &Rest, chat: &str, reader: &SignedUp) -> Vec<Value> {
    let mut messages: Vec<Value> = Vec::new();
    loop {
        let after = messages.len();
        let path = format!("/api/v1/chats/{chat}/messages?limit=200&after={after}");
        let (status, mut page) = rest.call("GET", &path, Some(&reader.token), None).await;
        assert_eq!(status, 200, "{page}");
        messages.append(page["messages"].as_array_mut().unwrap());
        if page["has_more"] == false {
            return messages;
        }
    }
}
