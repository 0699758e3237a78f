//! Several nodes are one server: whatever falls over between them, nothing acknowledged is lost or
//! doubled, and every client sees the same log.
//!
//! The story at the end runs three programs on a PostgreSQL and a Redis of their own, with clients of
//! all three doors that move from node to node. `VESTNIK_CLUSTER_SECONDS` and
//! `VESTNIK_CLUSTER_CLIENTS` make it longer and wider; it prints how long everything took.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;
use vestnik_testkit::{
    LiveDoor, PASSWORD, PostgresProcess, RawClient, Received, RedisProcess, Rest, ServerProcess, SignedUp,
};

use crate::crash::{Acked, Follower, Ledger, Outgoing, heads, make_chats, verify};

const NODES: usize = 3;
/// Clients of which so many of each ten speak TCP, WebSocket, REST; the others only listen.
const DOORS: (usize, usize, usize) = (3, 3, 2);
/// Most messages sent by one client without waiting for their acknowledgements.
const BURST: usize = 4;
/// Pause of a client between bursts, milliseconds, when there are as many clients as [`USUAL`]. It grows with the
/// square of their number, since each message goes to all: a debug build on a small machine carries no more.
const PAUSE: std::ops::Range<u64> = 300..900;
const USUAL: u64 = 60;
/// Longest anything in the story may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest until everybody is served again after a fault has ended, seconds. On a quiet machine 10 do; this is for
/// a debug build beside all the other tests. `VESTNIK_CLUSTER_BACK_SECONDS` sets another.
const BACK_WITHIN: u64 = 30;
/// Longest until a session that was ended on one node is closed on another.
const REVOKED_WITHIN: Duration = Duration::from_secs(2);
/// Time between the comings of two clients.
const COME: Duration = Duration::from_millis(30);
/// Before another try to connect.
const AGAIN: Duration = Duration::from_millis(50);
/// How often a live client looks whether its node still answers, and how long it waits for that.
const PING: (Duration, Duration) = (Duration::from_millis(700), Duration::from_secs(4));

#[expect(clippy::disallowed_methods, reason = "for longer runs")]
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// What all clients share.
struct Story {
    nodes: Vec<(SocketAddr, SocketAddr)>,
    ledger: Ledger,
    acks: watch::Sender<u64>,
    finished: watch::Sender<usize>,
    stop: watch::Sender<bool>,
    goal: watch::Sender<Option<BTreeMap<String, i64>>>,
    /// How far each live client has come in the room of probes.
    seen: Vec<AtomicI64>,
    /// Errors that a client was told.
    errors: AtomicU64,
    /// The chat of probes.
    probes: String,
}

struct Client {
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
    /// When the question for what is missing is asked again.
    resync: bool,
}

/// A live connection must be made anew.
struct Broken;

