//! Several nodes are one server: whatever falls over between them, nothing acknowledged is lost or
//! doubled, and every client sees the same log.
//!
//! Three programs run on a PostgreSQL and a Redis of their own, each behind a network that can be cut,
//! with clients of all three doors that move from node to node. Every fault happens once;
//! `make cluster-story MINUTES=10` has more clients, and repeats the faults in other orders for that long.
//! It prints how long everything took.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt as _, SeedableRng};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{Instant, sleep, timeout};
use vestnik_testkit::{
    LiveDoor, PASSWORD, PostgresProcess, Proxy, RawClient, RedisProcess, ServerProcess, SignedUp, fake_time,
};

use crate::story::{Acked, Client, Manner, Outgoing, Story, heads, make_chats, readers_of, verify};

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
/// How long a fault lasts, and how long the Redis or a node that stands still does: in the short story, and in the
/// long one.
const SHORT: (Duration, Duration) = (Duration::from_millis(1_500), Duration::from_secs(3));
const LONG: (Duration, Duration) = (Duration::from_secs(4), Duration::from_secs(30));
/// Most messages until a full disk is felt.
const FILLERS: usize = 2_000;

#[expect(clippy::disallowed_methods, reason = "for longer runs")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    RedisStopped,
    RedisRestarted,
    RedisPaused,
    /// The Redis hears nothing of a node, and the node hears it.
    BusForthCut,
    /// A node hears nothing of the Redis, and is heard.
    BusBackCut,
    /// What the Redis tells is lost, repeated and reordered.
    BusMischief,
    PostgresRestarted,
    PostgresFailsOver,
    NoConnections,
    DiskFull,
    NodeKilled,
    NodePaused,
    NoBus,
    NoDatabase,
    NeitherBusNorDatabase,
    ClockJumps,
    RollingRestart,
}

const FAULTS: [Fault; 17] = [
    Fault::RedisStopped,
    Fault::RedisRestarted,
    Fault::RedisPaused,
    Fault::BusForthCut,
    Fault::BusBackCut,
    Fault::BusMischief,
    Fault::PostgresRestarted,
    Fault::NoConnections,
    Fault::DiskFull,
    Fault::NodeKilled,
    Fault::NodePaused,
    Fault::NoBus,
    Fault::NoDatabase,
    Fault::NeitherBusNorDatabase,
    Fault::ClockJumps,
    Fault::PostgresFailsOver,
    Fault::RollingRestart,
];

