//! Sessions from the first token to the last: renewed, stolen, revoked, locked, ended, and never logged.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};
use vestnik_testkit::{MockClock, RawClient, ServerProcess, SignedUp, TestServer};

use crate::doors::{DOORS, Door, Voice};
use crate::hostile::tls;

/// Longest until everybody whose session has ended is gone.
const WITHIN: Duration = Duration::from_secs(2);

/// The connection is closed with 4401, in time.
async fn is_sent_away(client: &mut RawClient, since: Instant) {
    let code = timeout(WITHIN.saturating_sub(since.elapsed()), client.closed()).await;
    assert_eq!(code.expect("it is closed within two seconds"), Some(4401));
}

/// Another session of the same person.
async fn log_in(server: &TestServer, username: &str) -> SignedUp {
    let body = json!({"username": username, "password": "correct horse battery"});
    let (status, answer) = server.call("POST", "/api/v1/auth/login", None, Some(&body)).await;
    assert_eq!(status, 200, "{answer}");
    signed(&answer)
}

fn signed(answer: &Value) -> SignedUp {
    SignedUp {
        id: vestnik_proto::UserId(answer["user"]["id"].as_i64().unwrap()),
        username: answer["user"]["username"].as_str().unwrap().to_owned(),
        token: answer["access_token"].as_str().unwrap().to_owned(),
        refresh_token: answer["refresh_token"].as_str().unwrap().to_owned(),
    }
}

async fn refresh(server: &TestServer, token: &str) -> (u16, Value) {
    let body = json!({"refresh_token": token});
    server.call("POST", "/api/v1/auth/refresh", None, Some(&body)).await
}

/// Neither the door for requests nor the live doors take this token any more.
async fn is_shut_out(server: &TestServer, user: &SignedUp) {
    assert_eq!(server.call("GET", "/api/v1/account", Some(&user.token), None).await.0, 401);
    for mut client in [server.raw_tcp().await, server.raw_ws().await] {
        let answer = client.ask(json!({"type": "auth", "token": user.token})).await;
        assert_eq!(answer["code"], "unauthorized");
    }
    assert_eq!(refresh(server, &user.refresh_token).await.0, 401);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_session_and_nobody_elses() {
    let server = TestServer::start().await;
    let first = server.register("alice").await;
    let elsewhere = log_in(&server, "alice").await;
    let mut stays = server.tcp_as(&elsewhere).await;

    let (status, answer) = refresh(&server, &first.refresh_token).await;
    assert_eq!(status, 200);
    let second = signed(&answer);
    assert_ne!(second.refresh_token, first.refresh_token);
    let (_, answer) = refresh(&server, &second.refresh_token).await;
    let third = signed(&answer);
    // Opened with tokens of every age: all belong to the one session.
    let mut sockets = [server.tcp_as(&first).await, server.ws_as(&second).await, server.ws_as(&third).await];

    let begun = Instant::now();
    let (status, answer) = refresh(&server, &first.refresh_token).await;
    assert_eq!((status, &answer["code"]), (401, &json!("unauthorized")));
    for socket in &mut sockets {
        is_sent_away(socket, begun).await;
    }
    for user in [&first, &second, &third] {
        is_shut_out(&server, user).await;
    }
    assert_eq!(stays.ask(json!({"type": "ping"})).await["type"], "pong");
    assert_eq!(refresh(&server, &elsewhere.refresh_token).await.0, 200);
}

#[tokio::test]
async fn two_refreshes_at_once_never_both_succeed() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    let answers = futures_util::future::join_all((0..8).map(|_| refresh(&server, &alice.refresh_token))).await;
    assert!(answers.iter().filter(|(status, _)| *status == 200).count() <= 1, "{answers:?}");
    // Nobody can tell the owner from the thief, so it ends for both.
    for (_, answer) in answers.iter().filter(|(status, _)| *status == 200) {
        is_shut_out(&server, &signed(answer)).await;
    }
}

