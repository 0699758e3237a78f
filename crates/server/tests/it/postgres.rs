//! PostgreSQL as it is in real life: out of connections, silent, locked, behind, encrypted.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use vestnik_proto::{MessageType, Timestamp, UserId};
use vestnik_server::config::units::{Secret, Span};
use vestnik_store::{Append, ChatKey, Store, StoreConfig, StoreError};
use vestnik_testkit::{PostgresProcess, Rest, SignedUp, TestServer};

/// Longest anything may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at something that tells nobody when it changes.
const GLANCE: Duration = Duration::from_millis(20);

async fn server_on(postgres: &PostgresProcess, replica: Option<&PostgresProcess>) -> TestServer {
    let builder = TestServer::builder().settings(|settings| {
        settings.general.database_url = Secret::new(postgres.url());
        if let Some(replica) = replica {
            settings.database.replica_url = Secret::new(replica.url());
        }
        settings.database.acquire_timeout = Span(Duration::from_secs(1));
    });
    builder.start().await
}

async fn say(rest: &Rest, user: &SignedUp, content: &str) -> u16 {
    let body = json!({"content": content});
    let path = "/api/v1/chats/general/messages";
    rest.call("POST", path, Some(&user.token), Some(&body)).await.0
}

async fn until_said(rest: &Rest, user: &SignedUp, content: &str) {
    let begun = Instant::now();
    loop {
        match say(rest, user, content).await {
            200..=299 => return,
            status => assert_eq!(status, 503),
        }
        assert!(begun.elapsed() < PATIENCE, "the service does not resume");
        sleep(GLANCE).await;
    }
}