/// The stage: nodes, what they stand on, and the clients.
struct Stage {
    postgres: PostgresProcess,
    redis: RedisProcess,
    /// Between each node and the Redis.
    bus: Vec<Proxy>,
    /// Between each node and the database.
    database: Vec<Proxy>,
    /// Files that say how far a node's clock is off; where that can be done.
    clocks: Vec<PathBuf>,
    nodes: Vec<ServerProcess>,
    story: Arc<Story>,
    clients: JoinSet<Vec<Acked>>,
    rng: StdRng,
    lasts: (Duration, Duration),
    back_within: Duration,
    prober: SignedUp,
    /// Messages of the prober.
    probes: Vec<Acked>,
    /// A message of the prober that was refused, or seemed so.
    refused: Option<Outgoing>,
    /// Numbers of the live clients.
    live: Vec<usize>,
    /// Somebody who may read each chat.
    readers: BTreeMap<String, SignedUp>,
    /// The longest until everybody was served again, and after what.
    longest: (Duration, &'static str),
    /// The nodes' directories.
    _dirs: Vec<TempDir>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_whatever_falls_over() {
    let Some(postgres) = PostgresProcess::start_on_small_disk() else { return };
    let Some(redis) = RedisProcess::start().await else { return };
    let seed = setting("VESTNIK_CLUSTER_SEED").unwrap_or(0xc1_05_7e);
    let minutes = setting("VESTNIK_CLUSTER_MINUTES");
    let count = usize::try_from(setting("VESTNIK_CLUSTER_CLIENTS").unwrap_or(USUAL)).unwrap();
    eprintln!("seed {seed}, {count} clients");
    let mut stage = Stage::set(postgres, redis, count, seed).await;
    if minutes.is_some() {
        stage.lasts = LONG;
    }
    let begun = Instant::now();
    stage.play(Duration::from_secs(60 * minutes.unwrap_or_default())).await;
    let (played, longest) = (begun.elapsed(), stage.longest);
    let (messages, errors) = stage.end().await;
    let (back, after) = longest;
    eprintln!("{messages} messages in {played:?}, {errors} errors; back within {back:?}, longest after: {after}");
}

impl Stage {
    async fn set(postgres: PostgresProcess, redis: RedisProcess, count: usize, seed: u64) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_vestnik"));
        let (mut nodes, mut dirs, mut clocks) = (Vec::new(), Vec::new(), Vec::new());
        let (mut bus, mut database) = (Vec::new(), Vec::new());
        for _ in 0..NODES {
            // Each has a directory of its own, for its certificate.
            let dir = tempfile::tempdir().unwrap();
            bus.push(Proxy::to_redis(redis.addr()));
            database.push(Proxy::to(postgres.addr()));
            let urls =
                [postgres.url_at(database.last().unwrap().addr()), format!("redis://{}", bus.last().unwrap().addr())];
            let clock = dir.path().join("clock");
            let mut env = vec![
                ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
                ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
                // One token for the whole story, but for nodes whose clock is ahead by more.
                ("VESTNIK_ACCOUNTS__ACCESS_TOKEN", "50m"),
                ("VESTNIK_MESSAGES__PER_SECOND", "0"),
                ("VESTNIK_MESSAGES__SYNC_EVENTS", "1000000"),
                ("VESTNIK_LOG__LEVEL", "warn"),
                ("VESTNIK_DATABASE_URL", urls[0].as_str()),
                ("VESTNIK_BUS_URL", urls[1].as_str()),
            ];
            // One of them.
            let faked = if clocks.is_empty() { fake_time(&clock) } else { None };
            if let Some(faked) = &faked {
                env.extend(faked.iter().map(|(name, value)| (*name, value.as_str())));
                clocks.push(clock);
            }
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
        let readers = readers_of(&everywhere, &pairs, &people);
        // One who only sends the probes, so that their messages are nobody else's.
        let prober = rest.register("prober").await;
        let path = format!("/api/v1/chats/{}/join", everywhere[1]);
        assert_eq!(rest.call("POST", &path, Some(&prober.token), Some(&json!({}))).await.0, 200);
        let slower = |millis: u64| millis * (count as u64).max(USUAL).pow(2) / USUAL.pow(2);
        let pause = slower(PAUSE.start)..slower(PAUSE.end);
        let manner = Manner { burst: BURST, pause, again: AGAIN, come: COME, may_fail: true };
        let addrs = nodes.iter().map(|node| (node.http_addr, node.tcp_addr)).collect();
        let story = Story::new(addrs, manner, count, &everywhere[1]);
        let (mut clients, mut live) = (JoinSet::new(), Vec::new());
        for (number, user) in people.into_iter().enumerate() {
            let mut chats = everywhere.clone();
            chats.extend(pairs.get(number / 2).cloned());
            let client = Client::new(&story, number, user, chats, seed);
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
        let back_within = Duration::from_secs(setting("VESTNIK_CLUSTER_BACK_SECONDS").unwrap_or(BACK_WITHIN));
        Self {
            postgres,
            redis,
            bus,
            database,
            clocks,
            nodes,
            story,
            clients,
            rng: StdRng::seed_from_u64(seed),
            lasts: SHORT,
            back_within,
            prober,
            probes: Vec::new(),
            refused: None,
            live,
            readers,
            longest: (Duration::ZERO, ""),
            _dirs: dirs,
        }
    }

    /// Every fault once, and then again in other orders until this time is over.
    async fn play(&mut self, at_least: Duration) {
        // At first all read everything there is, which is nobody's fault.
        let back_within = std::mem::replace(&mut self.back_within, PATIENCE);
        self.everybody_is_served("the beginning").await;
        (self.back_within, self.longest) = (back_within, (Duration::ZERO, ""));
        self.a_session_ends("with the bus").await;
        let begun = Instant::now();
        for fault in FAULTS {
            self.happens(fault).await;
        }
        let mut faults = Vec::new();
        while begun.elapsed() < at_least {
            let fault = faults.pop().unwrap_or_else(|| {
                faults = FAULTS.to_vec();
                faults.shuffle(&mut self.rng);
                Fault::RollingRestart
            });
            self.happens(fault).await;
        }
        self.a_session_ends("after everything").await;
    }

    /// One fault from its beginning to its end, and everybody is served again.
    async fn happens(&mut self, fault: Fault) {
        let (lasts, stands_still) = self.lasts;
        let one = self.rng.random_range(0..NODES);
        let after = match fault {
            Fault::RedisStopped => {
                self.redis.kill();
                sleep(lasts).await;
                self.a_session_ends("without the bus").await;
                self.redis.launch().await;
                "redis stopped"
            }
            Fault::RedisRestarted => {
                self.redis.kill();
                self.redis.launch().await;
                "redis restarted"
            }
            Fault::RedisPaused => {
                self.redis.pause();
                sleep(stands_still).await;
                self.redis.go_on();
                "redis paused"
            }
            Fault::BusForthCut => {
                // The one that ends the session.
                self.bus[2].hold(true, false);
                sleep(lasts).await;
                self.a_session_ends("by a node that the bus does not hear").await;
                self.bus[2].hold(false, false);
                "the bus took nothing from a node"
            }
            Fault::BusBackCut => {
                // The one that has the session.
                self.bus[1].hold(false, true);
                sleep(lasts).await;
                self.a_session_ends("on a node that does not hear the bus").await;
                self.bus[1].hold(false, false);
                "a node heard nothing of the bus"
            }
            Fault::BusMischief => {
                let seed = self.rng.random();
                self.bus.iter().for_each(|bus| bus.set_mischief(Some(seed)));
                sleep(lasts).await;
                self.everybody_is_served("the bus loses, repeats and reorders").await;
                self.bus.iter().for_each(|bus| bus.set_mischief(None));
                "the bus lost, repeated and reordered"
            }
            Fault::PostgresRestarted => {
                block_in_place(|| self.postgres.crash_and_start());
                "postgres crashed"
            }
            Fault::PostgresFailsOver => {
                let replica = self.postgres.start_replica().await;
                sleep(lasts).await;
                block_in_place(|| {
                    self.postgres.crash();
                    replica.promote();
                });
                // As an address moves that follows the one that takes writes.
                for database in &self.database {
                    database.point_at(replica.addr());
                    database.break_all();
                }
                self.postgres = replica;
                "postgres failed over"
            }
            Fault::NoConnections => {
                let taken = block_in_place(|| self.postgres.take_all_connections());
                sleep(lasts).await;
                drop(taken);
                "postgres had no connections"
            }
            Fault::DiskFull => {
                let Some(disk) = self.postgres.disk() else { return };
                disk.shrink();
                self.until_refused().await;
                sleep(lasts).await;
                self.postgres.disk().unwrap().grow();
                block_in_place(|| self.postgres.start_if_down());
                "postgres had no room"
            }
            Fault::NodeKilled => {
                self.nodes[one].kill();
                sleep(lasts).await;
                self.nodes[one].launch();
                self.nodes[one].ready().await;
                "a node was killed"
            }
            Fault::NodePaused => {
                self.nodes[one].pause();
                sleep(stands_still).await;
                self.nodes[one].go_on();
                "a node stood still"
            }
            Fault::NoBus => {
                self.bus[one].hold(true, true);
                sleep(lasts).await;
                self.a_session_ends("a node without the bus").await;
                self.bus[one].hold(false, false);
                "a node had no bus"
            }
            Fault::NoDatabase => {
                self.database[one].hold(true, true);
                sleep(lasts).await;
                // Whatever it was in the middle of.
                self.is_served_by((one + 1) % NODES, "the others go on").await;
                self.database[one].hold(false, false);
                "a node had no database"
            }
            Fault::NeitherBusNorDatabase => {
                self.bus[one].hold(true, true);
                self.database[one].hold(true, true);
                sleep(lasts).await;
                self.bus[one].hold(false, false);
                self.database[one].hold(false, false);
                "a node had neither bus nor database"
            }
            Fault::ClockJumps => {
                let Some(clock) = self.clocks.first() else { return };
                for off in ["+3600", "-3600", "+0"] {
                    std::fs::write(clock, off).unwrap();
                    sleep(lasts).await;
                }
                "a clock jumped"
            }
            Fault::RollingRestart => {
                self.story.listen_to_complaints();
                for node in 0..NODES {
                    block_in_place(|| assert!(self.nodes[node].terminate()));
                    self.nodes[node].launch();
                    self.nodes[node].ready().await;
                }
                self.everybody_is_served("rolling restart").await;
                let complaints = self.story.complaints();
                assert!(complaints.is_empty(), "a rolling restart shows nobody an error: {complaints:#?}");
                return;
            }
        };
        self.everybody_is_served(after).await;
        sleep(lasts / 3).await;
    }

    /// Waits until everybody has seen a message sent now by each node.
    async fn everybody_is_served(&mut self, after: &'static str) {
        let begun = Instant::now();
        let mut rev = 0;
        for node in 0..NODES {
            rev = self.is_served_by(node, after).await;
        }
        while let Some(number) = self.live.iter().find(|n| self.story.seen[**n].load(Ordering::Relaxed) < rev) {
            assert!(begun.elapsed() < PATIENCE, "{after}: client {number} does not get {rev}");
            assert!(self.clients.try_join_next().is_none(), "{after}: a client failed");
            sleep(Duration::from_millis(20)).await;
        }
        let took = begun.elapsed();
        eprintln!("{after}: everybody is served after {took:?}");
        assert!(took < self.back_within, "{after}: served after {took:?}");
        self.longest = self.longest.max((took, after));
    }

    /// Waits until a node takes a message; where the chat is then.
    async fn is_served_by(&mut self, node: usize, when: &'static str) -> i64 {
        let begun = Instant::now();
        let probe = self.refused.take().unwrap_or_else(|| self.say(when));
        loop {
            if let Ok(Some(rev)) = timeout(Duration::from_secs(3), self.probe(node, &probe)).await {
                assert!(begun.elapsed() < self.back_within, "{when}: node {node} is back after {:?}", begun.elapsed());
                return rev;
            }
            assert!(begun.elapsed() < PATIENCE, "{when}: node {node} takes no message");
            sleep(AGAIN).await;
        }
    }

    /// The prober's next message.
    fn say(&self, text: &str) -> Outgoing {
        let client_id = uuid::Builder::from_random_bytes(rand::rng().random()).into_uuid();
        let number = self.probes.len() + 1;
        Outgoing { chat: self.story.watched.clone(), client_id, content: format!("{text} {number}"), again: false }
    }

    /// Sends a message by REST; where the chat is then.
    async fn probe(&mut self, node: usize, probe: &Outgoing) -> Option<i64> {
        let rest = self.nodes[node].rest();
        let path = format!("/api/v1/chats/{}", probe.chat);
        let body = json!({"content": probe.content, "client_id": probe.client_id});
        let token = Some(self.prober.token.as_str());
        let (status, answer) = rest.try_call("POST", &format!("{path}/messages"), token, Some(&body)).await.ok()?;
        if status != 201 {
            return None;
        }
        let acked = Acked::new(probe, &answer["id"], &answer["seq"]);
        match self.probes.last() {
            Some(last) if *last == acked => {}
            _ => self.probes.push(acked),
        }
        let (status, chat) = rest.try_call("GET", &path, token, None).await.ok()?;
        if status != 200 {
            return None;
        }
        chat["rev"].as_i64()
    }

    /// Sends long messages until one is refused.
    async fn until_refused(&mut self) {
        let text = "x".repeat(2_000);
        for _ in 0..FILLERS {
            let filler = self.say(&text);
            if !matches!(timeout(Duration::from_secs(3), self.probe(0, &filler)).await, Ok(Some(_))) {
                // Repeated until it is acknowledged, as it may be there all the same.
                self.refused = Some(filler);
                return;
            }
        }
        panic!("the disk is full and nothing is refused");
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
