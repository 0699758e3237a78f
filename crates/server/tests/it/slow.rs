//! Nobody waits for a slow reader, and a slow reader misses nothing.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use vestnik_testkit::{LiveDoor, RawClient, Received, SignedUp, TestServer};

/// Members of the room: one writes, one does not read, the others do.
const MEMBERS: usize = 20;
/// A small receive buffer, so that the server soon feels that nobody reads.
const NARROW: u32 = 4 * 1024;
/// Messages after which the queue of one who does not read must be full: the kernel's buffers hold
/// a few megabytes, and the queue a few hundred frames.
const ENOUGH: usize = 3_000;
/// Messages between two looks at the counters.
const ROUND: usize = 20;
const LAST: &str = "the end";
/// Longest the readers may take after the last message.
const PROMPTLY: Duration = Duration::from_secs(30);

/// What the slow one does once it was thrown off.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// Reads on at once.
    ReadsAtOnce,
    /// Reads when the server has given up saying goodbye.
    ReadsLate,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_tcp_client_is_told_4408_and_resumes() {
    slow_reader(LiveDoor::Tcp, Then::ReadsAtOnce).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_websocket_client_is_told_4408_and_resumes() {
    slow_reader(LiveDoor::Ws, Then::ReadsAtOnce).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_even_read_the_goodbye_resumes() {
    slow_reader(LiveDoor::Tcp, Then::ReadsLate).await;
}

async fn start() -> TestServer {
    let builder = TestServer::builder().core(|core| {
        core.sync_events = 100_000;
        core.messages_per_second = 0;
    });
    builder.start().await
}

/// A number of the metrics.
async fn counter(server: &TestServer, name: &str) -> u64 {
    let url = format!("http://{}/metrics", server.metrics_addr().unwrap());
    let text = server.rest.get(url).send().await.unwrap().text().await.unwrap();
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap_or(0)
}

/// Connects, signs in and catches up with the room; says how far it has come.
async fn enter(server: &TestServer, user: &SignedUp, door: LiveDoor, buffer: Option<u32>) -> (RawClient, i64) {
    let addr = if door == LiveDoor::Tcp { server.tcp_addr() } else { server.http_addr() };
    let mut client = RawClient::try_connect(door, addr, buffer).await.unwrap();
    client.auth(&user.token).await;
    client.send_json(&json!({"type": "sync", "chats": {"general": 0}})).await;
    let done = client.next_of_type("sync_done").await;
    (client, done["chats"]["general"].as_i64().unwrap())
}

/// Reads the room's events, one after the other without a gap, until `done` or the close.
async fn follow(
    client: &mut RawClient,
    have: &mut i64,
    done: impl Fn(&Value) -> bool,
) -> (Vec<Value>, Option<Option<u16>>) {
    let mut events = Vec::new();
    loop {
        match client.read().await {
            Received::Closed(code) => return (events, Some(code)),
            Received::Frame(frame) => {
                assert_ne!(frame["type"], "error", "{frame}");
                let done = done(&frame);
                if frame["type"] == "new_message" {
                    assert_eq!(frame["rev"], *have + 1, "neither a gap nor a repeat");
                    *have += 1;
                    events.push(frame);
                }
                if done {
                    return (events, None);
                }
            }
        }
    }
}

fn is_last(frame: &Value) -> bool {
    frame["message"]["content"] == LAST
}

/// Sends messages and waits until they are acknowledged.
async fn send(client: &mut RawClient, contents: &[&str]) {
    for content in contents {
        client.send_json(&json!({"type": "message", "id": "m", "chat_id": "general", "content": content})).await;
    }
    for _ in contents {
        client.next_of_type("ack").await;
    }
}

async fn slow_reader(door: LiveDoor, then: Then) {
    // The narrow queue makes the story short.
    let builder = TestServer::builder().settings(|settings| settings.limits.queue_frames = 256).core(|core| {
        core.sync_events = 100_000;
        core.messages_per_second = 0;
    });
    let server = builder.start().await;
    let mut people = Vec::new();
    for number in 0..MEMBERS {
        people.push(server.register(&format!("person{number}")).await);
    }
    let (mut slow, mut have) = enter(&server, &people[0], door, Some(NARROW)).await;
    let (mut writer, _) = enter(&server, &people[1], LiveDoor::Tcp, None).await;
    let mut readers = JoinSet::new();
    for (number, person) in people.iter().enumerate().skip(2) {
        let door = if number % 2 == 0 { LiveDoor::Tcp } else { LiveDoor::Ws };
        let (mut reader, mut have) = enter(&server, person, door, None).await;
        // They stay connected until the end of the story.
        readers.spawn(async move { (follow(&mut reader, &mut have, is_last).await, reader) });
    }

    let gauge = format!("vestnik_connections{{door=\"{}\"}}", if door == LiveDoor::Tcp { "tcp" } else { "ws" });
    let long = "€".repeat(4_000);
    let mut sent = 0;
    let before = counter(&server, &gauge).await;
    while counter(&server, "vestnik_queue_overflows_total").await == 0 {
        assert!(sent < ENOUGH, "the queue of one who does not read has no end");
        send(&mut writer, &[long.as_str(); ROUND]).await;
        sent += ROUND;
    }
    let go_on = async {
        send(&mut writer, &["more", "and more", LAST]).await;
        timeout(PROMPTLY, readers.join_all()).await.expect("the others got everything promptly")
    };
    let wake = async {
        if then == Then::ReadsLate {
            while counter(&server, &gauge).await >= before {
                sleep(Duration::from_millis(50)).await;
            }
        }
        timeout(PROMPTLY, follow(&mut slow, &mut have, |_| false)).await.expect("the slow one is closed")
    };
    let (seen, (begun, closed)) = tokio::join!(go_on, wake);
    let all = &seen[0].0.0;
    assert_eq!(all.len(), sent + 3);
    for ((events, closed), _) in &seen {
        assert!(closed.is_none() && events == all, "everybody else got everything");
    }
    match then {
        Then::ReadsAtOnce => assert_eq!(closed, Some(Some(4408))),
        Then::ReadsLate => assert!(matches!(closed, Some(None | Some(4408))), "{closed:?}"),
    }
    assert!(begun.len() < sent, "what was for the slow one did not all wait in the queue");
    assert_eq!(counter(&server, "vestnik_queue_overflows_total").await, 1, "nobody else was thrown off");

    let addr = if door == LiveDoor::Tcp { server.tcp_addr() } else { server.http_addr() };
    let mut slow = RawClient::try_connect(door, addr, None).await.unwrap();
    slow.auth(&people[0].token).await;
    slow.send_json(&json!({"type": "sync", "chats": {"general": have}})).await;
    let synced = follow(&mut slow, &mut have, |frame| frame["type"] == "sync_done");
    let (rest, closed) = timeout(PROMPTLY, synced).await.unwrap();
    assert_eq!(closed, None);
    assert!(begun.iter().chain(&rest).eq(all.iter()), "nothing missed, nothing twice");
    send(&mut writer, &["again"]).await;
    assert_eq!(slow.next_of_type("new_message").await["rev"], have + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_throws_nobody_off_who_reads() {
    const SENDERS: usize = 20;
    const EACH: usize = 250;
    let server = start().await;
    let mut people = Vec::new();
    for number in 0..SENDERS + 10 {
        people.push(server.register(&format!("person{number}")).await);
    }
    let mut entered = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let door = if number % 2 == 0 { LiveDoor::Tcp } else { LiveDoor::Ws };
        entered.push(enter(&server, person, door, None).await);
    }
    let mut clients = JoinSet::new();
    for (number, (mut client, mut have)) in entered.into_iter().enumerate() {
        let goal = have + (SENDERS * EACH) as i64;
        clients.spawn(async move {
            if number < SENDERS {
                for sent in 0..EACH {
                    let content = format!("{number} says {sent}");
                    client.send_json(&json!({"type": "message", "chat_id": "general", "content": content})).await;
                }
            }
            follow(&mut client, &mut have, |frame| frame["rev"] == goal && frame["type"] == "new_message").await
        });
    }
    let seen = timeout(Duration::from_secs(60), clients.join_all()).await.expect("everybody got everything");
    for (events, closed) in &seen {
        assert_eq!((events.len(), *closed), (SENDERS * EACH, None));
    }
}
