//! Two nodes in one process, on one database and a bus that does what the test wants.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use vestnik_server::bus::{Fault, MemoryBus, Message, Subject};
use vestnik_server::config::units::Secret;
use vestnik_store::Newer;
use vestnik_testkit::{RawClient, Received, SignedUp, TempDatabase, TestServer};

use crate::story::{Follower, Ledger};

const PATIENCE: Duration = Duration::from_secs(20);
/// Longest until one node keeps to what another has decided.
const KNOWN_WITHIN: Duration = Duration::from_secs(2);

struct Pair {
    nodes: [TestServer; 2],
    bus: MemoryBus,
    _database: TempDatabase,
}

async fn node(database: &TempDatabase, bus: &MemoryBus) -> TestServer {
    let url = database.url();
    TestServer::builder()
        .settings(|settings| settings.general.database_url = Secret::new(url))
        .core(|core| (core.messages_per_second, core.sync_events) = (0, 1_000_000))
        .bus(bus.clone())
        .start()
        .await
}

impl Pair {
    async fn start() -> Option<Self> {
        let (database, bus) = (TempDatabase::create()?, MemoryBus::default());
        // At once, on an empty database.
        let (one, other) = tokio::join!(node(&database, &bus), node(&database, &bus));
        Some(Self { nodes: [one, other], bus, _database: database })
    }

