//! The server from outside, as far as it concerns this crate alone. What the rules do is tested
//! through the doors in `tests/`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use vestnik_core::PasswordCost;

use super::*;
use crate::config::log::Log;

/// A server on free ports with cheap password hashes.
async fn start(change: impl FnOnce(&mut Settings)) -> (Running, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.general.data_dir = dir.path().to_owned();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    (settings.http.bind, settings.tcp.bind, settings.metrics.bind) = (any_port, any_port, any_port);
    change(&mut settings);
    let core = CoreConfig { password_cost: PasswordCost { memory_kib: 64, passes: 1, lanes: 1 }, ..settings.core() };
    (Server::start(settings, Overrides { core: Some(core), ..Overrides::default() }).await.unwrap(), dir)
}

struct Line(BufReader<TcpStream>);

impl Line {
    async fn open(running: &Running) -> Self {
        Self(BufReader::new(TcpStream::connect(running.tcp_addr).await.unwrap()))
    }

    async fn say(&mut self, text: &str) {
        self.0.get_mut().write_all(format!("{text}\n").as_bytes()).await.unwrap();
    }

    async fn hear(&mut self) -> Value {
        let mut line = String::new();
        let read = tokio::time::timeout(Duration::from_secs(10), self.0.read_line(&mut line)).await.unwrap();
        if read.unwrap() == 0 { Value::Null } else { serde_json::from_str(&line).unwrap() }
    }