#[tokio::test]
async fn a_session_revoked_through_any_door_is_over_within_two_seconds() {
    let server = TestServer::start().await;
    let here = server.register("alice").await;
    let bob = server.register("bob").await;
    for door in DOORS {
        let there = log_in(&server, "alice").await;
        let mut sockets = [server.tcp_as(&there).await, server.ws_as(&there).await];
        let mut mine = Voice::of(&server, door, &here).await;
        let list = mine.say(json!({"type": "list_sessions"})).await.done();
        let sessions = list["sessions"].as_array().unwrap();
        assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
        let other = sessions.iter().find(|session| session["current"] == false).expect("the other device");
        let revoke = json!({"type": "revoke_session", "session_id": other["id"]});
        // Not another person's, even by its right name.
        let mut bobs = Voice::of(&server, door, &bob).await;
        assert_eq!(bobs.say(revoke.clone()).await.code(), "not_found");
        let begun = Instant::now();
        mine.say(revoke.clone()).await.done();
        for socket in &mut sockets {
            is_sent_away(socket, begun).await;
        }
        is_shut_out(&server, &there).await;
        assert_eq!(mine.say(revoke).await.code(), "not_found", "it is over already");
        assert_eq!(mine.say(json!({"type": "get_account"})).await.code(), "ok");
    }
}

#[tokio::test]
async fn logging_out_ends_the_session_everywhere() {
    let server = TestServer::start().await;
    server.register("alice").await;
    for door in DOORS {
        let session = log_in(&server, "alice").await;
        let mut other_socket = server.ws_as(&session).await;
        let begun = Instant::now();
        match door {
            Door::Rest => {
                assert_eq!(server.call("POST", "/api/v1/auth/logout", Some(&session.token), None).await.0, 204);
            }
            door => {
                let mut voice = Voice::of(&server, door, &session).await;
                assert_eq!(voice.live().ask(json!({"type": "logout"})).await["type"], "logged_out");
                assert_eq!(voice.live().closed().await, Some(1000), "politely");
            }
        }
        is_sent_away(&mut other_socket, begun).await;
        is_shut_out(&server, &session).await;
    }
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let server = TestServer::start().await;
    let here = server.register("alice").await;
    let there = log_in(&server, "alice").await;
    let (mut mine, mut other) = (server.tcp_as(&here).await, server.ws_as(&there).await);
    let begun = Instant::now();
    let change =
        |old: &str| json!({"type": "change_password", "old_password": old, "new_password": "a much better one"});
    assert_eq!(mine.ask(change("wrong")).await["code"], "invalid_credentials");
    assert_eq!(mine.ask(change("correct horse battery")).await["type"], "ok");
    is_sent_away(&mut other, begun).await;
    is_shut_out(&server, &there).await;
    assert_eq!(mine.ask(json!({"type": "ping"})).await["type"], "pong");
    let login = |password: &str| json!({"username": "alice", "password": password});
    let (status, _) = server.call("POST", "/api/v1/auth/login", None, Some(&login("correct horse battery"))).await;
    assert_eq!(status, 401);
    let (status, _) = server.call("POST", "/api/v1/auth/login", None, Some(&login("a much better one"))).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_connection_ends_with_its_token_unless_it_is_renewed_in_place() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(clock.clone()).core(|core| core.access_token_secs = 2).start().await;
    let alice = server.register("alice").await;
    let mut ending = [server.tcp_as(&alice).await, server.ws_as(&alice).await];
    let mut asking = server.tcp_as(&alice).await;
    let mut renewed = [server.tcp_as(&alice).await, server.ws_as(&alice).await];
    let mut refreshed = server.tcp_as(&alice).await;
    clock.advance_secs(1);
    let (_, answer) = refresh(&server, &alice.refresh_token).await;
    let fresh = signed(&answer);
    for client in &mut renewed {
        let answer = client.auth(&fresh.token).await;
        assert_eq!((&answer["expires_in"], &answer["user_id"]), (&json!(2), &json!(alice.id)));
    }
    let answer = refreshed.ask(json!({"type": "refresh", "refresh_token": fresh.refresh_token})).await;
    assert_eq!(answer["type"], "auth_success");
    clock.advance_secs(1);
    // At once when something is asked; else as soon as the time has come.
    asking.send_json(&json!({"type": "list_chats"})).await;
    assert_eq!(asking.closed().await, Some(4401));
    for client in &mut ending {
        assert_eq!(client.closed().await, Some(4401));
    }
    for client in renewed.iter_mut().chain([&mut refreshed]) {
        assert_eq!(client.ask(json!({"type": "list_chats"})).await["type"], "chats", "renewed in place");
    }
    clock.advance_secs(2);
    for client in &mut renewed {
        assert_eq!(client.closed().await, Some(4401), "the fresh token has ended, too");
    }
}