    async fn call(&self, node: usize, who: &SignedUp, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.nodes[node].call(method, path, Some(&who.token), Some(&body)).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    async fn stop(mut self) {
        for node in &mut self.nodes {
            node.stop().await;
        }
    }
}

/// The next frame for which this holds.
async fn until(client: &mut RawClient, wanted: impl Fn(&Value) -> bool) -> Value {
    let find = async {
        loop {
            match client.read().await {
                Received::Frame(frame) if wanted(&frame) => return frame,
                Received::Frame(_) => {}
                closed @ Received::Closed(_) => panic!("{closed:?}"),
            }
        }
    };
    timeout(PATIENCE, find).await.expect("it comes in time")
}

#[tokio::test]
async fn two_nodes_on_an_empty_database_are_one_server() {
    let Some(pair) = Pair::start().await else { return };
    let anna = pair.nodes[0].register("anna").await;
    // Signed by one, known by the other; there is one first room.
    let mut client = pair.nodes[1].tcp_as(&anna).await;
    let rooms = pair.call(1, &anna, "GET", "/api/v1/rooms", json!({})).await;
    assert_eq!(rooms["rooms"].as_array().map(Vec::len), Some(1), "{rooms}");
    assert_eq!(pair.nodes[0].setup_token(), pair.nodes[1].setup_token());
    assert!(pair.nodes[0].setup_token().is_some());
    pair.call(0, &anna, "POST", "/api/v1/chats/general/messages", json!({"content": "hello"})).await;
    let event = client.next_of_type("new_message").await;
    assert_eq!(event["message"]["content"], "hello");
    pair.stop().await;
}

#[tokio::test]
async fn people_guests_and_typing_are_seen_across_nodes() {
    let Some(pair) = Pair::start().await else { return };
    let (anna, boris) = (pair.nodes[0].register("anna").await, pair.nodes[1].register("boris").await);
    let mut here = pair.nodes[0].tcp_as(&anna).await;
    here.ask(json!({"type": "set_active_chat", "chat_id": "general"})).await;
    let mut there = pair.nodes[1].tcp_as(&boris).await;
    let came = until(&mut here, |frame| frame["type"] == "presence" && frame["user_id"] == boris.id.0).await;
    assert_eq!(came["status"], "online");

    // Who is elsewhere is told after a moment.
    let begun = Instant::now();
    loop {
        there.send_json(&json!({"type": "set_active_chat", "chat_id": "general"})).await;
        let state = there.next_of_type("presence_state").await;
        let users: Vec<_> = state["users"].as_array().unwrap().iter().map(|user| user["user_id"].clone()).collect();
        if users == [json!(anna.id.0), json!(boris.id.0)] {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{state}");
        sleep(Duration::from_millis(20)).await;
    }

    there.send_json(&json!({"type": "typing", "chat_id": "general", "active": true})).await;
    assert_eq!(here.next_of_type("typing").await["username"], "boris");

    let mut guest = pair.nodes[1].raw_tcp().await;
    guest.ask(json!({"type": "guest"})).await;
    guest.ask(json!({"type": "set_active_chat", "chat_id": "general"})).await;
    until(&mut here, |frame| frame["type"] == "presence_state" && frame["guests"] == 1).await;
    drop(guest);
    until(&mut here, |frame| frame["type"] == "presence_state" && frame["guests"] == 0).await;

    // Still there by another node.
    let mut both = pair.nodes[0].tcp_as(&boris).await;
    drop(there);
    assert!(both.is_quiet(Duration::from_millis(600)).await);
    drop(both);
    let gone = until(&mut here, |frame| frame["user_id"] == boris.id.0 && frame["status"] == "offline").await;
    assert!(gone["last_seen"].is_string(), "{gone}");
    pair.stop().await;
}

#[tokio::test]
async fn rights_and_sessions_end_everywhere() {
    for lossy in [false, true] {
        let Some(pair) = Pair::start().await else { return };
        let (anna, boris) = (pair.nodes[0].register("anna").await, pair.nodes[1].register("boris").await);
        let chat = json!({"kind": "group", "name": "Two", "members": ["boris"]});
        let chat = pair.call(0, &anna, "POST", "/api/v1/chats", chat).await["id"].as_str().unwrap().to_owned();
        let mut client = pair.nodes[1].tcp_as(&boris).await;
        let say = |text: &str| json!({"type": "message", "chat_id": chat, "content": text});
        // Now the other node knows who is what in it.
        assert_eq!(client.ask(say("one")).await["type"], "ack");
        if lossy {
            // Nothing but the nodes' beats gets through.
            pair.bus.set_fault(Some(Box::new(|message| {
                if message.subject == Subject::NODES { vec![message] } else { Vec::new() }
            })));
        }
        pair.call(0, &anna, "DELETE", &format!("/api/v1/chats/{chat}/members/{}", boris.id.0), json!({})).await;
        let begun = Instant::now();
        while client.ask(say("two")).await["type"] != "error" {
            assert!(begun.elapsed() < KNOWN_WITHIN, "lossy: {lossy}");
            sleep(Duration::from_millis(20)).await;
        }
        // What is said there now is not for them.
        pair.call(0, &anna, "POST", &format!("/api/v1/chats/{chat}/messages"), json!({"content": "secret"})).await;
        assert!(lossy || client.is_quiet(Duration::from_millis(300)).await);

        let session = client.ask(json!({"type": "list_sessions"})).await["sessions"][0]["id"].clone();
        let path = format!("/api/v1/auth/sessions/{}", session.as_str().unwrap());
        pair.bus.set_fault(lossy.then(|| -> Fault { Box::new(|_| Vec::new()) }));
        pair.call(0, &boris, "DELETE", &path, json!({})).await;
        let begun = Instant::now();
        assert_eq!(client.closed().await, Some(4401));
        assert!(begun.elapsed() < KNOWN_WITHIN, "lossy: {lossy}, {:?}", begun.elapsed());
        let again = pair.nodes[1].call("GET", "/api/v1/account", Some(&boris.token), None).await;
        assert_eq!(again.0, 401, "{again:?}");
        pair.stop().await;
    }
}

#[tokio::test]
async fn a_node_that_nobody_hears_is_followed_by_the_store() {
    let Some(pair) = Pair::start().await else { return };
    let (anna, boris) = (pair.nodes[0].register("anna").await, pair.nodes[1].register("boris").await);
    let mut clients = [pair.nodes[0].tcp_as(&anna).await, pair.nodes[1].tcp_as(&boris).await];
    // The bus takes nothing from one of the two any more, and lets it hear the other.
    let mut muted = None;
    pair.bus.set_fault(Some(Box::new(move |message| {
        let node = message.payload.slice(1..9);
        if *muted.get_or_insert_with(|| node.clone()) == node { Vec::new() } else { vec![message] }
    })));
    // Until that is noticed.
    sleep(Duration::from_millis(1_500)).await;
    for (node, who) in [(0, &anna), (1, &boris)] {
        let begun = Instant::now();
        let text = format!("from {node}");
        pair.call(node, who, "POST", "/api/v1/chats/general/messages", json!({"content": text})).await;
        for client in &mut clients {
            until(client, |frame| frame["message"]["content"] == text.as_str()).await;
        }
        assert!(begun.elapsed() < KNOWN_WITHIN, "{:?}", begun.elapsed());
    }
    for (node, client) in clients.iter_mut().enumerate() {
        let session = client.ask(json!({"type": "list_sessions"})).await["sessions"][0]["id"].clone();
        let path = format!("/api/v1/auth/sessions/{}", session.as_str().unwrap());
        let who = [&anna, &boris][node];
        pair.call(1 - node, who, "DELETE", &path, json!({})).await;
        let begun = Instant::now();
        assert_eq!(client.closed().await, Some(4401));
        assert!(begun.elapsed() < KNOWN_WITHIN, "{:?}", begun.elapsed());
    }
    pair.stop().await;
}

#[tokio::test]
async fn a_node_that_nobody_has_ever_heard_is_known_by_its_signs_in_the_store() {
    let (Some(database), bus) = (TempDatabase::create(), MemoryBus::default()) else { return };
    let one = node(&database, &bus).await;
    // The bus takes nothing from the node that comes now.
    let mut known = None;
    bus.set_fault(Some(Box::new(move |message| {
        let node = message.payload.slice(1..9);
        if *known.get_or_insert_with(|| node.clone()) == node { vec![message] } else { Vec::new() }
    })));
    let pair = Pair { nodes: [one, node(&database, &bus).await], bus, _database: database };
    let anna = pair.nodes[0].register("anna").await;
    // Two looks into the store, of five seconds.
    sleep(Duration::from_secs(6)).await;
    for _ in 0..3 {
        let login = json!({"username": "anna", "password": vestnik_testkit::PASSWORD});
        let (status, signed) = pair.nodes[0].call("POST", "/api/v1/auth/login", None, Some(&login)).await;
        assert_eq!(status, 200, "{signed}");
        let mut client = RawClient::tcp(pair.nodes[0].tcp_addr()).await;
        let session = client.auth(signed["access_token"].as_str().unwrap()).await["session_id"].clone();
        let path = format!("/api/v1/auth/sessions/{}", session.as_str().unwrap());
        pair.call(1, &anna, "DELETE", &path, json!({})).await;
        let begun = Instant::now();
        assert_eq!(client.closed().await, Some(4401));
        assert!(begun.elapsed() < KNOWN_WITHIN, "{:?}", begun.elapsed());
    }
    pair.stop().await;
}

/// What the next version widens: the busiest tables.
const WIDER: (i64, &str) = (
    90,
    "ALTER TABLE messages ADD COLUMN test_weight BIGINT NOT NULL DEFAULT 0;
     ALTER TABLE sessions ADD COLUMN test_name TEXT NOT NULL DEFAULT '';",
);
/// And what the one after it takes away.
const NARROWER: (i64, &str) = (91, "ALTER TABLE sessions DROP COLUMN test_name;");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_versions_serve_side_by_side_while_nodes_are_replaced() {
    let (Some(database), bus) = (TempDatabase::create(), MemoryBus::default()) else { return };
    let mut nodes = [node(&database, &bus).await, node(&database, &bus).await];
    let (anna, boris) = (nodes[0].register("anna").await, nodes[0].register("boris").await);
    // One who writes without a pause by whichever node is not being replaced, and one who listens there.
    let mut sent = 0;
    let mut exchange = async |nodes: &[TestServer; 2], writes: usize, reads: usize, count: usize| {
        let mut writer = nodes[writes].tcp_as(&anna).await;
        let mut reader = nodes[reads].tcp_as(&boris).await;
        for _ in 0..count {
            sent += 1;
            let text = format!("message {sent}");
            let answer = writer.ask(json!({"type": "message", "chat_id": "general", "content": text})).await;
            assert_eq!(answer["type"], "ack", "{answer}");
            until(&mut reader, |frame| frame["message"]["content"] == text.as_str()).await;
        }
    };
    let wider = Newer { migrations: &[WIDER], oldest: 3 };
    let narrower = Newer { migrations: &[WIDER, NARROWER], oldest: WIDER.0 };

    exchange(&nodes, 0, 1, 5).await;
    // The first new node migrates under the hands of the old one; one that fails and starts again as it was does so;
    // then the other.
    for (which, version) in
        [(1, Some(&wider)), (0, None), (0, Some(&wider)), (1, Some(&narrower)), (0, Some(&narrower))]
    {
        let [zero, one] = &mut nodes;
        let (going, staying) = if which == 0 { (zero, one) } else { (one, zero) };
        let mut client = staying.tcp_as(&anna).await;
        let replaced = async {
            going.stop().await;
            going.set_version(version.cloned());
            going.start_again().await;
        };
        let working = async {
            for n in 0..40 {
                let text = format!("meanwhile {which} {n}");
                let answer = client.ask(json!({"type": "message", "chat_id": "general", "content": text})).await;
                assert_eq!(answer["type"], "ack", "{answer}");
            }
        };
        tokio::join!(replaced, working);
        exchange(&nodes, 0, 1, 5).await;
        exchange(&nodes, 1, 0, 5).await;
    }
    // The version before the last one is refused, with the reason.
    nodes[0].stop().await;
    nodes[0].set_version(None);
    let reason = nodes[0].fails_to_start().await;
    assert!(reason.contains("knows only up to 3") && reason.contains("newer version"), "{reason}");
    nodes[1].stop().await;
}

/// Loses, repeats and holds back, by a seed.
fn mischief(seed: u64) -> Fault {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut held: Vec<Message> = Vec::new();
    Box::new(move |message| {
        let mut out = Vec::new();
        match rng.random_range(0..10) {
            0 | 1 => {}
            2 => out.extend([message.clone(), message]),
            3 | 4 => held.push(message),
            _ => out.push(message),
        }
        if rng.random_bool(0.2) {
            out.append(&mut held);
        }
        out
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_loses_repeats_and_reorders_changes_nothing() {
    let Some(pair) = Pair::start().await else { return };
    let seed = 0xb05;
    let people = [
        pair.nodes[0].register("anna").await,
        pair.nodes[1].register("boris").await,
        pair.nodes[0].register("clara").await,
    ];
    let chat = json!({"kind": "group", "name": "Three", "members": ["boris"]});
    let chat = pair.call(0, &people[0], "POST", "/api/v1/chats", chat).await["id"].as_str().unwrap().to_owned();
    pair.bus.set_fault(Some(mischief(seed)));
    let chats = ["general".to_owned(), chat.clone()];
    let ledger = Ledger::default();
    let mut followers = Vec::new();
    for (node, who) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let mut client = pair.nodes[node].tcp_as(&people[who]).await;
        let mut follower = Follower::new(&chats);
        client.send_json(&follower.sync()).await;
        followers.push((client, follower));
    }
    // One who comes and goes, connected to the node that does not decide it.
    let mut clara = pair.nodes[1].tcp_as(&people[2]).await;
    let mut rng = StdRng::seed_from_u64(seed);
    for number in 0..120 {
        let (node, who) = (rng.random_range(0..2), rng.random_range(0..2));
        let name = chats[rng.random_range(0..2)].clone();
        let path = format!("/api/v1/chats/{name}/messages");
        pair.call(node, &people[who], "POST", &path, json!({"content": format!("message {number}")})).await;
        if number % 40 == 10 {
            pair.call(0, &people[0], "POST", &format!("/api/v1/chats/{chat}/members"), json!({"username": "clara"}))
                .await;
            let joined = until(&mut clara, |frame| frame["type"] == "chat_joined").await;
            let after = joined["chat"]["rev"].as_i64().unwrap();
            // Everything from there on, without a hole.
            pair.call(0, &people[0], "POST", &format!("/api/v1/chats/{chat}/messages"), json!({"content": "hi"})).await;
            let mut have = after;
            loop {
                let next = until(&mut clara, |frame| frame["chat_id"] == chat.as_str() && frame["rev"].is_i64()).await;
                let rev = next["rev"].as_i64().unwrap();
                assert!(rev <= after || rev == have + 1, "after {have} came {next}");
                have = have.max(rev);
                if next["message"]["content"] == "hi" {
                    break;
                }
            }
            let path = format!("/api/v1/chats/{chat}/members/{}", people[2].id.0);
            pair.call(0, &people[0], "DELETE", &path, json!({})).await;
            until(&mut clara, |frame| frame["type"] == "chat_left").await;
        }
    }
    let mut goal = std::collections::BTreeMap::new();
    for name in &chats {
        let state = pair.call(0, &people[0], "GET", &format!("/api/v1/chats/{name}"), json!({})).await;
        goal.insert(name.clone(), state["rev"].as_i64().unwrap());
    }
    for (client, follower) in &mut followers {
        let catch_up = async {
            while !follower.reached(&goal) {
                match client.read().await {
                    Received::Frame(frame) => follower.take(&ledger, &frame),
                    closed @ Received::Closed(_) => panic!("{closed:?}"),
                }
            }
        };
        timeout(PATIENCE, catch_up).await.unwrap_or_else(|_| panic!("seed {seed}: not everything came"));
    }
    // And nothing once more.
    for (client, _) in &mut followers {
        assert!(client.is_quiet(Duration::from_millis(300)).await);
    }
    pair.stop().await;
}

#[tokio::test]
async fn one_node_does_what_is_due_and_another_takes_over() {
    let Some(mut pair) = Pair::start().await else { return };
    let anna = pair.nodes[0].register("anna").await;
    let mut clients = [pair.nodes[0].tcp_as(&anna).await, pair.nodes[1].tcp_as(&anna).await];
    for (node, text) in ["first", "second"].into_iter().enumerate() {
        // Told to a node that may not be the one that does it.
        let send_at = vestnik_core::Clock::now(&vestnik_server::system::SystemClock).plus_secs(2);
        let schedule =
            json!({"type": "schedule_message", "chat_id": "general", "content": text, "send_at": send_at.to_string()});
        let answer = clients[1].ask(schedule).await;
        assert_eq!(answer["type"], "scheduled", "{answer}");
        until(&mut clients[1], |frame| frame["message"]["content"] == text).await;
        if node == 0 {
            until(&mut clients[0], |frame| frame["message"]["content"] == text).await;
            pair.nodes[0].stop().await;
        }
    }
    let history = pair.call(1, &anna, "GET", "/api/v1/chats/general/messages", json!({})).await;
    let texts: Vec<_> = history["messages"].as_array().unwrap().iter().map(|message| &message["content"]).collect();
    assert_eq!(texts, ["first", "second"], "nothing is sent twice");
    pair.stop().await;
}