    /// The next frame of this type.
    async fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.hear().await;
            assert_ne!(frame, Value::Null, "closed before {kind}");
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

#[tokio::test]
async fn a_bare_socket_is_enough() {
    let (running, _dir) = start(|_| {}).await;
    let mut line = Line::open(&running).await;
    line.say(r#"{"type":"history","chat_id":"general","id":"0"}"#).await;
    assert_eq!(line.hear().await["code"], "unauthorized");
    line.say(r#"{"type":"register","username":"anna","password":"correct horse battery","id":"1"}"#).await;
    let signed = line.hear().await;
    assert_eq!((&signed["type"], &signed["id"]), (&json!("auth_success"), &json!("1")), "{signed}");
    for n in 0..20 {
        line.say(
            &json!({"type": "message", "chat_id": "general", "content": format!("{n}"), "id": format!("m{n}")})
                .to_string(),
        )
        .await;
    }
    line.say(r#"{"type":"history","chat_id":"general","limit":50,"id":"h"}"#).await;
    let (mut acked, mut echoed) = (Vec::new(), Vec::new());
    loop {
        let frame = line.hear().await;
        match frame["type"].as_str().unwrap() {
            "ack" => acked.push(frame["seq"].as_i64().unwrap()),
            "new_message" => {
                let seq = frame["message"]["seq"].as_i64().unwrap();
                assert!(acked.contains(&seq), "the echo of {seq} came before its ack");
                echoed.push(seq);
            }
            "history" => {
                assert_eq!(frame["messages"].as_array().unwrap().len(), 20, "all messages before it are durable");
                break;
            }
            _ => {}
        }
    }
    assert_eq!(acked, (1..=20).collect::<Vec<_>>());
    while echoed.len() < 20 {
        echoed.push(line.wait_for("new_message").await["message"]["seq"].as_i64().unwrap());
    }
    assert_eq!(echoed, acked);
    line.say(r#"{"type":"set_active_chat","chat_id":"general"}"#).await;
    line.wait_for("ok").await;
    assert_eq!(line.wait_for("presence_state").await["users"].as_array().unwrap().len(), 1);
    line.say(r#"{"type":"sync","chats":{"general":0},"account":0,"id":"s"}"#).await;
    let done = line.wait_for("sync_done").await;
    assert!(done["chats"]["general"].as_i64().unwrap() >= 20, "{done}");
    line.say(r#"{"type":"logout","id":"bye"}"#).await;
    assert_eq!(line.wait_for("logged_out").await["id"], "bye");
    assert_eq!(line.hear().await["code"], 1000);
    assert_eq!(line.hear().await, Value::Null);
    running.shutdown().await;
}

#[tokio::test]
async fn one_who_closes_their_side_still_gets_the_answers() {
    let (running, _dir) = start(|_| {}).await;
    let mut line = Line::open(&running).await;
    line.say(r#"{"type":"register","username":"anna","password":"correct horse battery"}"#).await;
    line.say(r#"{"type":"message","chat_id":"general","content":"last words"}"#).await;
    line.0.get_mut().shutdown().await.unwrap();
    line.wait_for("auth_success").await;
    line.wait_for("ack").await;
    running.shutdown().await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_closed_and_others_hear_everything() {
    let (running, _dir) = start(|settings| settings.limits.queue_frames = 8).await;
    let mut slow = Line::open(&running).await;
    slow.say(r#"{"type":"register","username":"slow","password":"correct horse battery"}"#).await;
    slow.wait_for("auth_success").await;
    let mut fast = Line::open(&running).await;
    fast.say(r#"{"type":"register","username":"fast","password":"correct horse battery"}"#).await;
    fast.wait_for("auth_success").await;
    let content = "x".repeat(3_900);
    // More than the kernel's buffers of one connection hold.
    for n in 1..=4_000 {
        fast.say(&json!({"type": "message", "chat_id": "general", "content": content}).to_string()).await;
        assert_eq!(fast.wait_for("ack").await["seq"], n);
        if running.metrics_text().contains("vestnik_queue_overflows_total 1") {
            break;
        }
        assert_ne!(n, 4_000, "the slow reader was never closed");
    }
    let bye = loop {
        let frame = slow.hear().await;
        if frame["type"] == "bye" || frame == Value::Null {
            break frame;
        }
    };
    assert_eq!(bye["code"], 4408);
    running.shutdown().await;
}

#[tokio::test]
async fn ten_malformed_frames_in_a_row_close_the_connection() {
    let (running, _dir) = start(|_| {}).await;
    let mut line = Line::open(&running).await;
    for n in 0..9 {
        line.say(&"x".repeat(if n == 0 { 70_000 } else { 3 })).await;
        assert_eq!(line.hear().await["code"], if n == 0 { "too_large" } else { "invalid" });
    }
    line.say(r#"{"type":"ping"}"#).await;
    assert_eq!(line.hear().await["type"], "pong");
    for _ in 0..10 {
        line.say("[]").await;
        assert_eq!(line.hear().await["code"], "invalid");
    }
    assert_eq!(line.hear().await["code"], 1008);
    running.shutdown().await;
}

#[tokio::test]
async fn silence_and_stopping_end_with_a_goodbye() {
    let (running, _dir) = start(|settings| {
        settings.limits.auth_timeout = crate::config::units::Value::from_text("300ms").unwrap();
    })
    .await;
    let mut silent = Line::open(&running).await;
    assert_eq!(silent.hear().await["code"], 4401);
    let mut late = Line::open(&running).await;
    late.say(r#"{"type":"ping"}"#).await;
    assert_eq!(late.hear().await["type"], "pong");
    assert_eq!(late.hear().await["code"], 4401);
    let mut signed = Line::open(&running).await;
    signed.say(r#"{"type":"register","username":"anna","password":"correct horse battery"}"#).await;
    signed.wait_for("auth_success").await;
    let stopped = tokio::spawn(running.shutdown());
    let bye = signed.wait_for("bye").await;
    assert_eq!(bye["code"], 1012);
    assert!(bye["reconnect_after_ms"].as_u64().unwrap() >= 1_000);
    stopped.await.unwrap();
}

#[tokio::test]
async fn rest_speaks_problem_json_and_sets_the_cookie() {
    let (running, _dir) = start(|_| {}).await;
    let url = |path: &str| format!("http://{}{path}", running.http_addr);
    let rest = reqwest::Client::new();
    for (request, status, code) in [
        (rest.get(url("/api/nowhere")), 404, "not_found"),
        (rest.put(url("/api/v1/chats")), 405, "invalid"),
        (rest.get(url("/api/v1/chats")), 401, "unauthorized"),
        (rest.post(url("/api/v1/auth/login")).body("{"), 415, "invalid"),
        (rest.post(url("/api/v1/auth/login")).header("content-type", "application/json").body("{"), 400, "invalid"),
        (rest.post(url("/api/v1/auth/login")).json(&json!({"username": 7})), 400, "invalid"),
        (
            rest.post(url("/api/v1/auth/login")).header("content-type", "application/json").body("x".repeat(2 << 20)),
            413,
            "too_large",
        ),
        (rest.get(url("/ws")), 426, "invalid"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{code}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body: Value = response.json().await.unwrap();
        assert_eq!((&body["code"], &body["request_id"], &body["status"]), (&json!(code), &json!(id), &json!(status)));
    }
    let register = json!({"username": "anna", "password": "correct horse battery"});
    let response = rest.post(url("/api/v1/auth/register")).json(&register).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict") && !cookie.contains("Secure"), "{cookie}");
    let body: Value = response.json().await.unwrap();
    let token = body["access_token"].as_str().unwrap();
    let message = json!({"content": "Привет"});
    let key = "0190a5c0-0000-7000-8000-000000000001";
    let mut ids = Vec::new();
    for _ in 0..2 {
        let send = rest.post(url("/api/v1/chats/general/messages")).bearer_auth(token).header("Idempotency-Key", key);
        let sent = send.json(&message).send().await.unwrap();
        assert_eq!(sent.status(), 201);
        let sent: Value = sent.json().await.unwrap();
        assert_eq!(sent["content"], "Привет");
        ids.push(sent["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    let page = rest.get(url("/api/v1/chats/general/messages?limit=5")).bearer_auth(token).send().await.unwrap();
    let page: Value = page.json().await.unwrap();
    assert_eq!((page["messages"].as_array().unwrap().len(), &page["has_more"]), (1, &json!(false)));
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let renewed = rest.post(url("/api/v1/auth/refresh")).header("cookie", cookie).send().await.unwrap();
    assert_eq!(renewed.status(), 200);
    for path in ["/", "/setup", "/docs", "/docs/page.css", "/api/openapi.json", "/api/health/live", "/api/health/ready"]
    {
        // As a browser asks: with a client embedded, /setup is a page of its own making.
        let asked = rest.get(url(path)).header("accept", "text/html,*/*");
        assert_eq!(asked.send().await.unwrap().status(), 200, "{path}");
    }
    let metrics = rest.get(format!("http://{}/metrics", running.metrics_addr.unwrap())).send().await.unwrap();
    assert!(metrics.text().await.unwrap().contains("vestnik_messages_total 2"));
    assert_eq!(rest.get(url("/metrics")).send().await.unwrap().status(), 404);
    running.shutdown().await;
}

#[tokio::test]
async fn a_stock_websocket_client_talks() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    let (running, _dir) = start(|_| {}).await;
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}/ws", running.http_addr)).await.unwrap();
    socket.send(Message::binary(vec![1, 2])).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("invalid"));
    socket
        .send(Message::text(r#"{"type":"register","username":"anna","password":"correct horse battery"}"#))
        .await
        .unwrap();
    assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("auth_success"));
    socket.send(Message::text("x".repeat(70_000))).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().to_text().unwrap().contains("too_large"));
    socket.send(Message::Ping("x".into())).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_pong());
    let stopped = tokio::spawn(running.shutdown());
    let Some(Ok(Message::Close(Some(frame)))) = socket.next().await else { panic!("no close frame") };
    assert_eq!(u16::from(frame.code), 1012);
    while let Some(Ok(_)) = socket.next().await {}
    stopped.await.unwrap();
}

#[tokio::test]
async fn two_servers_never_share_a_data_directory() {
    let (running, dir) = start(|_| {}).await;
    let mut settings = Settings::default();
    settings.general.data_dir = dir.path().to_owned();
    let second = Server::start(settings, Overrides::default()).await.unwrap_err();
    assert!(matches!(second, StartError::DataDir(DataDirError::InUse { .. })), "{second}");
    running.shutdown().await;
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_secret_reaches_the_log() {
    let kept = Kept::default();
    let writer = kept.clone();
    for format in ["pretty", "json"] {
        let settings = Log { level: "trace".to_owned(), format: format.to_owned() };
        let writer = writer.clone();
        let subscriber = crate::logging::subscriber(&settings, move || writer.clone()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // One thread: the subscriber sees everything.
        let secrets = tracing::subscriber::with_default(subscriber, || runtime.block_on(talk()));
        let log = String::from_utf8(std::mem::take(&mut *kept.0.lock())).unwrap();
        assert!(log.contains("answered") && log.contains("request_id"), "requests are logged: {log}");
        for secret in secrets {
            assert!(!log.contains(&secret), "{secret} is in the log");
        }
    }
}

/// Registers, signs in and talks; gives everything that must not be logged.
async fn talk() -> Vec<String> {
    let (running, _dir) = start(|_| {}).await;
    let url = |path: &str| format!("http://{}{path}", running.http_addr);
    let rest = reqwest::Client::new();
    let (password, text) = ("correct horse battery", "the text of a message");
    let mut secrets = vec![password.to_owned(), text.to_owned(), "wrong horse battery".to_owned()];
    secrets.extend(running.setup_token.clone());
    let account = json!({"username": "anna", "password": password});
    for path in ["/api/v1/auth/register", "/api/v1/auth/login"] {
        let answer: Value = rest.post(url(path)).json(&account).send().await.unwrap().json().await.unwrap();
        for member in ["access_token", "refresh_token"] {
            secrets.push(answer[member].as_str().unwrap().to_owned());
        }
    }
    let wrong = json!({"username": "anna", "password": "wrong horse battery"});
    assert_eq!(rest.post(url("/api/v1/auth/login")).json(&wrong).send().await.unwrap().status(), 401);
    let token = secrets[secrets.len() - 2].clone();
    let send = rest.post(url("/api/v1/chats/general/messages")).bearer_auth(&token);
    assert_eq!(send.json(&json!({"content": text})).send().await.unwrap().status(), 201);
    let mut line = Line::open(&running).await;
    line.say(&json!({"type": "auth", "token": token}).to_string()).await;
    line.wait_for("auth_success").await;
    line.say(&json!({"type": "message", "chat_id": "general", "content": text}).to_string()).await;
    line.wait_for("new_message").await;
    line.say(&format!("{{\"type\":\"message\",\"content\":{text}")).await;
    line.wait_for("error").await;
    running.shutdown().await;
    secrets
}