impl Client {
    fn node(&mut self) -> (SocketAddr, SocketAddr) {
        self.story.nodes[self.rng.random_range(0..NODES)]
    }

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
        let clients = u64::try_from(self.story.seen.len()).unwrap();
        let millis = self.rng.random_range(PAUSE) * clients.max(USUAL).pow(2) / USUAL.pow(2);
        Instant::now() + Duration::from_millis(millis)
    }

    /// Sends over REST, each time by another node.
    async fn run_rest(mut self) -> Vec<Acked> {
        let http = reqwest::Client::new();
        while !*self.story.stop.borrow() {
            let message = self.next_message();
            let mut times = if self.rng.random_bool(0.1) { 2 } else { 1 };
            while times > 0 {
                let rest = Rest::over(http.clone(), self.node().0);
                let path = format!("/api/v1/chats/{}/messages", message.chat);
                let body = json!({"content": message.content, "client_id": message.client_id});
                let call = rest.try_call("POST", &path, Some(&self.user.token), Some(&body));
                match timeout(Duration::from_secs(3), call).await {
                    Ok(Ok((201, answer))) => {
                        self.acknowledged(message.clone(), &answer["id"], &answer["seq"]);
                        times -= 1;
                    }
                    Ok(Ok((503, _))) => {
                        self.story.errors.fetch_add(1, Ordering::Relaxed);
                        sleep(AGAIN).await;
                    }
                    Ok(Err(_)) | Err(_) => sleep(AGAIN).await,
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
        let mut follower = Follower::new(&self.chats);
        let mut waiting = VecDeque::new();
        let mut finished = false;
        // Not all at once: each begins by reading everything there is.
        sleep(COME * u32::try_from(self.number).unwrap()).await;
        loop {
            let (http, tcp) = self.node();
            let addr = if door == LiveDoor::Tcp { tcp } else { http };
            let connected = timeout(PING.1, RawClient::try_connect(door, addr, None)).await;
            let Ok(Ok(mut client)) = connected else {
                sleep(AGAIN).await;
                continue;
            };
            if self.live(&mut client, &mut follower, &mut waiting, sends, &mut finished).await.is_ok() {
                return self.acked.into_values().collect();
            }
            sleep(AGAIN).await;
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
        self.begin(client, follower, waiting).await.map_err(|_| Broken)?;
        let mut next = self.pause();
        let (mut ping_at, mut heard) = (Instant::now() + PING.0, Instant::now());
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
            tokio::select! {
                received = client.read() => match received {
                    Received::Closed(_) => return Err(Broken),
                    Received::Frame(frame) => {
                        heard = Instant::now();
                        self.frame(follower, waiting, &frame)?;
                        story.seen[self.number].store(follower.at(&story.probes), Ordering::Relaxed);
                    }
                },
                () = sleep_until(next), if may_send => {
                    let count = self.rng.random_range(1..=BURST);
                    waiting.extend((0..count).map(|_| self.next_message()));
                    send_all(client, waiting).await.map_err(|_| Broken)?;
                    next = self.pause();
                }
                () = sleep_until(resend), if self.resend.is_some() => {
                    self.resend = None;
                    send_all(client, waiting).await.map_err(|_| Broken)?;
                    if std::mem::take(&mut self.resync) {
                        client.try_send_text(&follower.sync().to_string()).await.map_err(|_| Broken)?;
                    }
                }
                () = sleep_until(ping_at) => {
                    if heard.elapsed() > PING.1 {
                        return Err(Broken);
                    }
                    ping_at = Instant::now() + PING.0;
                    client.try_send_text(&json!({"type": "ping"}).to_string()).await.map_err(|_| Broken)?;
                }
                Ok(()) = stop.changed() => {}
                Ok(()) = goal.changed() => {}
            }
        }
    }

    async fn begin(
        &mut self,
        client: &mut RawClient,
        follower: &mut Follower,
        waiting: &VecDeque<Outgoing>,
    ) -> std::io::Result<()> {
        (self.resend, self.resync) = (None, false);
        let auth = json!({"type": "auth", "id": "auth", "token": self.user.token});
        client.try_send_text(&auth.to_string()).await?;
        client.try_send_text(&follower.sync().to_string()).await?;
        if let Some(last) = self.last.as_ref().filter(|_| self.rng.random_bool(0.5)) {
            client.try_send_text(&last.frame()).await?;
        }
        send_all(client, waiting).await
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
                // Nothing else is anybody's fault but the server's here.
                assert!(["unavailable", "unauthorized"].contains(&frame["code"].as_str().unwrap()), "{frame}");
                if frame["id"] == "auth" || frame["code"] == "unauthorized" {
                    return Err(Broken);
                }
                self.resync |= frame["id"] == "sync";
                self.resend.get_or_insert(Instant::now() + Duration::from_millis(200));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

async fn send_all(client: &mut RawClient, messages: &VecDeque<Outgoing>) -> std::io::Result<()> {
    for message in messages {
        client.try_send_text(&message.frame()).await?;
    }
    Ok(())
}

/// The stage: nodes, what they stand on, and the clients.
struct Stage {
    postgres: PostgresProcess,
    redis: RedisProcess,
    nodes: Vec<ServerProcess>,
    story: Arc<Story>,
    clients: JoinSet<Vec<Acked>>,
    prober: SignedUp,
    /// Messages of the prober.
    probes: Vec<Acked>,
    /// Numbers of the live clients.
    live: Vec<usize>,
    /// Somebody who may read each chat.
    readers: BTreeMap<String, SignedUp>,
    /// The nodes' directories.
    _dirs: Vec<TempDir>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_whatever_falls_over() {
    let Some(postgres) = PostgresProcess::start() else { return };
    let Some(redis) = RedisProcess::start().await else { return };
    let seed = 0xc1_05_7e;
    let count = usize::try_from(setting("VESTNIK_CLUSTER_CLIENTS", USUAL)).unwrap();
    let begun = Instant::now();
    let mut stage = Stage::set(postgres, redis, count, seed).await;
    stage.play(Duration::from_secs(setting("VESTNIK_CLUSTER_SECONDS", 20))).await;
    let (messages, errors) = stage.end().await;
    eprintln!("{messages} messages, {errors} errors, {:?}", begun.elapsed());
}

impl Stage {
    async fn set(postgres: PostgresProcess, redis: RedisProcess, count: usize, seed: u64) -> Self {
        let (database, bus) = (postgres.url(), redis.url());
        let env = [
            ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
            ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
            ("VESTNIK_MESSAGES__PER_SECOND", "0"),
            ("VESTNIK_MESSAGES__SYNC_EVENTS", "1000000"),
            ("VESTNIK_LOG__LEVEL", "warn"),
            ("VESTNIK_DATABASE_URL", database.as_str()),
            ("VESTNIK_BUS_URL", bus.as_str()),
        ];
        let program = Path::new(env!("CARGO_BIN_EXE_vestnik"));
        let (mut nodes, mut dirs) = (Vec::new(), Vec::new());
        for _ in 0..NODES {
            // Each has a directory of its own, for its certificate.
            let dir = tempfile::tempdir().unwrap();
            nodes.push(ServerProcess::new(program, dir.path(), &env));
            dirs.push(dir);
        }
        // All at once on an empty database.
        nodes.iter_mut().for_each(ServerProcess::launch);
        for node in &mut nodes {
            node.ready().await;
        }
        let rest = nodes[0].rest().clone();
        let mut people = Vec::new();
        for number in 0..count {
            people.push(nodes[number % NODES].rest().register(&format!("person{number}")).await);
        }
        let (everywhere, pairs) = make_chats(&rest, &people).await;
        let readers: BTreeMap<String, SignedUp> = everywhere
            .iter()
            .map(|chat| (chat.clone(), people[0].clone()))
            .chain(pairs.iter().enumerate().map(|(pair, chat)| (chat.clone(), people[2 * pair].clone())))
            .collect();
        // One who only sends the probes, so that their messages are nobody else's.
        let prober = rest.register("prober").await;
        let path = format!("/api/v1/chats/{}/join", everywhere[1]);
        assert_eq!(rest.call("POST", &path, Some(&prober.token), Some(&json!({}))).await.0, 200);
        let story = Arc::new(Story {
            nodes: nodes.iter().map(|node| (node.http_addr, node.tcp_addr)).collect(),
            ledger: Ledger::default(),
            acks: watch::Sender::new(0),
            finished: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            goal: watch::Sender::new(None),
            seen: (0..count).map(|_| AtomicI64::new(0)).collect(),
            errors: AtomicU64::new(0),
            probes: everywhere[1].clone(),
        });
        let (mut clients, mut live) = (JoinSet::new(), Vec::new());
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
                resend: None,
                resync: false,
            };
            let (tcp, ws, rest) = DOORS;
            match number % 10 {
                n if n < tcp => drop(clients.spawn(client.run_live(LiveDoor::Tcp, true))),
                n if n < tcp + ws => drop(clients.spawn(client.run_live(LiveDoor::Ws, true))),
                n if n < tcp + ws + rest => drop(clients.spawn(client.run_rest())),
                n if n % 2 == 0 => drop(clients.spawn(client.run_live(LiveDoor::Tcp, false))),
                _ => drop(clients.spawn(client.run_live(LiveDoor::Ws, false))),
            }
            if number % 10 < tcp + ws || number % 10 >= tcp + ws + rest {
                live.push(number);
            }
        }
        let (probes, _dirs) = (Vec::new(), dirs);
        Self { postgres, redis, nodes, story, clients, prober, probes, live, readers, _dirs }
    }

    /// Every fault once, and quiet times between them.
    async fn play(&mut self, all: Duration) {
        let step = all / 12;
        self.everybody_is_served("the beginning").await;
        self.a_session_ends("with the bus").await;

        self.redis.kill();
        sleep(step).await;
        self.a_session_ends("without the bus").await;
        self.redis.launch().await;
        self.everybody_is_served("redis restarted").await;
        sleep(step).await;

        self.redis.pause();
        sleep(step).await;
        self.redis.go_on();
        self.everybody_is_served("redis paused").await;
        sleep(step).await;

        self.postgres.crash_and_start();
        self.everybody_is_served("postgres crashed").await;
        sleep(step).await;

        self.nodes[1].kill();
        sleep(step).await;
        self.nodes[1].launch();
        self.nodes[1].ready().await;
        self.everybody_is_served("a node was killed").await;
        sleep(step).await;

        self.nodes[2].pause();
        sleep(2 * step).await;
        self.nodes[2].go_on();
        self.everybody_is_served("a node stood still").await;
        sleep(step).await;

        let errors = self.story.errors.load(Ordering::Relaxed);
        for node in 0..NODES {
            assert!(self.nodes[node].terminate());
            self.nodes[node].launch();
            self.nodes[node].ready().await;
        }
        self.everybody_is_served("rolling restart").await;
        let told = self.story.errors.load(Ordering::Relaxed) - errors;
        assert_eq!(told, 0, "a rolling restart shows no error to anybody");
        sleep(step).await;
        self.a_session_ends("after everything").await;
    }

    /// Waits until everybody has seen a message sent now.
    async fn everybody_is_served(&mut self, after: &str) {
        // At first all read everything there is, which is nobody's fault.
        let first = self.probes.is_empty();
        let within = Duration::from_secs(setting("VESTNIK_CLUSTER_BACK_SECONDS", BACK_WITHIN));
        let within = if first { PATIENCE } else { within };
        let begun = Instant::now();
        let client_id = uuid::Builder::from_random_bytes(rand::rng().random()).into_uuid();
        let number = self.probes.len() + 1;
        let chat = self.story.probes.clone();
        let probe = Outgoing { chat, client_id, content: format!("{after} {number}") };
        let rev = loop {
            assert!(begun.elapsed() < PATIENCE, "{after}: no node takes a message");
            if let Ok(Some(rev)) = timeout(Duration::from_secs(3), self.probe(&probe)).await {
                break rev;
            }
            sleep(AGAIN).await;
        };
        while let Some(number) = self.live.iter().find(|n| self.story.seen[**n].load(Ordering::Relaxed) < rev) {
            assert!(begun.elapsed() < PATIENCE, "{after}: client {number} does not get {rev}");
            assert!(self.clients.try_join_next().is_none(), "{after}: a client failed");
            sleep(Duration::from_millis(20)).await;
        }
        eprintln!("{after}: everybody is served after {:?}", begun.elapsed());
        assert!(begun.elapsed() < within, "{after}: served after {:?}", begun.elapsed());
    }

    /// Sends a message by REST; where the chat is then.
    async fn probe(&mut self, probe: &Outgoing) -> Option<i64> {
        let rest = self.nodes[0].rest();
        let path = format!("/api/v1/chats/{}", probe.chat);
        let body = json!({"content": probe.content, "client_id": probe.client_id});
        let token = Some(self.prober.token.as_str());
        let (status, answer) = rest.try_call("POST", &format!("{path}/messages"), token, Some(&body)).await.ok()?;
        if status != 201 {
            return None;
        }
        let acked = Acked::new(probe, &answer["id"], &answer["seq"]);
        let (status, chat) = rest.try_call("GET", &path, token, None).await.ok()?;
        if status != 200 {
            return None;
        }
        self.probes.push(acked);
        chat["rev"].as_i64()
    }

    /// A session ended on one node is closed on another.
    async fn a_session_ends(&mut self, when: &str) {
        let login = json!({"username": self.prober.username, "password": PASSWORD});
        let (status, answer) = self.nodes[0].rest().call("POST", "/api/v1/auth/login", None, Some(&login)).await;
        assert_eq!(status, 200, "{answer}");
        let mut client = RawClient::tcp(self.nodes[1].tcp_addr).await;
        let signed = client.auth(answer["access_token"].as_str().unwrap()).await;
        let path = format!("/api/v1/auth/sessions/{}", signed["session_id"].as_str().unwrap());
        let (status, answer) = self.nodes[2].rest().call("DELETE", &path, Some(&self.prober.token), None).await;
        assert!(status < 300, "{answer}");
        let begun = Instant::now();
        assert_eq!(client.closed().await, Some(4401), "{when}");
        eprintln!("{when}: the session is closed elsewhere after {:?}", begun.elapsed());
        assert!(begun.elapsed() < REVOKED_WITHIN, "{when}: {:?}", begun.elapsed());
    }

    /// All catch up, and everything is compared. Returns how many messages and errors there were.
    async fn end(mut self) -> (u64, u64) {
        let story = self.story.clone();
        story.stop.send_replace(true);
        let all = (0..story.seen.len()).filter(|n| n % 10 < DOORS.0 + DOORS.1 + DOORS.2).count();
        let mut finished = story.finished.subscribe();
        timeout(PATIENCE, finished.wait_for(|count| *count == all)).await.expect("all are acknowledged").unwrap();
        let goal = heads(&story.ledger, story.nodes[0].1, &self.readers).await;
        story.goal.send_replace(Some(goal.clone()));
        let mut acked = vec![self.probes];
        while let Some(done) = timeout(PATIENCE, self.clients.join_next()).await.expect("all catch up") {
            acked.push(done.unwrap());
        }
        verify(&story.ledger, &goal, self.nodes[0].rest(), &self.readers, acked).await;
        for node in &mut self.nodes {
            assert!(node.terminate());
        }
        (*story.acks.borrow(), story.errors.load(Ordering::Relaxed))
    }
}