#[tokio::test]
async fn a_refresh_token_ends_by_itself() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(clock.clone()).start().await;
    let alice = server.register("alice").await;
    clock.advance_secs(30 * 24 * 3_600 - 1);
    let (status, answer) = refresh(&server, &alice.refresh_token).await;
    assert_eq!(status, 200);
    clock.advance_secs(30 * 24 * 3_600);
    assert_eq!(refresh(&server, answer["refresh_token"].as_str().unwrap()).await.0, 401);
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_name_for_half_an_hour() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(clock.clone()).start().await;
    server.register("alice").await;
    let attempt = async |username: &str, password: &str| {
        let body = json!({"username": username, "password": password});
        let response = server.rest.post(server.url("/api/v1/auth/login")).json(&body).send().await.unwrap();
        let retry = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        (status, answer["code"].as_str().unwrap_or("ok").to_owned(), retry)
    };
    let ok = |code: &str, status, retry: Option<&str>| (status, code.to_owned(), retry.map(str::to_owned));
    // A name nobody has behaves just the same.
    for name in ["alice", "nobody"] {
        for _ in 0..4 {
            assert_eq!(attempt(name, "wrong horse battery").await, ok("invalid_credentials", 401, None), "{name}");
        }
        assert_eq!(attempt(name, "wrong horse battery").await, ok("account_locked", 423, Some("1800")), "{name}");
        clock.advance_secs(60);
        assert_eq!(attempt(name, "correct horse battery").await, ok("account_locked", 423, Some("1740")), "{name}");
    }
    // The live door says the same.
    let mut tcp = server.raw_tcp().await;
    let answer = tcp.ask(json!({"type": "login", "username": "ALICE", "password": "correct horse battery"})).await;
    assert_eq!((&answer["code"], &answer["retry_after_ms"]), (&json!("account_locked"), &json!(1_680_000)));
    clock.advance_secs(1_680);
    assert_eq!(attempt("alice", "correct horse battery").await, ok("ok", 200, None));
    // A success forgets the failures before it.
    for _ in 0..4 {
        assert_eq!(attempt("alice", "wrong horse battery").await.0, 401);
    }
    assert_eq!(attempt("alice", "correct horse battery").await.0, 200);
    assert_eq!(attempt("alice", "wrong horse battery").await.0, 401);
}

