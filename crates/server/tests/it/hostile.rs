//! What the doors must bear: nonsense, floods, dawdlers, forged tokens, and ids that are not one's own.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use vestnik_proto::{Command, MessageId, limits};
use vestnik_server::config::units::Span;
use vestnik_testkit::{MockClock, RawClient, Received, ServerProcess, SignedUp, TestServer};

use crate::doors::{DOORS, Door, Voice, of_type, unlimited, until_pong};

/// Longest a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A live connection through this door, signed in.
async fn live(server: &TestServer, door: Door, user: &SignedUp) -> RawClient {
    match door {
        Door::Tcp => server.tcp_as(user).await,
        _ => server.ws_as(user).await,
    }
}

/// A live connection through this door that has said nothing yet.
async fn silent(server: &TestServer, door: Door) -> RawClient {
    match door {
        Door::Tcp => server.raw_tcp().await,
        _ => server.raw_ws().await,
    }
}

async fn lives(client: &mut RawClient) {
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
}

/// Everything until the other side closes; panics when it does not in time.
async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    // A reset is an end like any other.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the other side closes in time");
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn malformed_frames_are_answered_and_the_connection_lives() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    let deep = format!(r#"{{"type":"ping","x":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    let wide = format!(r#"{{"type":"ping","id":"{}"}}"#, "x".repeat(65));
    let brackets = "[".repeat(60_000);
    let cases: Vec<(&str, &str, Option<&str>)> = vec![
        ("nonsense", "invalid", None),
        ("", "invalid", None),
        (" ", "invalid", None),
        ("null", "invalid", None),
        ("[1]", "invalid", None),
        ("\"ping\"", "invalid", None),
        ("{}", "invalid", Some("type")),
        (r#"{"type":7}"#, "invalid", Some("type")),
        (r#"{"type":"fly"}"#, "invalid", Some("type")),
        (r#"{"type":"PING"}"#, "invalid", Some("type")),
        (r#"{"type":"ping""#, "invalid", None),
        (r#"{"type":"ping"} x"#, "invalid", None),
        ("\u{feff}{\"type\":\"ping\"}", "invalid", None),
        (r#"{"type":"ping","type":"ping"}"#, "invalid", None),
        (r#"{"type":"ping","id":7}"#, "invalid", Some("id")),
        (&wide, "invalid", Some("id")),
        (r#"{"type":"ping","client_id":"x"}"#, "invalid", Some("client_id")),
        (&deep, "invalid", None),
        (&brackets, "invalid", None),
        (r#"{"type":"message","chat_id":7,"content":"x"}"#, "invalid", Some("chat_id")),
        (r#"{"type":"message","chat_id":"general","content":null}"#, "invalid", Some("content")),
        (r#"{"type":"message","chat_id":"general","content":"\ud800"}"#, "invalid", None),
        (r#"{"type":"message","chat_id":"general","content":"x","mentions":[1,"2"]}"#, "invalid", Some("mentions[1]")),
        (r#"{"type":"message","chat_id":"general","content":"x","message_type":"html"}"#, "invalid", None),
        (r#"{"type":"mark_read","chat_id":"general"}"#, "invalid", Some("seq")),
        (r#"{"type":"mark_read","chat_id":"general","seq":"1"}"#, "invalid", Some("seq")),
        (r#"{"type":"mark_read","chat_id":"general","seq":1.5}"#, "invalid", Some("seq")),
        (r#"{"type":"mark_read","chat_id":"general","seq":1e99}"#, "invalid", Some("seq")),
        (r#"{"type":"mark_read","chat_id":"general","seq":9223372036854775808}"#, "invalid", Some("seq")),
        (r#"{"type":"mark_read","chat_id":"general","seq":-9223372036854775808}"#, "invalid", Some("seq")),
        (r#"{"type":"history","chat_id":"general","limit":-1}"#, "invalid", Some("limit")),
        (r#"{"type":"history","chat_id":"general","limit":0}"#, "invalid", Some("limit")),
        (r#"{"type":"history","chat_id":"general","limit":4294967296}"#, "invalid", Some("limit")),
        (r#"{"type":"history","chat_id":"general","before_timestamp":"12:00"}"#, "invalid", Some("before_timestamp")),
        (r#"{"type":"sync","chats":[1]}"#, "invalid", Some("chats")),
        (r#"{"type":"set_role","chat_id":"general","user_id":1,"role":"king"}"#, "invalid", Some("role")),
        (r#"{"type":"message","chat_id":"general","content":"a\u0000b"}"#, "invalid", None),
        (r#"{"type":"message","chat_id":"general","content":"\n \t"}"#, "invalid", Some("content")),
        (r#"{"type":"message","chat_id":"gene\u0000ral","content":"x"}"#, "invalid", None),
        (r#"{"type":"get_user","username":"\u0000"}"#, "invalid", None),
    ];
    for door in [Door::Tcp, Door::Ws] {
        let mut client = live(&server, door, &alice).await;
        for (text, code, field) in &cases {
            client.send_text(text).await;
            let answer = client.next_json().await;
            assert_eq!(
                (&answer["type"], &answer["code"]),
                (&json!("error"), &json!(code)),
                "{door:?} {text}: {answer}"
            );
            if let Some(field) = field {
                assert_eq!(answer["field"], *field, "{door:?} {text}");
            }
            lives(&mut client).await;
        }
        // Numbers that are absurd and yet numbers do no harm.
        for command in [
            json!({"type": "mark_read", "chat_id": "general", "seq": i64::MAX}),
            json!({"type": "history", "chat_id": "general", "before": i64::MIN}),
            json!({"type": "history", "chat_id": "general", "after": i64::MAX}),
            json!({"type": "history", "chat_id": "general", "around": i64::MIN, "limit": u32::MAX}),
            json!({"type": "history", "chat_id": "general", "page": u32::MAX, "limit": 200}),
            json!({"type": "sync", "chats": {"general": i64::MIN}, "account": i64::MAX}),
        ] {
            assert_ne!(client.ask(command.clone()).await["type"], "error", "{command}");
        }
        // What the command's name was stays legible when the rest is wrong.
        assert_eq!(client.ask(json!({"type": "history"})).await["code"], "invalid");
        match door {
            Door::Tcp => client.send_bytes(b"\xff\xfe{\"type\":\"ping\"}\n").await,
            _ => client.send_bytes(b"{\"type\":\"ping\"}").await,
        }
        assert_eq!(client.next_json().await["code"], "invalid");
        lives(&mut client).await;
    }
}

#[tokio::test]
async fn frames_too_long_are_passed_over() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    let padded = |length: usize| {
        let frame = r#"{"type":"ping","id":"long"}"#;
        format!("{}{frame}", " ".repeat(length - frame.len()))
    };
    for door in [Door::Tcp, Door::Ws] {
        let mut client = live(&server, door, &alice).await;
        client.send_text(&padded(limits::FRAME_BYTES)).await;
        assert_eq!(client.next_json().await["type"], "pong", "the longest frame there may be");
        client.send_text(&padded(limits::FRAME_BYTES + 1)).await;
        assert_eq!(client.next_json().await["code"], "too_large");
        if door == Door::Tcp {
            client.send_text(&padded(1 << 20)).await;
            assert_eq!(client.next_json().await["code"], "too_large");
        }
        lives(&mut client).await;
    }
    // A message beyond all measure ends its WebSocket, and nothing else.
    let (mut huge, mut other) = (server.ws_as(&alice).await, server.ws_as(&alice).await);
    huge.send_text(&padded(limits::FRAME_BYTES * 4 + 1)).await;
    huge.closed().await;
    lives(&mut other).await;
}

#[tokio::test]
async fn ten_malformed_frames_in_a_row_close_the_connection_and_nine_do_not() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    for door in [Door::Tcp, Door::Ws] {
        for signed_in in [false, true] {
            let mut client = if signed_in { live(&server, door, &alice).await } else { silent(&server, door).await };
            for _ in 0..2 {
                for _ in 0..9 {
                    client.send_text("nonsense").await;
                    assert_eq!(client.next_json().await["code"], "invalid");
                }
                lives(&mut client).await;
            }
            for _ in 0..10 {
                client.send_text("nonsense").await;
            }
            for _ in 0..10 {
                assert_eq!(client.next_json().await["code"], "invalid");
            }
            assert_eq!(client.closed().await, Some(1008), "{door:?}");
        }
    }
}

#[tokio::test]
async fn who_does_not_sign_in_in_time_is_sent_away() {
    let server = TestServer::builder()
        .settings(|settings| settings.limits.auth_timeout = Span(Duration::from_millis(400)))
        .start()
        .await;
    for door in [Door::Tcp, Door::Ws] {
        let mut mute = silent(&server, door).await;
        let mut chatty = silent(&server, door).await;
        lives(&mut chatty).await;
        let refused = chatty.ask(json!({"type": "auth", "token": "nonsense"})).await;
        assert_eq!(refused["code"], "unauthorized");
        let mut dribbling = silent(&server, Door::Tcp).await;
        dribbling.send_bytes(b"{\"type\":\"au").await;
        for (client, what) in [(&mut mute, "mute"), (&mut chatty, "chatty"), (&mut dribbling, "dribbling")] {
            assert_eq!(client.closed().await, Some(4401), "{door:?} {what}");
        }
    }
    // Those who sign in stay.
    let alice = server.register("alice").await;
    let mut signed = server.tcp_as(&alice).await;
    assert_eq!(silent(&server, Door::Tcp).await.closed().await, Some(4401));
    lives(&mut signed).await;
}

#[tokio::test]
async fn only_good_tokens_open_the_doors() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(clock.clone()).core(|core| core.guests = false).start().await;
    let open = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (_, guest) = open.call("POST", "/api/v1/auth/guest", None, None).await;
    assert_eq!(server.call("POST", "/api/v1/auth/guest", None, None).await.0, 403);

    let flipped = |at: usize| {
        let mut bytes = alice.token.clone().into_bytes();
        let at = if at == 0 { bytes.len() - 2 } else { at };
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let elsewhere = open.register("alice").await;
    let bad: Vec<String> = vec![
        String::new(),
        "nonsense".to_owned(),
        "a.b.c".to_owned(),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.".to_owned(),
        alice.refresh_token.clone(),
        elsewhere.token.clone(),
        guest["access_token"].as_str().unwrap().to_owned(),
        flipped(0),
        flipped(alice.token.len() / 2),
        format!("{} ", alice.token),
        format!("{}x", alice.token),
        "x".repeat(10_000),
    ];
    for token in &bad {
        for door in [Door::Tcp, Door::Ws] {
            let mut client = silent(&server, door).await;
            let answer = client.ask(json!({"type": "auth", "token": token})).await;
            assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("unauthorized")), "{token:?}");
            let answer = client.ask(json!({"type": "list_chats"})).await;
            assert_eq!(answer["code"], "unauthorized", "nothing was opened by {token:?}");
            // A good one afterwards is as good as ever.
            client.auth(&alice.token).await;
        }
        // What a header can carry as it is.
        if token.trim() == token && !token.is_empty() {
            assert_eq!(server.call("GET", "/api/v1/account", Some(token), None).await.0, 401, "{token:?}");
        }
    }
    for door in [Door::Tcp, Door::Ws] {
        // The token of another person does not change whose the connection is.
        let mut client = live(&server, door, &alice).await;
        let answer = client.ask(json!({"type": "auth", "token": bob.token})).await;
        assert_eq!(answer["code"], "unauthorized");
        let answer = client.ask(json!({"type": "refresh", "refresh_token": "nonsense"})).await;
        assert_eq!(answer["code"], "unauthorized");
        assert_eq!(client.ask(json!({"type": "get_account"})).await["account"]["user"]["username"], "alice");
    }
    // Before signing in nothing is done but signing in.
    let mut client = server.raw_tcp().await;
    for name in Command::NAMES {
        let known = ["auth", "register", "login", "refresh", "guest", "ping"];
        if known.contains(name) {
            continue;
        }
        let answer = client.ask(full(name)).await;
        assert!(["unauthorized", "invalid"].contains(&answer["code"].as_str().unwrap()), "{name}: {answer}");
        lives(&mut client).await;
    }
    let guest = client.ask(json!({"type": "guest"})).await;
    assert_eq!(guest["code"], "forbidden");

    clock.advance_secs(900);
    let mut late = server.raw_tcp().await;
    assert_eq!(late.ask(json!({"type": "auth", "token": alice.token})).await["code"], "unauthorized");
    assert_eq!(server.call("GET", "/api/v1/account", Some(&alice.token), None).await.0, 401);
}

/// A command with every member any command has.
fn full(name: &str) -> Value {
    json!({"type": name, "chat_id": "general", "message_id": "1-1", "content": "x", "emoji": "👍", "seq": 1,
        "name": "x", "kind": "group", "username": "alice", "user_id": 1, "role": "member", "code": "x",
        "scheduled_id": "x", "session_id": "x", "status": "away", "send_at": "2027-01-01T00:00:00Z",
        "old_password": "x", "new_password": "x", "q": "x"})
}

#[tokio::test]
async fn ids_of_other_chats_and_of_nothing_are_told_apart_by_nobody() {
    let server = unlimited().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut owner = Voice::of(&server, Door::Rest, &alice).await;
    let secret = owner.say(json!({"type": "create_chat", "kind": "group", "name": "Secret"})).await.done()["id"].take();
    let hidden =
        owner.say(json!({"type": "message", "chat_id": secret, "content": "hidden"})).await.done()["id"].take();
    let own = owner.say(json!({"type": "message", "chat_id": "general", "content": "seen"})).await.done()["id"].take();
    let (chat, _) = MessageId(own.as_str().unwrap().to_owned()).decode().unwrap();
    let nowhere = [
        json!(MessageId::encode(chat, 999)),
        json!(MessageId::encode(chat, 0)),
        json!(MessageId::encode(i64::MAX, i64::MAX)),
        json!("nonsense"),
        json!(""),
        json!("x".repeat(1_000)),
    ];
    for door in DOORS {
        let mut bobs = Voice::of(&server, door, &bob).await;
        for (name, extra) in [
            ("get_message", json!({})),
            ("list_versions", json!({})),
            ("list_readers", json!({})),
            ("edit_message", json!({"content": "x"})),
            ("delete_message", json!({})),
            ("react", json!({"emoji": "👍"})),
            ("unreact", json!({"emoji": "👍"})),
        ] {
            let command = |id: &Value| {
                let mut command = json!({"type": name, "chat_id": "general", "message_id": id});
                command.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
                command
            };
            let reply = bobs.say(command(&hidden)).await;
            assert_eq!(reply.code(), "not_found", "{name} by {door:?}: {reply:?}");
            // An empty part is another address over REST.
            for id in nowhere.iter().filter(|id| door != Door::Rest || **id != json!("")) {
                assert_eq!(bobs.say(command(id)).await, reply, "{name} {id} by {door:?}");
            }
        }
        // One who may pin in their own group cannot pin what lies elsewhere.
        let group = bobs.say(json!({"type": "create_chat", "kind": "group", "name": "Mine"})).await.done()["id"].take();
        for id in [&hidden, &own] {
            let pin = bobs.say(json!({"type": "pin_message", "chat_id": group, "message_id": id})).await;
            assert_eq!(pin.code(), "not_found", "{door:?}");
        }
        let reply_to = |id: &Value| json!({"type": "message", "chat_id": group, "content": "x", "reply_to": id});
        let refused = bobs.say(reply_to(&hidden)).await;
        assert_eq!(refused.code(), "invalid");
        for id in nowhere.iter().chain([&own]) {
            assert_eq!(bobs.say(reply_to(id)).await, refused, "{id} by {door:?}");
        }
        // Nor does a schedule or a draft.
        for (name, extra) in
            [("set_draft", json!({})), ("schedule_message", json!({"send_at": "2126-01-01T00:00:00Z"}))]
        {
            let mut command = json!({"type": name, "chat_id": group, "content": "x", "reply_to": hidden});
            command.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            assert_eq!(bobs.say(command).await.code(), "invalid", "{name} by {door:?}");
        }
        // People of whom nobody knows, and those who are in no common chat, are only numbers in a mention.
        let mention = json!({"type": "message", "chat_id": group, "content": "x", "mentions": [alice.id, 987_654]});
        assert_eq!(bobs.say(mention).await.done()["mentions"], json!([]));
        let strangers = json!({"type": "remove_member", "chat_id": group, "user_id": alice.id});
        assert_eq!(bobs.say(strangers).await.code(), "not_found");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_chats_that_are_closed_to_the_sender() {
    let server = unlimited().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut owner = Voice::of(&server, Door::Rest, &alice).await;
    for door in DOORS {
        let mut bobs = Voice::of(&server, door, &bob).await;
        let make = json!({"type": "create_chat", "kind": "group", "name": "Team", "members": ["bob"]});
        let chat = owner.say(make).await.done()["id"].take();
        let send = json!({"type": "message", "chat_id": chat, "content": "x"});
        let role = |role: &str| json!({"type": "set_role", "chat_id": chat, "user_id": bob.id, "role": role});
        assert_eq!(bobs.say(send.clone()).await.code(), "ok");
        for (given, code) in [("viewer", "forbidden"), ("blocked", "not_found"), ("member", "ok")] {
            owner.say(role(given)).await.done();
            assert_eq!(bobs.say(send.clone()).await.code(), code, "{given} by {door:?}");
        }
        owner.say(json!({"type": "delete_chat", "chat_id": chat})).await.done();
        assert_eq!(bobs.say(send.clone()).await.code(), "not_found", "deleted by {door:?}");
        assert_eq!(owner.say(send).await.code(), "not_found");
        assert_eq!(bobs.say(json!({"type": "unread_state"})).await.done()["dialogs"], 0);
    }
}

#[tokio::test]
async fn a_burst_is_slowed_down_and_the_connection_lives() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder()
        .clock(clock.clone())
        .core(|core| {
            core.messages_per_second = 2;
            core.messages_burst = 5;
            core.commands_per_second = 1;
            core.commands_burst = 5;
        })
        .start()
        .await;
    for (door, name) in [(Door::Tcp, "alice"), (Door::Ws, "bob")] {
        let user = server.register(name).await;
        let mut client = live(&server, door, &user).await;
        for number in 0..8 {
            client
                .send_json(&json!({"type": "message", "id": number.to_string(), "chat_id": "general", "content": "x"}))
                .await;
        }
        let frames = until_pong(&mut client).await;
        let (acks, errors) = (of_type(&frames, "ack"), of_type(&frames, "error"));
        assert_eq!((acks.len(), errors.len()), (5, 3));
        for error in errors {
            assert_eq!((&error["code"], &error["retry_after_ms"]), (&json!("rate_limited"), &json!(500)));
        }
        // Waiting as long as told helps.
        clock.advance_millis(500);
        let send = json!({"type": "message", "chat_id": "general", "content": "x"});
        assert_eq!(client.ask(send.clone()).await["type"], "ack");
        assert_eq!(client.ask(send).await["code"], "rate_limited");

        let mut codes = HashMap::new();
        for _ in 0..8 {
            let answer = client.ask(json!({"type": "unread_state"})).await;
            *codes.entry(answer["code"].as_str().unwrap_or("ok").to_owned()).or_insert(0) += 1;
        }
        assert_eq!(codes, HashMap::from([("ok".to_owned(), 5), ("rate_limited".to_owned(), 3)]));
        lives(&mut client).await;
    }
}

#[tokio::test]
async fn what_was_asked_before_a_half_close_is_answered() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    // As `printf … | nc -N` does.
    let mut stream = TcpStream::connect(server.tcp_addr()).await.unwrap();
    let script = format!(
        "{}\n{}\n{}\n{{\"type\":\"message\",\"id\":\"never",
        json!({"type": "auth", "token": alice.token}),
        json!({"type": "message", "id": "m1", "chat_id": "general", "content": "one"}),
        json!({"type": "message", "id": "m2", "chat_id": "general", "content": "two"}),
    );
    stream.write_all(script.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let text = read_all(&mut stream).await;
    let frames: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let acks: Vec<&Value> = of_type(&frames, "ack").into_iter().map(|ack| &ack["id"]).collect();
    assert_eq!(acks, [&json!("m1"), &json!("m2")], "{text}");
    assert!(!text.contains("never"), "half a line is no frame");

    // A connection that is reset in the middle of everything takes nobody with it.
    let mut other = server.tcp_as(&alice).await;
    for _ in 0..20 {
        let mut rude = server.tcp_as(&alice).await;
        rude.send_text(&json!({"type": "history", "chat_id": "general"}).to_string()).await;
        drop(rude);
    }
    lives(&mut other).await;
}

#[tokio::test]
async fn who_is_silent_for_too_long_is_taken_for_gone() {
    let server = TestServer::builder()
        .settings(|settings| {
            settings.tcp.idle_timeout = Span(Duration::from_millis(600));
            settings.http.idle_timeout = Span(Duration::from_millis(600));
            settings.http.ping_interval = Span(Duration::from_millis(100));
        })
        .start()
        .await;
    let alice = server.register("alice").await;
    // A WebSocket client answers pings by itself while it reads, and so stays.
    let mut reading = server.ws_as(&alice).await;
    let stays = tokio::spawn(async move {
        let mut silent = true;
        while let Received::Frame(frame) = reading.read().await {
            if frame["type"] == "new_message" {
                lives(&mut reading).await;
                return silent;
            }
            silent &= frame["type"] != "bye";
        }
        false
    });
    // One that answers nothing is gone, whatever its socket says.
    let stream = TcpStream::connect(server.http_addr()).await.unwrap();
    let url = format!("ws://{}/ws", server.http_addr());
    let (mut dead, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let auth = json!({"type": "auth", "token": alice.token}).to_string();
    futures_util::SinkExt::send(&mut dead, tokio_tungstenite::tungstenite::Message::text(auth)).await.unwrap();
    let (mut bytes, code) = (Vec::new(), 4_001u16.to_be_bytes());
    while !bytes.windows(2).any(|pair| pair == code) {
        let more = timeout(PATIENCE, dead.get_mut().read_buf(&mut bytes)).await.expect("it is told so in time");
        assert_ne!(more.unwrap(), 0, "it was closed without a word: {bytes:?}");
    }
    let mut mute = server.tcp_as(&alice).await;
    assert_eq!(mute.closed().await, Some(4001));

    let mut sender = server.tcp_as(&alice).await;
    let send = json!({"type": "message", "chat_id": "general", "content": "still there?"});
    assert_eq!(sender.ask(send).await["type"], "ack");
    assert!(timeout(PATIENCE, stays).await.unwrap().unwrap(), "the one that answered was sent away");
}

#[tokio::test]
async fn a_frame_may_come_byte_by_byte() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    let mut client = server.raw_tcp().await;
    let lines = format!("{}\r\n{}\n", json!({"type": "auth", "token": alice.token}), json!({"type": "ping"}));
    for byte in lines.bytes() {
        client.send_bytes(&[byte]).await;
    }
    assert_eq!(client.next_json().await["type"], "auth_success");
    assert_eq!(client.next_of_type("pong").await["type"], "pong");
}

#[tokio::test]
async fn a_slow_http_head_is_cut_off_and_others_are_served_meanwhile() {
    let server = TestServer::builder()
        .settings(|settings| {
            settings.limits.handshake_timeout = Span(Duration::from_millis(500));
            settings.http.request_timeout = Span(Duration::from_millis(500));
        })
        .start()
        .await;
    let mut slow = Vec::new();
    for begin in ["", "G", "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "] {
        for _ in 0..50 {
            let mut stream = TcpStream::connect(server.http_addr()).await.unwrap();
            stream.write_all(begin.as_bytes()).await.unwrap();
            slow.push(stream);
        }
    }
    // A body that never comes is given up, too.
    let mut body = TcpStream::connect(server.http_addr()).await.unwrap();
    let head =
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    body.write_all(head.as_bytes()).await.unwrap();
    let begun = Instant::now();
    assert_eq!(server.call("GET", "/api/health/ready", None, None).await.0, 200);
    assert!(begun.elapsed() < Duration::from_secs(5));
    // One that goes on dribbling gains nothing by it.
    let (mut reader, mut writer) = slow.pop().unwrap().into_split();
    let dribble = async {
        let mut every = tokio::time::interval(Duration::from_millis(20));
        while writer.write_all(b"x").await.is_ok() {
            every.tick().await;
        }
    };
    let gone = async { timeout(PATIENCE, reader.read_to_end(&mut Vec::new())).await.expect("it is closed in time") };
    tokio::select! {
        () = dribble => {}
        _ = gone => {}
    }
    for stream in &mut slow {
        read_all(stream).await;
    }
    let mut answer = vec![0; 4_096];
    let count = timeout(PATIENCE, body.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
    assert!(count == 0 || answer.starts_with("HTTP/1.1 503") || answer.starts_with("HTTP/1.1 408"), "{answer}");
    // Heads too large and no HTTP at all.
    for (text, status) in [
        (format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(100_000)), "431"),
        ("NONSENSE\r\n\r\n".to_owned(), "400"),
        ("{\"type\":\"ping\"}\n\r\n\r\n".to_owned(), "400"),
    ] {
        let mut stream = TcpStream::connect(server.http_addr()).await.unwrap();
        let _ = stream.write_all(text.as_bytes()).await;
        let answer = read_all(&mut stream).await;
        assert!(answer.is_empty() || answer.contains(status), "{status}: {answer}");
    }
    assert_eq!(server.call("GET", "/api/health/live", None, None).await.0, 200);
}

/// This machine's own address beyond loopback, if it has one.
fn own_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Connecting a datagram socket sends nothing: it only looks up the way there.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

/// Trusts the certificate the server made for itself.
fn connector(cert: &Path) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(cert).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

/// A TLS connection to a server's own certificate.
pub(crate) async fn tls(server: &TestServer, addr: SocketAddr) -> impl AsyncRead + AsyncWrite + Unpin {
    let stream = TcpStream::connect(addr).await.unwrap();
    let connector = connector(&server.running.as_ref().unwrap().cert_file);
    timeout(PATIENCE, connector.connect(ServerName::try_from("localhost").unwrap(), stream)).await.unwrap().unwrap()
}

#[tokio::test]
async fn tls_and_plain_text_share_the_ports() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    let mut secret = tls(&server, server.tcp_addr()).await;
    secret
        .write_all(
            format!("{}\n{}\n", json!({"type": "auth", "token": alice.token}), json!({"type": "logout"})).as_bytes(),
        )
        .await
        .unwrap();
    let text = read_all(&mut secret).await;
    let kinds: Vec<Value> =
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].take()).collect();
    assert_eq!(kinds, ["auth_success", "logged_out", "bye"]);

    let mut secret = tls(&server, server.http_addr()).await;
    let get = "GET /api/health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    secret.write_all(get.as_bytes()).await.unwrap();
    assert!(read_all(&mut secret).await.starts_with("HTTP/1.1 200"));

    let secret = tls(&server, server.http_addr()).await;
    let (mut ws, _) = tokio_tungstenite::client_async("wss://localhost/ws", secret).await.unwrap();
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    ws.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    let pong = timeout(PATIENCE, ws.next()).await.unwrap().unwrap().unwrap();
    assert!(pong.to_text().unwrap().contains("pong"));

    // A handshake that is none ends alone.
    for addr in [server.tcp_addr(), server.http_addr()] {
        let mut broken = TcpStream::connect(addr).await.unwrap();
        broken.write_all(b"\x16\x03\x01\x00\x05nonsense").await.unwrap();
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, broken.read_to_end(&mut rest)).await.expect("it is closed");
        assert!(!rest.contains(&b'{'));
    }
    assert_eq!(server.call("GET", "/api/health/live", None, None).await.0, 200);
}

#[tokio::test]
async fn plain_text_is_refused_beyond_this_machine() {
    let Some(ip) = own_address() else {
        eprintln!("skipped: this machine has no address beyond loopback");
        return;
    };
    let everywhere = |allowed: bool| {
        TestServer::builder().settings(move |settings| {
            settings.http.bind = SocketAddr::from(([0, 0, 0, 0], 0));
            settings.tcp.bind = SocketAddr::from(([0, 0, 0, 0], 0));
            settings.http.allow_plain_text = allowed;
            settings.tcp.allow_plain_text = allowed;
        })
    };
    let server = everywhere(false).start().await;
    let (http, tcp) = (SocketAddr::new(ip, server.http_addr().port()), SocketAddr::new(ip, server.tcp_addr().port()));
    let mut client = RawClient::tcp(tcp).await;
    client.send_text(r#"{"type":"login","username":"alice","password":"secret"}"#).await;
    let refused = client.next_json().await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("forbidden")));
    assert!(refused["message"].as_str().unwrap().contains("TLS"));
    assert_eq!(client.closed().await, Some(4403));
    let mut stream = TcpStream::connect(http).await.unwrap();
    stream.write_all(b"GET /api/health/live HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let page = read_all(&mut stream).await;
    assert!(page.starts_with("HTTP/1.1 400") && page.contains("https://"), "{page}");

    // With TLS, and on the machine itself, both are open.
    let mut secret = tls(&server, tcp).await;
    secret.write_all(b"{\"type\":\"ping\"}\n").await.unwrap();
    let mut pong = vec![0; 100];
    let count = timeout(PATIENCE, secret.read(&mut pong)).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&pong[..count]).contains("pong"));
    let mut secret = tls(&server, http).await;
    secret.write_all(b"GET /api/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(read_all(&mut secret).await.starts_with("HTTP/1.1 200"));
    let loopback = SocketAddr::from(([127, 0, 0, 1], server.tcp_addr().port()));
    lives(&mut RawClient::tcp(loopback).await).await;

    let server = everywhere(true).start().await;
    lives(&mut RawClient::tcp(SocketAddr::new(ip, server.tcp_addr().port())).await).await;
}

#[tokio::test]
async fn a_proxy_of_the_tcp_door_says_for_whom_it_comes() {
    let behind_proxy = |allow_plain_text: bool| {
        TestServer::builder().settings(move |settings| {
            settings.tcp.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
            settings.tcp.allow_plain_text = allow_plain_text;
            settings.limits.connections_per_ip = 1;
        })
    };
    let from = |last: u8| format!("PROXY TCP4 203.0.113.{last} 127.0.0.1 5000 8888\r\n");
    let ping = "{\"type\":\"ping\"}\n";

    // Plain text from beyond this machine stays refused, however near the proxy is.
    let server = behind_proxy(false).start().await;
    let mut remote = TcpStream::connect(server.tcp_addr()).await.unwrap();
    remote.write_all(format!("{}{ping}", from(7)).as_bytes()).await.unwrap();
    assert!(read_all(&mut remote).await.contains("forbidden"));
    // Without a header nobody gets in, and nothing is said to who speaks another protocol.
    let mut nobody = TcpStream::connect(server.tcp_addr()).await.unwrap();
    nobody.write_all(ping.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, nobody.read_to_end(&mut said)).await.expect("it is closed");
    assert_eq!(said, b"");

    // The client's address is the one that counts: for the limit, and for what people see of their sessions.
    let server = behind_proxy(true).start().await;
    let alice = server.register("alice").await;
    let mut first = TcpStream::connect(server.tcp_addr()).await.unwrap();
    let login = json!({"type": "login", "username": "alice", "password": vestnik_testkit::PASSWORD});
    first.write_all(format!("{}{login}\n", from(7)).as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let count = timeout(PATIENCE, first.read(&mut answer)).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&answer[..count]).contains("auth_success"));
    let (_, sessions) = server.call("GET", "/api/v1/auth/sessions", Some(&alice.token), None).await;
    assert!(sessions.to_string().contains("203.0.113.7"), "{sessions}");
    let mut second = TcpStream::connect(server.tcp_addr()).await.unwrap();
    second.write_all(format!("{}{ping}", from(7)).as_bytes()).await.unwrap();
    assert!(read_all(&mut second).await.contains("rate_limited"), "one address, one connection");
    let mut other = TcpStream::connect(server.tcp_addr()).await.unwrap();
    other.write_all(format!("{}{ping}", from(8)).as_bytes()).await.unwrap();
    let count = timeout(PATIENCE, other.read(&mut answer)).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&answer[..count]).contains("pong"));
}

/// Connections wanted at once.
const CROWD: usize = 10_000;
/// Connections made at a time.
const CRUSH: usize = 200;

/// How many files this process may open for the crowd, after raising its limit as far as allowed.
fn crowd() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(1 << 20);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: limit.maximum });
    let now = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    // The other tests of this process need some, too; the server's own process has a limit of its own.
    CROWD.min(usize::try_from(now).unwrap_or(CROWD).saturating_sub(3_000))
}

#[tokio::test]
async fn a_crowd_that_never_signs_in_is_borne_and_sent_away() {
    let crowd = crowd();
    if crowd < CROWD {
        eprintln!("only {crowd} connections: more is beyond this machine's limit of open files");
    }
    let dir = tempfile::tempdir().unwrap();
    let env = [
        ("VESTNIK_LIMITS__AUTH_TIMEOUT", "8s"),
        ("VESTNIK_LIMITS__HANDSHAKE_TIMEOUT", "8s"),
        ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
        ("VESTNIK_LOG__LEVEL", "warn"),
    ];
    let server = ServerProcess::start(Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), &env).await;
    let descriptors = || std::fs::read_dir(format!("/proc/{}/fd", server.pid().unwrap())).unwrap().count();
    let before = descriptors();
    let mut client = RawClient::tcp(server.tcp_addr).await;
    let register = json!({"type": "register", "username": "alice", "password": "correct horse battery"});
    assert_eq!(client.ask(register).await["type"], "auth_success");

    let (addr, begun) = (server.tcp_addr, Instant::now());
    let mut slowest = Duration::ZERO;
    let mut streams = Vec::with_capacity(crowd);
    let mut served = 0;
    while streams.len() < crowd {
        // No more at once than may wait to be accepted: what the kernel drops the server never sees.
        let mut connecting = JoinSet::new();
        for number in 0..CRUSH {
            connecting.spawn(async move {
                let mut stream = timeout(PATIENCE, TcpStream::connect(addr)).await.unwrap().unwrap();
                // A third is silent, a third begins a line, a third asks something.
                match number % 3 {
                    0 => {}
                    1 => stream.write_all(b"{\"type\":").await.unwrap(),
                    _ => stream.write_all(b"{\"type\":\"ping\"}\n").await.unwrap(),
                }
                stream
            });
        }
        while let Some(stream) = connecting.join_next().await {
            streams.push(stream.unwrap());
        }
        let asked = Instant::now();
        let send = json!({"type": "message", "chat_id": "general", "content": format!("{served}")});
        assert_eq!(client.ask(send).await["type"], "ack");
        slowest = slowest.max(asked.elapsed());
        served += 1;
        // Whoever came later was accepted later.
        lives(&mut RawClient::tcp(addr).await).await;
    }
    let (took, held) = (begun.elapsed(), descriptors());
    assert!(held - before >= crowd * 9 / 10, "{held} descriptors for a crowd of {crowd}");
    eprintln!("{crowd} connections in {took:?}; {served} messages meanwhile, the slowest took {slowest:?}");
    assert!(slowest < Duration::from_secs(5), "a signed-in client waited {slowest:?}");

    // Everybody is told and let go of; the one who signed in stays.
    for stream in &mut streams {
        let text = read_all(stream).await;
        assert!(text.lines().last().unwrap_or_default().contains("4401"), "{text:?}");
    }
    drop(streams);
    assert_eq!(client.ask(json!({"type": "ping"})).await["type"], "pong");
    let freed = timeout(PATIENCE, async {
        let mut every = tokio::time::interval(Duration::from_millis(20));
        while descriptors() > before + 100 {
            every.tick().await;
        }
    });
    freed.await.expect("the server frees what they held");
}

/// Lines that are no frames, or hardly.
fn nonsense() -> impl Strategy<Value = Vec<u8>> {
    let value = || {
        prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            Just("[]".to_owned()),
            Just("{}".to_owned()),
            Just("\"general\"".to_owned()),
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| number.to_string()),
            "\\PC{0,12}".prop_map(|text| json!(text).to_string()),
        ]
    };
    let name = || {
        let names = [
            "chat_id",
            "content",
            "message_id",
            "seq",
            "limit",
            "before",
            "emoji",
            "username",
            "role",
            "user_id",
            "name",
            "kind",
            "chats",
            "account",
            "mentions",
            "reply_to",
            "code",
            "status",
            "token",
            "client_id",
        ];
        proptest::sample::select(names.to_vec())
    };
    let commands: Vec<&str> = Command::NAMES.iter().copied().filter(|name| *name != "logout").collect();
    let command = (proptest::sample::select(commands), proptest::collection::btree_map(name(), value(), 0..6));
    let command = command.prop_map(|(kind, members)| {
        let members: Vec<String> = members.into_iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect();
        format!("{{\"type\":\"{kind}\"{}}}", members.concat()).into_bytes()
    });
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let text = "\\PC{0,80}".prop_map(String::into_bytes);
    let line = prop_oneof![bytes, text, command.clone(), command];
    line.prop_map(|line| line.into_iter().filter(|byte| *byte != b'\n').collect())
}

#[tokio::test]
async fn random_lines_are_answered_one_by_one_and_the_server_lives() {
    let server = unlimited().await;
    let alice = server.register("alice").await;
    let mut witness = server.tcp_as(&alice).await;
    let mut client = server.tcp_as(&alice).await;
    let mut runner = TestRunner::deterministic();
    let lines = proptest::collection::vec(nonsense(), 1..9);
    let mut asked = 0;
    for round in 0..150 {
        let case = lines.new_tree(&mut runner).unwrap().current();
        let mut answers = 0;
        for line in &case {
            client.send_bytes(line).await;
            client.send_bytes(b"\n").await;
        }
        let id = format!("round {round}");
        client.send_json(&json!({"type": "ping", "id": id})).await;
        loop {
            let Some(Received::Frame(frame)) = client.try_next(PATIENCE).await else {
                panic!(
                    "the connection died of {:?}",
                    case.iter().map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>()
                );
            };
            if frame["id"] == id {
                break;
            }
            let passing = ["presence_state", "presence", "typing", "read_marker", "profile", "reset", "account_reset"];
            let event = frame["rev"].is_i64() && frame["type"] != "ack" && frame["type"] != "reset";
            let event = event
                || frame["account_rev"].is_i64()
                    && !["auth_success", "chats", "preferences"].contains(&frame["type"].as_str().unwrap());
            if !event && !passing.contains(&frame["type"].as_str().unwrap()) {
                assert_ne!(frame["code"], "internal", "{case:?}");
                answers += 1;
            }
        }
        assert_eq!(
            answers,
            case.len(),
            "one answer to each line of {:?}",
            case.iter().map(|line| String::from_utf8_lossy(line)).collect::<Vec<_>>()
        );
        asked += answers;
    }
    assert!(asked > 500);
    lives(&mut witness).await;
}
