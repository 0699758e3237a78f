//! Killed at random moments, the server loses nothing it has acknowledged, and doubles nothing.
//!
//! Clients of all three doors send and repeat by `client_id` until they are acknowledged, while the
//! program is killed and started again. Whoever sees an event compares it with what others have
//! seen at that place of that chat's log: at the end there is one log, and everybody has it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;
use vestnik_testkit::{LiveDoor, RawClient, Received, Rest, ServerProcess, SignedUp, TempDatabase};

const KILLS: u32 = 20;
/// Clients that send, by door.
const TCP: usize = 12;
const WS: usize = 12;
const REST: usize = 8;
/// Clients that only listen, half of them by each live door.
const LISTENERS: usize = 6;
/// Direct chats between neighbours among the senders.
const PAIRS: usize = 4;
/// Most messages sent by one client without waiting for their acknowledgements.
const BURST: usize = 6;
/// Pause of a client between bursts, milliseconds.
const PAUSE: std::ops::Range<u64> = 60..240;
/// Longest anything in the story may take.
const PATIENCE: Duration = Duration::from_secs(45);
/// Before another try to connect.
const AGAIN: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_on_sqlite() {
    story(0x5e_ed01, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_on_postgres() {
    let Some(database) = TempDatabase::create() else { return };
    story(0x5e_ed02, Some(&database.url())).await;
}

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
}

impl Outgoing {
    pub(crate) fn frame(&self) -> String {
        let Self { chat, client_id, content } = self;
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
}

impl Acked {
    pub(crate) fn new(message: &Outgoing, message_id: &Value, seq: &Value) -> Self {
        Self {
            chat: message.chat.clone(),
            content: message.content.clone(),
            message_id: message_id.as_str().unwrap().to_owned(),
            seq: seq.as_i64().unwrap(),
        }
    }

    /// Another acknowledgement of the same message.
    pub(crate) fn assert_same(&self, ack: &Value) {
        let now = (ack["message_id"].as_str().unwrap(), ack["seq"].as_i64().unwrap());
        assert_eq!((self.message_id.as_str(), self.seq), now, "a repeat returns the first result");
    }
}

/// What all clients share.
struct Story {
    http: SocketAddr,
    tcp: SocketAddr,
    ledger: Ledger,
    /// Acknowledgements so far.
    acks: watch::Sender<u64>,
    /// Senders who have stopped and wait for nothing any more.
    finished: watch::Sender<usize>,
    stop: watch::Sender<bool>,
    /// Where every chat's log ends, once it does.
    goal: watch::Sender<Option<BTreeMap<String, i64>>>,
}

/// One client: who, from where, what of.
struct Client {
    story: Arc<Story>,
    number: usize,
    user: SignedUp,
    chats: Vec<String>,
    rng: StdRng,
    sent: u64,
    acked: HashMap<Uuid, Acked>,
    last: Option<Outgoing>,
}

impl Client {
    fn next_message(&mut self) -> Outgoing {
        self.sent += 1;
        let chat = self.chats[self.rng.random_range(0..self.chats.len())].clone();
        let client_id = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid();
        Outgoing { chat, client_id, content: format!("{} says {}", self.user.username, self.sent) }
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
        Instant::now() + Duration::from_millis(self.rng.random_range(PAUSE))
    }

    /// Sends over REST, one message after the other.
    async fn run_rest(mut self) -> Vec<Acked> {
        let rest = Rest::new(self.story.http);
        while !*self.story.stop.borrow() {
            let message = self.next_message();
            // Now and then once more than needed.
            let mut times = if self.rng.random_bool(0.1) { 2 } else { 1 };
            while times > 0 {
                let path = format!("/api/v1/chats/{}/messages", message.chat);
                let body = json!({"content": message.content, "client_id": message.client_id});
                let call = rest.try_call("POST", &path, Some(&self.user.token), Some(&body));
                match timeout(Duration::from_secs(5), call).await {
                    Ok(Ok((201, answer))) => {
                        self.acknowledged(message.clone(), &answer["id"], &answer["seq"]);
                        times -= 1;
                    }
                    Ok(Ok((503, _)) | Err(_)) | Err(_) => sleep(AGAIN).await,
                    Ok(Ok(other)) => panic!("{other:?}"),
                }
            }
            sleep_until(self.pause()).await;
        }
        let mut goal = self.story.goal.subscribe();
        self.story.finished.send_modify(|count| *count += 1);
        goal.wait_for(Option::is_some).await.unwrap();
        self.acked.into_values().collect()
    }

    /// Listens on a live door, and sends if it is one who does.
    async fn run_live(mut self, door: LiveDoor, sends: bool) -> Vec<Acked> {
        let story = self.story.clone();
        let (mut stop, mut goal) = (story.stop.subscribe(), story.goal.subscribe());
        let addr = if door == LiveDoor::Tcp { story.tcp } else { story.http };
        let mut follower = Follower::new(&self.chats);
        let mut waiting = VecDeque::new();
        let (mut next, mut finished) = (self.pause(), false);
        loop {
            let Ok(mut client) = RawClient::try_connect(door, addr, None).await else {
                sleep(AGAIN).await;
                continue;
            };
            if self.begin(&mut client, &mut follower, &waiting).await.is_err() {
                continue;
            }
            loop {
                if sends && !finished && *stop.borrow() && waiting.is_empty() {
                    finished = true;
                    story.finished.send_modify(|count| *count += 1);
                }
                if goal.borrow().as_ref().is_some_and(|goal| follower.reached(goal)) {
                    return self.acked.into_values().collect();
                }
                let may_send = sends && waiting.is_empty() && !*stop.borrow();
                tokio::select! {
                    received = client.read() => match received {
                        Received::Closed(_) => break,
                        Received::Frame(frame) => self.frame(&mut follower, &mut waiting, &frame),
                    },
                    () = sleep_until(next), if may_send => {
                        let count = self.rng.random_range(1..=BURST);
                        waiting.extend((0..count).map(|_| self.next_message()));
                        if send_all(&mut client, &waiting).await.is_err() {
                            break;
                        }
                        next = self.pause();
                    }
                    Ok(()) = stop.changed() => {}
                    Ok(()) = goal.changed() => {}
                }
            }
        }
    }

    /// What a client says when it comes back: who it is, what it lacks, what was not acknowledged.
    async fn begin(
        &mut self,
        client: &mut RawClient,
        follower: &mut Follower,
        waiting: &VecDeque<Outgoing>,
    ) -> std::io::Result<()> {
        client.try_send_text(&json!({"type": "auth", "token": self.user.token}).to_string()).await?;
        client.try_send_text(&follower.sync().to_string()).await?;
        if let Some(last) = self.last.as_ref().filter(|_| self.rng.random_bool(0.5)) {
            client.try_send_text(&last.frame()).await?;
        }
        send_all(client, waiting).await
    }

    fn frame(&mut self, follower: &mut Follower, waiting: &mut VecDeque<Outgoing>, frame: &Value) {
        follower.take(&self.story.ledger, frame);
        match frame["type"].as_str().unwrap() {
            "ack" => {
                let client_id: Uuid = frame["id"].as_str().unwrap().parse().unwrap();
                let place = waiting.iter().position(|message| message.client_id == client_id);
                match place.and_then(|place| waiting.remove(place)) {
                    Some(message) => self.acknowledged(message, &frame["message_id"], &frame["seq"]),
                    None => self.acked[&client_id].assert_same(frame),
                }
            }
            "error" => panic!("client {}: {frame}", self.number),
            _ => {}
        }
    }
}

async fn send_all(client: &mut RawClient, messages: &VecDeque<Outgoing>) -> std::io::Result<()> {
    for message in messages {
        client.try_send_text(&message.frame()).await?;
    }
    Ok(())
}

async fn story(seed: u64, database: Option<&str>) {
    eprintln!("seed {seed:#x}");
    let begun = Instant::now();
    let dir = tempfile::tempdir().unwrap();
    let mut env = vec![
        ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
        ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
        ("VESTNIK_MESSAGES__PER_SECOND", "0"),
        ("VESTNIK_MESSAGES__SYNC_EVENTS", "1000000"),
        ("VESTNIK_LOG__LEVEL", "warn"),
    ];
    env.extend(database.map(|url| ("VESTNIK_DATABASE_URL", url)));
    let mut server = ServerProcess::start(Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), &env).await;
    let rest = server.rest().clone();

    let mut people = Vec::new();
    for number in 0..TCP + WS + REST + LISTENERS {
        people.push(rest.register(&format!("person{number}")).await);
    }
    let (everywhere, pairs) = make_chats(&rest, &people).await;
    let readers: BTreeMap<String, SignedUp> = everywhere
        .iter()
        .map(|chat| (chat.clone(), people[0].clone()))
        .chain(pairs.iter().enumerate().map(|(pair, chat)| (chat.clone(), people[2 * pair].clone())))
        .collect();

    let story = Arc::new(Story {
        http: server.http_addr,
        tcp: server.tcp_addr,
        ledger: Ledger::default(),
        acks: watch::Sender::new(0),
        finished: watch::Sender::new(0),
        stop: watch::Sender::new(false),
        goal: watch::Sender::new(None),
    });
    let mut clients = JoinSet::new();
    for (number, user) in people.into_iter().enumerate() {
        let mut chats = everywhere.clone();
        chats.extend(pairs.get(number / 2).cloned());
        let client = Client {
            story: story.clone(),
            number,
            user,
            chats,
            rng: StdRng::seed_from_u64(seed + number as u64),
            sent: 0,
            acked: HashMap::new(),
            last: None,
        };
        // The doors are dealt out so that pairs meet across them.
        match number {
            _ if number >= TCP + WS + REST => {
                let door = if number % 2 == 0 { LiveDoor::Tcp } else { LiveDoor::Ws };
                clients.spawn(client.run_live(door, false));
            }
            _ if number >= TCP + WS => {
                clients.spawn(client.run_rest());
            }
            _ => {
                let door = if number % 2 == 0 { LiveDoor::Tcp } else { LiveDoor::Ws };
                clients.spawn(client.run_live(door, true));
            }
        }
    }

    kill_and_start(&mut server, &story, &mut clients, seed).await;
    story.stop.send_replace(true);
    let mut finished = story.finished.subscribe();
    let all = TCP + WS + REST;
    within(&mut clients, "not all senders were acknowledged", finished.wait_for(|count| *count == all)).await.unwrap();

    // Nothing is on its way. What was acknowledged must be there after one more.
    server.restart().await;
    let goal = heads(&story.ledger, story.tcp, &readers).await;
    story.goal.send_replace(Some(goal.clone()));
    let mut acked = Vec::new();
    while let Some(done) = timeout(PATIENCE, clients.join_next()).await.expect("not all clients have caught up") {
        acked.push(done.unwrap());
    }
    verify(&story.ledger, &goal, &rest, &readers, acked).await;
    assert!(server.terminate());
    eprintln!("{} messages, {:?}", *story.acks.borrow(), begun.elapsed());
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

/// The killing: after some number of acknowledgements and a moment more, or right after the start.
async fn kill_and_start(server: &mut ServerProcess, story: &Story, clients: &mut JoinSet<Vec<Acked>>, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut acks = story.acks.subscribe();
    for _ in 0..KILLS {
        if rng.random_bool(0.8) {
            server.ready().await;
            let target = *acks.borrow() + rng.random_range(1..=150);
            let wait = acks.wait_for(|count| *count >= target);
            within(clients, "the clients got no acknowledgements", wait).await.unwrap();
            sleep(Duration::from_micros(rng.random_range(0..10_000))).await;
        } else {
            sleep(Duration::from_millis(rng.random_range(0..200))).await;
        }
        server.kill();
        server.launch();
    }
    server.ready().await;
}

/// Waits, but not for ever, and not after a client has failed.
async fn within<T>(clients: &mut JoinSet<Vec<Acked>>, otherwise: &str, wait: impl Future<Output = T>) -> T {
    tokio::select! {
        done = timeout(PATIENCE, wait) => done.expect(otherwise),
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
            let Acked { chat, content, message_id, seq } = message.clone();
            assert_eq!(stored.get(&content), Some(&(chat.clone(), message_id, seq)), "{content} was acknowledged");
            let before = newest.insert(chat.clone(), (number(&message), seq));
            assert!(before.is_none_or(|(_, before)| before < seq), "{content} in {chat} is out of order");
            known.insert(content);
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
