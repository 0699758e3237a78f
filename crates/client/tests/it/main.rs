//! The client against a scripted peer over loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fake;
mod real;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use fake::{Door, Fake, Fault};
use serde_json::json;
use tokio::sync::mpsc::Receiver;
use vestnik_client::net::*;
use vestnik_proto::command::{Empty, Login, SendMessage};
use vestnik_proto::{ChatEventContent, ClientId, Command, ErrorCode, ServerFrame, Timestamp};

const PATIENCE: Duration = Duration::from_secs(20);

fn address(scheme: &str, fake: &Fake) -> Address {
    format!("{scheme}://localhost:{}", fake.port).parse().unwrap()
}

fn tokens(access: &str) -> Tokens {
    Tokens {
        user_id: None,
        username: "user1".into(),
        access_token: access.into(),
        refresh_token: "r0".into(),
        issued_at: Timestamp::from_secs(0),
        expires_at: Timestamp::from_secs(900),
    }
}

struct Peer {
    session: Session,
    events: Receiver<SessionEvent>,
}

/// A session with quick retries whose clock stands at `now` seconds until moved.
async fn peer_at(fake: &Fake, dir: &tempfile::TempDir, kept: Tokens, now: Arc<AtomicI64>) -> Peer {
    let store = Store::open(&dir.path().join("store.sqlite")).await.unwrap();
    let clock: Clock = Arc::new(move || Timestamp::from_secs(now.load(Ordering::Relaxed)));
    let options = SessionOptions {
        backoff_base: Duration::from_millis(5),
        backoff_cap: Duration::from_millis(50),
        ..SessionOptions::new(address("tcp", fake), clock, 1)
    };
    let (session, events) = Session::start(store, Arc::new(MemoryTokens::new(Some(kept))), options).await.unwrap();
    Peer { session, events }
}

async fn peer(fake: &Fake, dir: &tempfile::TempDir) -> Peer {
    peer_at(fake, dir, tokens("a0"), Arc::default()).await
}