#[tokio::test]
async fn browsers_keep_the_refresh_token_in_a_cookie_scripts_cannot_read() {
    let server = TestServer::start().await;
    server.register("alice").await;
    let login = json!({"username": "alice", "password": "correct horse battery"});
    let response = server.rest.post(server.url("/api/v1/auth/login")).json(&login).send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    for flag in ["; HttpOnly", "; SameSite=Strict", "; Path=/api/v1/auth", "; Max-Age=2592000"] {
        assert!(cookie.contains(flag), "{cookie} has no {flag}");
    }
    assert!(!cookie.contains("Secure"), "plain text on this machine: {cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let from_cookie = |pair: String| server.rest.post(server.url("/api/v1/auth/refresh")).header("cookie", pair);
    let renewed = from_cookie(pair.clone()).send().await.unwrap();
    assert_eq!(renewed.status(), 200);
    let next = renewed.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_ne!(next, pair, "the cookie rotates with the token");
    let answer: Value = renewed.json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap();
    let out = server.rest.post(server.url("/api/v1/auth/logout")).bearer_auth(token).send().await.unwrap();
    let cleared = out.headers()["set-cookie"].to_str().unwrap();
    assert!(cleared.starts_with("vestnik_refresh=;") && cleared.contains("Max-Age=0"), "{cleared}");
    assert_eq!(from_cookie(next).send().await.unwrap().status(), 401);
    assert_eq!(server.rest.post(server.url("/api/v1/auth/refresh")).send().await.unwrap().status(), 400);

    // Over TLS, and for every name but this machine's, it is Secure.
    let mut secret = tls(&server, server.http_addr()).await;
    let body = login.to_string();
    let request = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    secret.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(10), secret.read_to_string(&mut answer)).await.unwrap().unwrap();
    let cookie = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:")).unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test]
async fn secrets_and_texts_never_reach_the_log() {
    let dir = tempfile::tempdir().unwrap();
    // The program itself, with its log at its most talkative.
    let env = [
        ("VESTNIK_LOG__LEVEL", "trace"),
        ("VESTNIK_LOG__FORMAT", "json"),
        ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
    ];
    let mut server = ServerProcess::start(Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), &env).await;
    let client = server.rest().clone();
    let mut secrets: Vec<String> = Vec::new();
    let mut secret = |name: &str| {
        let text = format!("{name}-MARKER-{}", secrets.len());
        secrets.push(text.clone());
        text
    };
    let password = secret("password");
    let mut tokens: Vec<String> = Vec::new();
    let mut tcp = RawClient::tcp(server.tcp_addr).await;
    let email = format!("{}@example.org", secret("email"));
    let registered =
        tcp.ask(json!({"type": "register", "username": "alice", "password": password, "email": email})).await;
    assert_eq!(registered["type"], "auth_success");
    for name in ["access_token", "refresh_token"] {
        tokens.push(registered[name].as_str().unwrap().to_owned());
    }
    // Refused ones: wrong, mistyped into the name, broken JSON, wrong types, too long.
    let login = |username: &str, password: &str, code: &str| json!({"type": "login", "username": username, "password": password, "code": code});
    let mut other = RawClient::ws(server.http_addr).await;
    for frame in [
        login("alice", &secret("wrong"), &secret("code")),
        login(&secret("typed-into-the-name"), "x", "1"),
        json!({"type": "auth", "token": secret("forged")}),
        json!({"type": "refresh", "refresh_token": secret("unknown")}),
        json!({"type": "register", "username": "bob", "password": [secret("in-a-list")]}),
    ] {
        assert_eq!(other.ask(frame).await["type"], "error");
    }
    other.send_text(&format!("{{\"type\":\"login\",\"password\":\"{}", secret("broken"))).await;
    assert_eq!(other.next_json().await["code"], "invalid");
    let post = async |path: &str, body: Value| client.call("POST", path, None, Some(&body)).await;
    let (status, answer) = post("/api/v1/auth/login", login("alice", &password, "1")).await;
    assert_eq!(status, 200);
    for name in ["access_token", "refresh_token"] {
        tokens.push(answer[name].as_str().unwrap().to_owned());
    }
    assert_eq!(post("/api/v1/auth/login", login("alice", &secret("wrong-again"), "1")).await.0, 401);
    assert_eq!(post("/api/v1/auth/refresh", json!({"refresh_token": secret("unknown-again")})).await.0, 401);
    let path = format!("/api/v1/invites/{}/join?token={}", secret("invite"), secret("query"));
    assert_eq!(post(&path, json!({})).await.0, 401);
    let (_, answer) = post("/api/v1/auth/refresh", json!({"refresh_token": answer["refresh_token"]})).await;
    for name in ["access_token", "refresh_token"] {
        tokens.push(answer[name].as_str().unwrap().to_owned());
    }

    // What people write.
    let group = tcp.ask(json!({"type": "create_chat", "kind": "group", "name": secret("title")})).await;
    let chat = &group["chat"]["id"];
    let sent = tcp.ask(json!({"type": "message", "chat_id": chat, "content": secret("message")})).await;
    assert_eq!(sent["type"], "ack");
    let edit =
        json!({"type": "edit_message", "chat_id": chat, "message_id": sent["message_id"], "content": secret("edit")});
    assert_eq!(tcp.ask(edit).await["type"], "ack");
    assert_eq!(
        tcp.ask(json!({"type": "set_draft", "chat_id": chat, "content": secret("draft")})).await["type"],
        "draft"
    );
    let later = json!({"type": "schedule_message", "chat_id": chat, "content": secret("later"), "send_at": "2126-01-01T00:00:00Z"});
    // More than a year ahead: refused, and not logged either.
    assert_eq!(tcp.ask(later).await["code"], "invalid");
    let too_long = format!("{}{}", secret("too-long"), "x".repeat(5_000));
    assert_eq!(
        tcp.ask(json!({"type": "message", "chat_id": chat, "content": too_long})).await["code"],
        "message_too_long"
    );
    assert_eq!(tcp.ask(json!({"type": "update_profile", "bio": secret("bio")})).await["type"], "account");
    let invite = tcp.ask(json!({"type": "create_invite", "chat_id": chat})).await;
    tokens.push(invite["invite"]["code"].as_str().unwrap().to_owned());
    let preview = format!("/api/v1/invites/{}", tokens.last().unwrap());
    assert_eq!(client.call("GET", &preview, None, None).await.0, 200);
    let search = format!("/api/v1/users?q={}", secret("search"));
    let found = client.call("GET", &search, answer["access_token"].as_str(), None).await;
    assert_eq!(found.0, 200);

    // New passwords, by their owner and by the administrator.
    let changed = secret("changed");
    let change = json!({"type": "change_password", "old_password": password, "new_password": changed});
    assert_eq!(tcp.ask(change).await["type"], "ok");
    // The banner says it to the one who started the program; the log must not.
    let link = server.banner().await;
    let setup = link.split("/setup#").nth(1).and_then(|rest| rest.split_whitespace().next());
    tokens.push(setup.expect("the setup link is printed").to_owned());
    drop((tcp, other));
    assert!(server.terminate());
    let reset = secret("reset");
    let mut admin = server.command();
    admin
        .args(["admin", "reset-password", "alice"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut admin = admin.spawn().unwrap();
    writeln!(admin.stdin.take().unwrap(), "{reset}").unwrap();
    let admin = admin.wait_with_output().unwrap();
    assert!(admin.status.success(), "{admin:?}");
    server.restart().await;
    let mut tcp = RawClient::tcp(server.tcp_addr).await;
    assert_eq!(tcp.ask(login("alice", &reset, "1")).await["type"], "auth_success");
    drop(tcp);
    assert!(server.terminate());

    let written = format!("{}{}", server.log(), String::from_utf8_lossy(&admin.stderr));
    let log: Vec<&str> = written.lines().filter(|line| line.starts_with('{')).collect();
    assert!(!written.contains("MARKER"));
    for expected in ["/api/v1/auth/login", "security.audit", "/api/v1/invites/{code}"] {
        assert!(log.iter().any(|line| line.contains(expected)), "the log lacks {expected}\n{written}");
    }
    for secret in secrets.iter().chain(&tokens) {
        let line = log.iter().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "{secret} is in the log: {}", line.unwrap_or(&""));
    }
}
