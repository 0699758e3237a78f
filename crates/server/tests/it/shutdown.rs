//! Told to stop, the server finishes what it has begun and says goodbye.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use vestnik_testkit::{LiveDoor, RawClient, Received, Rest, ServerProcess, SignedUp};

/// Senders on each of the live doors.
const EACH: usize = 4;
/// Messages of one sender on their way at once.
const AHEAD: usize = 8;
/// Acknowledgements after which the server is told to stop.
const ENOUGH: u64 = 300;
/// The server's own deadline is ten seconds.
const DEADLINE: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(30);

/// What was acknowledged: content and number.
type Acked = Vec<(String, i64)>;

/// Sends as much as it may until the connection closes; must be told 1012.
async fn send_live(
    door: LiveDoor,
    server: (Rest, std::net::SocketAddr),
    user: SignedUp,
    acks: watch::Sender<u64>,
) -> Acked {
    let mut client = RawClient::try_connect(door, server.1, None).await.unwrap();
    client.auth(&user.token).await;
    let (mut sent, mut acked, mut told) = (0, Vec::new(), None);
    loop {
        while told.is_none() && sent - acked.len() < AHEAD {
            sent += 1;
            let content = format!("{} {sent}", user.username);
            let message = json!({"type": "message", "id": content, "chat_id": "general", "content": content});
            // The server may have gone away in this moment: then the reading says how.
            let _ = client.try_send_text(&message.to_string()).await;
        }
        match client.read().await {
            Received::Frame(frame) => match frame["type"].as_str().unwrap() {
                "ack" => {
                    acked.push((frame["id"].as_str().unwrap().to_owned(), frame["seq"].as_i64().unwrap()));
                    acks.send_modify(|count| *count += 1);
                }
                "bye" => told = frame["reconnect_after_ms"].as_u64(),
                "error" => panic!("{frame}"),
                _ => {}
            },
            Received::Closed(code) => {
                assert_eq!(code, Some(1012), "{door:?}");
                assert_eq!(told.is_some(), door == LiveDoor::Tcp, "when to come back");
                return acked;
            }
        }
    }
}

/// Sends over REST until the server takes no more.
async fn send_rest(rest: Rest, user: SignedUp, acks: watch::Sender<u64>) -> Acked {
    let mut acked = Vec::new();
    loop {
        let content = format!("{} {}", user.username, acked.len());
        let body = json!({"content": content});
        match rest.try_call("POST", "/api/v1/chats/general/messages", Some(&user.token), Some(&body)).await {
            Ok((201, message)) => {
                acked.push((content, message["seq"].as_i64().unwrap()));
                acks.send_modify(|count| *count += 1);
            }
            Ok((503, _)) | Err(_) => return acked,
            Ok(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_under_load_it_keeps_its_word_and_says_goodbye() {
    let dir = tempfile::tempdir().unwrap();
    let env = [
        ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
        ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
        ("VESTNIK_MESSAGES__PER_SECOND", "0"),
        ("VESTNIK_LOG__LEVEL", "warn"),
    ];
    let mut server = ServerProcess::start(Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), &env).await;
    let rest = server.rest().clone();
    let acks = watch::Sender::new(0u64);
    let mut clients = JoinSet::new();
    for number in 0..EACH {
        for (door, addr) in [(LiveDoor::Tcp, server.tcp_addr), (LiveDoor::Ws, server.http_addr)] {
            let user = rest.register(&format!("{door:?}{number}")).await;
            clients.spawn(send_live(door, (rest.clone(), addr), user, acks.clone()));
        }
    }
    let reader = rest.register("rest").await;
    clients.spawn(send_rest(rest.clone(), reader.clone(), acks.clone()));
    // One who never reads must not keep the server.
    let mut silent = RawClient::try_connect(LiveDoor::Tcp, server.tcp_addr, Some(4_096)).await.unwrap();
    silent.auth(&reader.token).await;

    timeout(PATIENCE, acks.subscribe().wait_for(|count| *count >= ENOUGH)).await.unwrap().unwrap();
    server.ask_to_stop();
    let status = server.ended(DEADLINE).await.expect("the server ends in time");
    assert!(status.success(), "{status}");
    let acked: Vec<_> = timeout(PATIENCE, clients.join_all()).await.unwrap().concat();
    assert!(acked.len() as u64 >= ENOUGH);

    server.restart().await;
    let mut stored: Vec<(String, i64)> = Vec::new();
    loop {
        let path = format!("/api/v1/chats/general/messages?limit=200&after={}", stored.len());
        let (status, page) = rest.call("GET", &path, Some(&reader.token), None).await;
        assert_eq!(status, 200, "{page}");
        let place =
            |message: &Value| (message["content"].as_str().unwrap().to_owned(), message["seq"].as_i64().unwrap());
        stored.extend(page["messages"].as_array().unwrap().iter().map(place));
        if page["has_more"] == false {
            break;
        }
    }
    for message in &acked {
        assert_eq!(stored.iter().filter(|(content, _)| *content == message.0).count(), 1, "{message:?}");
        assert!(stored.contains(message), "{message:?}");
    }
}