async fn texts(rest: &Rest, user: &SignedUp) -> Vec<String> {
    let path = "/api/v1/chats/general/messages?limit=200";
    let (status, page) = rest.call("GET", path, Some(&user.token), None).await;
    assert_eq!(status, 200, "{page}");
    page["messages"].as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn out_of_connections_is_unavailable_and_over_by_itself() {
    let Some(postgres) = PostgresProcess::start() else { return };
    let server = server_on(&postgres, None).await;
    let rest = server.script();
    let anna = server.register("anna").await;
    assert_eq!(say(&rest, &anna, "before").await, 201);
    let named = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vestnik'";
    assert_ne!(postgres.run(named), "0", "the server names its connections");
    let taken = postgres.take_all_connections();
    // Whichever lane notices first: its connection is gone, and there is no other.
    assert_eq!(say(&rest, &anna, "refused").await, 503);
    assert_eq!(say(&rest, &anna, "refused").await, 503);
    assert_eq!(rest.call("GET", "/api/health/ready", None, None).await.0, 503);
    drop(taken);
    until_said(&rest, &anna, "after").await;
    assert_eq!(texts(&rest, &anna).await, ["before", "after"]);
}

fn message(chat: i64, content: &str) -> Append {
    Append {
        chat: ChatKey(chat),
        sender: UserId(1),
        client_id: None,
        hash: 0,
        ts: Timestamp::from_secs(1_790_000_000),
        message_type: MessageType::Text,
        content: content.to_owned(),
        reply_seq: None,
        mentions: Vec::new(),
        mention_all: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_held_elsewhere_is_not_waited_for_without_end() {
    let Some(postgres) = PostgresProcess::start() else { return };
    let server = server_on(&postgres, None).await;
    server.register("anna").await;
    let config = StoreConfig { lock_timeout: Duration::from_millis(200), ..StoreConfig::new(postgres.url()) };
    let store = Store::open(&config).await.unwrap();
    let mut holder = Command::new("psql")
        .args([&postgres.url(), "-qc", "BEGIN; SELECT 1 FROM chats WHERE id = 1 FOR UPDATE; SELECT pg_sleep(600)"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'chats'::regclass AND mode = 'RowShareLock'";
    while postgres.run(held) == "0" {
        assert!(begun.elapsed() < PATIENCE);
        sleep(GLANCE).await;
    }
    let answer = store.append(message(1, "waits"), |_, _| {}).unwrap().await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()");
    holder.wait().unwrap();
    store.append(message(1, "goes on"), |_, _| {}).unwrap().await.unwrap();
    store.close().await;
}

/// Where pages were read so far: replica, behind, failed.
fn pages(server: &TestServer) -> [u64; 3] {
    let text = server.running.as_ref().unwrap().metrics_text();
    ["used", "behind", "failed"].map(|word| {
        let name = format!("vestnik_replica_pages_total{{result=\"{word}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or_else(|| panic!("{name}\n{text}"))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_come_from_the_replica_and_never_show_less_than_was_told() {
    let Some(postgres) = PostgresProcess::start() else { return };
    let standby = postgres.start_follower();
    let server = server_on(&postgres, Some(&standby)).await;
    let rest = server.script();
    let anna = server.register("anna").await;
    let mut kept = Vec::new();
    // One's own message is on the next page, whoever is behind.
    for n in 0..30 {
        kept.push(format!("message {n}"));
        assert_eq!(say(&rest, &anna, &kept[n]).await, 201);
        assert_eq!(texts(&rest, &anna).await, kept);
    }
    let begun = Instant::now();
    while pages(&server)[0] == 0 {
        assert!(begun.elapsed() < PATIENCE, "the replica is never used: {:?}", pages(&server));
        assert_eq!(texts(&rest, &anna).await, kept);
    }
    // It stands still: what is new comes from the primary, what it has from the replica.
    standby.run("SELECT pg_wal_replay_pause()");
    while standby.run("SELECT pg_get_wal_replay_pause_state()") != "paused" {
        assert!(begun.elapsed() < PATIENCE);
    }
    let before = pages(&server);
    kept.push("while it stands still".to_owned());
    assert_eq!(say(&rest, &anna, &kept[30]).await, 201);
    for _ in 0..5 {
        assert_eq!(texts(&rest, &anna).await, kept);
    }
    let after = pages(&server);
    assert_eq!((after[0], after[1]), (before[0], before[1] + 5), "{before:?} {after:?}");
    // An edit is an event as well.
    let (_, page) = rest.call("GET", "/api/v1/chats/general/messages?limit=1", Some(&anna.token), None).await;
    let id = page["messages"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/chats/general/messages/{id}");
    let edit = json!({"content": "edited"});
    assert_eq!(rest.call("PATCH", &path, Some(&anna.token), Some(&edit)).await.0 / 100, 2);
    kept[30] = "edited".to_owned();
    assert_eq!(texts(&rest, &anna).await, kept);
    standby.run("SELECT pg_wal_replay_resume()");
    let used = pages(&server)[0];
    while pages(&server)[0] == used {
        assert!(begun.elapsed() < PATIENCE, "the replica is not used again");
        assert_eq!(texts(&rest, &anna).await, kept);
    }
    // It is gone, and comes back.
    standby.crash();
    assert_eq!(texts(&rest, &anna).await, kept);
    assert!(pages(&server)[2] > after[2]);
    standby.start_if_down();
    let used = pages(&server)[0];
    while pages(&server)[0] == used {
        assert!(begun.elapsed() < PATIENCE, "the replica is not used again");
        assert_eq!(texts(&rest, &anna).await, kept);
        sleep(GLANCE).await;
    }
    // Nobody writes to a standby by mistake.
    let refused = Store::open(&StoreConfig::new(standby.url())).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable(text) if text.contains("standby")), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_to_the_database_is_encrypted_and_the_host_checked() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let files = [("server.crt", cert.as_str()), ("server.key", key.as_str())];
    let Some(postgres) = PostgresProcess::start_with(&files, "ssl = on\n") else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (good, bad) = (file("good.crt", &cert), file("bad.crt", &other.cert.pem()));
    let url =
        |host: &str, query: &str| format!("postgres://postgres@{host}:{}/postgres?{query}", postgres.addr().port());
    let store = Store::open(&StoreConfig::new(url("localhost", &format!("sslmode=verify-full&sslrootcert={good}"))))
        .await
        .unwrap();
    store.probe().await.unwrap();
    drop(store.read().await.unwrap());
    let plain = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                 WHERE application_name = 'vestnik' AND NOT ssl";
    assert_eq!(postgres.run(plain), "0");
    store.close().await;
    for (host, query) in [
        ("localhost", format!("sslmode=verify-full&sslrootcert={bad}")),
        // The certificate is not for this name.
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={good}")),
    ] {
        let refused = Store::open(&StoreConfig::new(url(host, &query))).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{query}: {refused:?}");
    }
    let Some(unencrypted) = PostgresProcess::start() else { return };
    let refused = Store::open(&StoreConfig::new(format!("{}?sslmode=require", unencrypted.url()))).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}