impl Peer {
    /// Waits for the first event of which `pick` makes something.
    async fn until<T>(&mut self, mut pick: impl FnMut(SessionEvent) -> Option<T>) -> T {
        let find = async {
            loop {
                let event = self.events.recv().await.expect("the session goes on");
                if let Some(found) = pick(event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, find).await.expect("it comes in time")
    }

    async fn online(&mut self) {
        self.until(|event| matches!(event, SessionEvent::Status(Status::Online { .. })).then_some(())).await;
    }

    async fn sent(&mut self) -> ClientId {
        self.until(|event| match event {
            SessionEvent::Sent { client_id, .. } => Some(client_id),
            _ => None,
        })
        .await
    }

    /// The text of the next message.
    async fn text(&mut self) -> String {
        self.until(|event| match event {
            SessionEvent::Frame(frame) => match *frame {
                ServerFrame::Chat(event) => match event.content {
                    ChatEventContent::NewMessage { message } => Some(message.content),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
        .await
    }

    async fn send(&self, number: u128, text: &str) {
        self.session.send(ClientId::from_u128(number), &"general".into(), message(text)).await.unwrap();
    }

    fn texts(&self) -> Vec<String> {
        self.session.with_state(|state| state.chats["general"].messages.values().map(|m| m.content.clone()).collect())
    }
}

fn message(text: &str) -> Command {
    Command::Message(SendMessage {
        chat_id: "general".into(),
        content: text.into(),
        message_type: Default::default(),
        reply_to: None,
        mentions: vec![],
    })
}

#[tokio::test]
async fn every_door_carries_requests_and_tells_why_it_closed() {
    for (scheme, door) in [("tcp", Door::Lines), ("ws", Door::Ws)] {
        let fake = Fake::start(door).await;
        let (connection, mut events) =
            Connection::open(&address(scheme, &fake), &ConnectOptions::default()).await.unwrap();
        let refused = connection.auth("wrong").await.unwrap_err();
        assert_eq!(refused.code(), Some(ErrorCode::Unauthorized));
        assert_eq!(connection.auth("a0").await.unwrap().username, "user1");
        let (one, two) = tokio::join!(connection.ping(), connection.command(Command::ListChats(Empty {})));
        one.unwrap();
        two.unwrap();
        fake.say("hello");
        assert!(matches!(events.recv().await.unwrap().frame, ServerFrame::Chat(_)));
        fake.tell(&json!({"type":"bye","code":4408,"reason":"Too slow."}));
        assert_eq!(events.recv().await, None);
        let closed = connection.closed().unwrap();
        assert_eq!((closed.code, closed.reason.as_str()), (Some(4408), "Too slow."));
        assert!(matches!(connection.ping().await, Err(ClientError::Closed(_))));
    }
}

#[tokio::test]
async fn tls_trusts_a_pinned_certificate_or_a_ca_file_and_nothing_else() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let der = made.cert.der().clone();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![der.clone()], key)
        .unwrap();
    let fake = Fake::start(Door::Tls(Arc::new(config).into())).await;
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    let other = dir.path().join("other.pem");
    std::fs::write(&other, rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem())
        .unwrap();
    let open = async |tls: TlsOptions| {
        let options = ConnectOptions { tls, ..ConnectOptions::default() };
        let (connection, _events) = Connection::open(&address("tls", &fake), &options).await?;
        connection.auth("a0").await
    };
    let pinned = |fingerprint| TlsOptions { pinned: Some(fingerprint), extra_ca: None };
    open(pinned(Fingerprint::of(&der))).await.unwrap();
    open(TlsOptions { extra_ca: Some(ca), pinned: None }).await.unwrap();
    assert!(matches!(open(pinned(Fingerprint([0; 32]))).await, Err(ClientError::Connect { .. })));
    assert!(matches!(open(TlsOptions { extra_ca: Some(other), pinned: None }).await, Err(ClientError::Connect { .. })));
}

#[tokio::test]
async fn signs_in_by_password_and_says_why_not() {
    let fake = Fake::start(Door::Lines).await;
    let clock: Clock = Arc::new(|| Timestamp::from_secs(100));
    let login = |password: &str| {
        let login = Login { username: "user1".into(), password: password.into(), code: None, device: None };
        Credentials::Login(login)
    };
    let options = ConnectOptions::default();
    let address = address("tcp", &fake);
    let tokens = sign_in(&address, &options, &clock, login("right")).await.unwrap();
    assert_eq!((tokens.access_token.as_str(), tokens.expires_at), ("a1", Timestamp::from_secs(1_000)));
    let refused = sign_in(&address, &options, &clock, login("wrong")).await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::InvalidCredentials));
    let gone = "tcp://127.0.0.1:1".parse().unwrap();
    let refused = sign_in(&gone, &options, &clock, login("x")).await.unwrap_err();
    assert!(matches!(refused, ClientError::Connect { fault: ConnectFault::Refused, .. }), "{refused}");
}

#[tokio::test]
async fn resumes_where_it_was_and_repairs_gaps() {
    let fake = Fake::start(Door::Lines).await;
    let dir = tempfile::tempdir().unwrap();
    let mut peer = peer(&fake, &dir).await;
    peer.online().await;
    fake.say("one");
    assert_eq!(peer.text().await, "one");
    // An event is lost on the way; the next one shows the gap, and both come.
    fake.whisper("two");
    fake.say("three");
    assert_eq!([peer.text().await, peer.text().await], ["two", "three"]);
    // The server goes away for a moment.
    fake.tell(&json!({"type":"bye","code":1012,"reason":"Restart.","reconnect_after_ms":1}));
    fake.whisper("four");
    assert_eq!(peer.text().await, "four");
    peer.online().await;
    assert_eq!(fake.heard("list_chats").len(), 1, "only the first connection loads the list");
    peer.session.close().await;

    // The next run has everything at once, and asks only for what is new.
    fake.whisper("five");
    let mut peer = self::peer(&fake, &dir).await;
    assert_eq!(peer.texts(), ["one", "two", "three", "four"]);
    peer.online().await;
    assert_eq!(peer.texts(), ["one", "two", "three", "four", "five"]);
    assert_eq!(fake.heard("sync").last().unwrap()["chats"]["general"], 4);
}

#[tokio::test]
async fn what_is_sent_arrives_once_and_in_order_whatever_breaks() {
    let fake = Fake::start(Door::Lines).await;
    let dir = tempfile::tempdir().unwrap();
    for fault in [
        Fault::LoseBefore,
        Fault::LoseAfter,
        Fault::Refuse(json!({"type":"error","code":"rate_limited","message":"Slow.","retry_after_ms":3})),
        Fault::Refuse(json!({"type":"error","code":"unavailable","message":"Later."})),
        Fault::Silent,
    ] {
        fake.fault(fault);
    }
    let mut peer = peer(&fake, &dir).await;
    for (number, text) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        peer.send(number, text).await;
    }
    for number in 1..=4 {
        assert_eq!(peer.sent().await, ClientId::from_u128(number));
    }
    peer.until(|event| matches!(event, SessionEvent::OutboxEmpty).then_some(())).await;
    assert_eq!(fake.stored(), ["a", "b", "c", "d"]);
    assert!(peer.session.store().outbox().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_crash_before_the_ack_loses_and_doubles_nothing() {
    let fake = Fake::start(Door::Lines).await;
    let dir = tempfile::tempdir().unwrap();
    let mut first = peer(&fake, &dir).await;
    first.online().await;
    fake.fault(Fault::LoseAfter);
    // Later attempts of this run break before anything is stored.
    (0..1_000).for_each(|_| fake.fault(Fault::LoseBefore));
    first.send(7, "once").await;
    first.until(|event| matches!(event, SessionEvent::Status(Status::Offline { .. })).then_some(())).await;
    // Gone without a word, as in a crash.
    drop(first);
    let store = Store::open(&dir.path().join("store.sqlite")).await.unwrap();
    assert_eq!(store.outbox().await.unwrap()[0].client_id, ClientId::from_u128(7));
    while fake.stored().is_empty() {
        tokio::task::yield_now().await;
    }
    fake.forget_faults();
    let mut second = peer(&fake, &dir).await;
    assert_eq!(second.sent().await, ClientId::from_u128(7));
    assert_eq!(fake.stored(), ["once"]);
}

#[tokio::test]
async fn what_is_refused_for_good_stands_aside() {
    let fake = Fake::start(Door::Lines).await;
    let dir = tempfile::tempdir().unwrap();
    fake.fault(Fault::Refuse(json!({"type":"error","code":"forbidden","message":"Read only."})));
    let mut peer = peer(&fake, &dir).await;
    peer.send(1, "no").await;
    peer.send(2, "yes").await;
    let refused = peer
        .until(|event| match event {
            SessionEvent::Refused { client_id, error } => Some((client_id, error.code)),
            _ => None,
        })
        .await;
    assert_eq!(refused, (ClientId::from_u128(1), ErrorCode::Forbidden));
    assert_eq!(peer.sent().await, ClientId::from_u128(2));
    peer.session.retry(ClientId::from_u128(1)).await.unwrap();
    assert_eq!(peer.sent().await, ClientId::from_u128(1));
    assert_eq!(fake.stored(), ["yes", "no"]);
}

#[tokio::test]
async fn a_refused_access_token_is_renewed_and_a_refused_refresh_token_signs_out() {
    let fake = Fake::start(Door::Lines).await;
    let dir = tempfile::tempdir().unwrap();
    let mut peer = peer_at(&fake, &dir, tokens("stale"), Arc::default()).await;
    peer.online().await;
    assert_eq!(fake.heard("refresh").len(), 1);
    // The server ends the session on this connection; one renewal helps.
    fake.revoke(false);
    fake.tell(&json!({"type":"bye","code":4401,"reason":"Sign in again."}));
    peer.online().await;
    assert_eq!(fake.heard("refresh").len(), 2);
    fake.revoke(true);
    fake.tell(&json!({"type":"bye","code":4401,"reason":"Sign in again."}));
    peer.until(|event| matches!(event, SessionEvent::Status(Status::SignedOut { .. })).then_some(())).await;
}

#[tokio::test]
async fn tokens_are_renewed_on_the_living_connection() {
    let fake = Fake::start(Door::Lines).await;
    let dir = tempfile::tempdir().unwrap();
    // After four fifths of its life: due at once, though still valid.
    let now = Arc::new(AtomicI64::new(800));
    let mut peer = peer_at(&fake, &dir, tokens("a0"), now).await;
    peer.online().await;
    while fake.heard("refresh").is_empty() || fake.heard("auth").len() < 2 {
        tokio::task::yield_now().await;
    }
    fake.say("still here");
    assert_eq!(peer.text().await, "still here");
    assert_eq!(fake.heard("sync").len(), 1, "the connection was not made anew");
}

#[tokio::test]
async fn what_was_cached_is_there_without_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let fake = Fake::start(Door::Lines).await;
    let mut peer = peer(&fake, &dir).await;
    peer.online().await;
    fake.say("kept");
    peer.text().await;
    peer.session.close().await;
    let store = Store::open(&dir.path().join("store.sqlite")).await.unwrap();
    let nowhere = "tcp://127.0.0.1:1".parse().unwrap();
    let options = SessionOptions::new(nowhere, Arc::new(Timestamp::default), 1);
    let kept = Arc::new(MemoryTokens::new(Some(tokens("a0"))));
    let (session, events) = Session::start(store, kept, options).await.unwrap();
    let mut peer = Peer { session, events };
    assert_eq!(peer.texts(), ["kept"]);
    peer.until(|event| matches!(event, SessionEvent::Status(Status::Offline { .. })).then_some(())).await;
}
