//! `vestnik migrate` under traffic, killed once: whatever was acknowledged is on the new server under its own
//! number, and clients go on where they were.
//!
//! `VESTNIK_TEST_MIGRATE_MESSAGES=1000000` moves as many messages (give `cargo test --release` for that).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;
use vestnik_proto::{MessageType, Timestamp};
use vestnik_store::{Append, ChatKey, Store, StoreConfig};
use vestnik_testkit::{LiveDoor, RawClient, Received, ServerProcess, SignedUp, TempDatabase};

const PROGRAM: &str = env!("CARGO_BIN_EXE_vestnik");
const CHEAP: [(&str, &str); 3] = [
    ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
    ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
    ("VESTNIK_LOG__LEVEL", "off"),
];
/// Messages there are before, unless the environment says otherwise.
const MESSAGES: i64 = 4_000;
/// Chats they are in.
const CHATS: i64 = 8;
/// People who write all the time.
const WRITERS: usize = 4;
/// Between two messages of one of them.
const PAUSE: Duration = Duration::from_millis(15);
/// Before a message that was not taken is sent again.
const AGAIN: Duration = Duration::from_millis(50);
/// Longest anything small may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "the long variant")]
fn messages() -> i64 {
    std::env::var("VESTNIK_TEST_MIGRATE_MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(MESSAGES)
}

/// A message that was acknowledged: its key, and the id and number it has.
type Acked = BTreeMap<Uuid, (String, i64)>;

/// What one who writes has seen.
struct Written {
    acked: Acked,
    /// The longest time from sending to the acknowledgement.
    longest: Duration,
    refused: u64,
}

/// Writes until told to stop, always to where the server is now; repeats by `client_id` until it is acknowledged.
async fn write(
    user: SignedUp,
    server: watch::Receiver<SocketAddr>,
    stop: watch::Receiver<bool>,
    acks: watch::Sender<u64>,
) -> Written {
    let mut written = Written { acked: Acked::new(), longest: Duration::ZERO, refused: 0 };
    let mut client: Option<RawClient> = None;
    while !*stop.borrow() {
        let key = Uuid::from_u64_pair(user.id.0.unsigned_abs(), written.acked.len() as u64);
        let content = format!("{} says {}", user.username, written.acked.len());
        let message = json!({"type": "message", "id": key, "client_id": key, "chat_id": "general", "content": content});
        let begun = Instant::now();
        loop {
            let Some(open) = &mut client else {
                let addr = *server.borrow();
                if let Ok(mut fresh) = RawClient::try_connect(LiveDoor::Tcp, addr, None).await {
                    // The token is good on the new server: it has the old one's keys.
                    let hello = json!({"type": "auth", "id": "auth", "token": user.token}).to_string();
                    if fresh.try_send_text(&hello).await.is_ok()
                        && let Some(answer) = answer(&mut fresh, "auth").await
                        && answer["type"] == "auth_success"
                    {
                        client = Some(fresh);
                        continue;
                    }
                }
                sleep(AGAIN).await;
                continue;
            };
            let sent = open.try_send_text(&message.to_string()).await;
            let Some(answer) = (if sent.is_ok() { answer(open, &key.to_string()).await } else { None }) else {
                client = None;
                continue;
            };
            if answer["type"] == "ack" {
                let id = answer["message_id"].as_str().unwrap().to_owned();
                written.acked.insert(key, (id, answer["seq"].as_i64().unwrap()));
                break;
            }
            assert_eq!(answer["code"], "unavailable", "{answer}");
            assert!(answer["retry_after_ms"].is_number(), "{answer}");
            written.refused += 1;
            sleep(AGAIN).await;
        }
        written.longest = written.longest.max(begun.elapsed());
        acks.send_modify(|acks| *acks += 1);
        sleep(PAUSE).await;
    }
    written
}

/// The answer to what was asked under this id; nothing when the connection ends first.
async fn answer(client: &mut RawClient, id: &str) -> Option<Value> {
    loop {
        match client.read().await {
            Received::Frame(frame) if frame["id"] == id => return Some(frame),
            Received::Frame(_) => {}
            Received::Closed(_) => return None,
        }
    }
}

/// Messages that were there before, written as the server writes them.
async fn fill(path: &Path, count: i64, user: &SignedUp) {
    let store = Store::open(&StoreConfig::new(format!("sqlite:{}", path.display()))).await.unwrap();
    let mut waiting = Vec::new();
    for n in 0..count {
        let chat = ChatKey(1 + n % CHATS);
        let key = vestnik_proto::ClientId::from_u64_pair(7, n.unsigned_abs());
        let append = Append {
            chat,
            sender: user.id,
            client_id: Some(key),
            hash: n,
            ts: Timestamp::from_secs(1_790_000_000 + n),
            message_type: MessageType::Text,
            content: format!(
                "message {n}: it is about as long as people write when they have something to say, and a\tlittle \\ more\n"
            ),
            reply_seq: None,
            mentions: Vec::new(),
            mention_all: None,
        };
        waiting.push(store.append(append, |_, _| {}).unwrap());
        if waiting.len() == 4_096 || n + 1 == count {
            for pending in waiting.drain(..) {
                pending.await.unwrap();
            }
        }
    }
    store.close().await;
}

fn migrate(server: &ServerProcess, args: &[&str]) -> tokio::process::Command {
    let mut command = server.command();
    command.arg("migrate").args(args);
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What `serve` says where it must not run.
fn refused(mut command: Command) -> String {
    let output = command.arg("serve").stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success(), "{}", words(&output));
    words(&output)
}

/// Waits for this many more acknowledgements.
async fn more(acks: &mut watch::Receiver<u64>, count: u64) {
    let goal = *acks.borrow() + count;
    timeout(PATIENCE, acks.wait_for(|acks| *acks >= goal)).await.expect("messages are acknowledged").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_server_is_moved_and_nobody_loses_anything() {
    let Some(database) = TempDatabase::create() else { return };
    let count = messages();
    let dir = tempfile::tempdir().unwrap();
    let mut old = ServerProcess::start(Path::new(PROGRAM), dir.path(), &CHEAP).await;
    let mut people = Vec::new();
    for n in 0..WRITERS {
        people.push(old.rest().register(&format!("writer{n}")).await);
    }
    let reader = old.rest().register("reader").await;
    for n in 1..CHATS {
        let chat = json!({"id": format!("room{n}"), "kind": "room", "name": format!("Room {n}")});
        let (status, answer) = old.rest().call("POST", "/api/v1/chats", Some(&reader.token), Some(&chat)).await;
        assert!(status < 300, "{answer}");
    }
    assert!(old.terminate());
    fill(&dir.path().join("vestnik.db"), count, &reader).await;
    old.restart().await;
    let (server, here) = watch::channel(old.tcp_addr);
    let (stop, stopped) = watch::channel(false);
    let (acks, mut acked) = watch::channel(0);
    let writers: Vec<_> = people
        .iter()
        .map(|user| tokio::spawn(write(user.clone(), here.clone(), stopped.clone(), acks.clone())))
        .collect();
    more(&mut acked, 20).await;

    // Somebody who has been away since before the move.
    let (_, general) = old.rest().call("GET", "/api/v1/chats/general", Some(&reader.token), None).await;
    let cursor = general["rev"].as_i64().unwrap_or_else(|| panic!("{general}"));

    // Killed when a third is copied.
    let with_password = database.url().replacen("postgres@", "postgres:hunter2@", 1);
    assert!(with_password.contains("hunter2"));
    let chunk = (count / 50).clamp(50, 10_000).to_string();
    let args = ["--to", with_password.as_str(), "--chunk-rows", &chunk];
    let mut child = migrate(&old, &args).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let begun = Instant::now();
    let mut said = String::new();
    let copied = || {
        let rows = "SELECT 'rows ' || count(*) FROM messages";
        let output = Command::new("psql").args([&database.url(), "-Atqc", rows]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.trim().strip_prefix("rows ").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0)
    };
    while copied() < count / 3 {
        assert!(
            begun.elapsed() < PATIENCE.max(Duration::from_millis(count.unsigned_abs())),
            "nothing is copied: {said}"
        );
        if let Ok(Ok(Some(line))) = timeout(Duration::from_millis(5), lines.next_line()).await {
            said.push_str(&line);
        }
    }
    child.kill().await.unwrap();
    let half = copied();
    assert!(half < count, "it was killed in the middle: {half}");
    let new_env: Vec<(&str, &str)> =
        CHEAP.into_iter().chain([("VESTNIK_DATABASE_URL", with_password.as_str())]).collect();
    let new_dir = tempfile::tempdir().unwrap();
    let mut new = ServerProcess::new(Path::new(PROGRAM), new_dir.path(), &new_env);
    let text = refused(new.command());
    assert!(text.contains("migration_in_progress") && !text.contains("hunter2"), "{text}");
    more(&mut acked, 10).await;

    // And once more, to the end.
    let begun = Instant::now();
    let output = migrate(&old, &args).output().await.unwrap();
    let text = words(&output);
    assert!(output.status.success() && text.contains("Going on with the move"), "{text}");
    assert!(!format!("{said}{text}").contains("hunter2"), "{text}");
    let took = begun.elapsed();
    let ended = old.ended(PATIENCE).await.expect("the old server stops by itself");
    assert!(!ended.success());
    let text_old = refused(old.command());
    assert!(text_old.contains("[code: moved]") && !text_old.contains("hunter2"), "{text_old}");
    let pause: f64 =
        text.split("Nobody could write for ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
    assert!(pause < 30.0, "{text}");

    new.launch();
    new.ready().await;
    server.send(new.tcp_addr).unwrap();
    more(&mut acked, 40).await;
    stop.send(true).unwrap();
    let mut longest = Duration::ZERO;
    let mut refusals = 0;
    let mut all = Acked::new();
    for writer in writers {
        let written = timeout(PATIENCE, writer).await.unwrap().unwrap();
        (longest, refusals) = (longest.max(written.longest), refusals + written.refused);
        all.extend(written.acked);
    }
    println!(
        "{count} messages before, {} meanwhile: {:.1} s after the kill at {half}, pause {pause} s, longest wait of a \
         message {:.1} s (with the start of the new server), {refusals} refusals\n{text}",
        all.len(),
        took.as_secs_f64(),
        longest.as_secs_f64()
    );

    // Everything is there, once, in order, under the number it had.
    let before = (count + CHATS - 1) / CHATS;
    let mut found = Vec::new();
    let mut after = before;
    loop {
        let path = format!("/api/v1/chats/general/messages?limit=200&after={after}");
        let (status, page) = new.rest().call("GET", &path, Some(&reader.token), None).await;
        assert_eq!(status, 200, "{page}");
        let messages = page["messages"].as_array().unwrap();
        found.extend(messages.iter().cloned());
        after += i64::try_from(messages.len()).unwrap();
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(found.len(), all.len(), "neither more nor less than was acknowledged");
    let by_id: BTreeMap<&str, i64> =
        found.iter().map(|message| (message["id"].as_str().unwrap(), message["seq"].as_i64().unwrap())).collect();
    for (id, seq) in all.values() {
        assert_eq!(by_id.get(id.as_str()), Some(seq), "{id}");
    }
    // Who was away goes on from the rev it had.
    let mut back = RawClient::tcp(new.tcp_addr).await;
    back.auth(&reader.token).await;
    back.send_json(&json!({"type": "sync", "id": "back", "chats": {"general": cursor}})).await;
    let mut rev = cursor;
    loop {
        let frame = back.next_json().await;
        match frame["type"].as_str().unwrap() {
            "sync_done" => {
                assert_eq!(frame["chats"]["general"].as_i64(), Some(rev));
                break;
            }
            "reset" => {
                rev = frame["rev"].as_i64().unwrap();
            }
            _ if frame["chat_id"] == "general" && frame["rev"].is_i64() => {
                assert_eq!(frame["rev"].as_i64(), Some(rev + 1), "{frame}");
                rev += 1;
            }
            _ => {}
        }
    }
    assert!(new.terminate());
}
