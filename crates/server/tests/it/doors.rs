//! Three doors, one core: the contract's frames and tables word for word, the same conversation on
//! every door, and the table of permissions cell by cell.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use vestnik_core::{Standing, TABLE, allows};
use vestnik_proto::http::{Access, ROUTES, Route};
use vestnik_proto::{ChatKind, Command, ErrorCode, Permission, Role};
use vestnik_testkit::{MockClock, RawClient, SignedUp, TestServer};

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Tcp,
    Ws,
    Rest,
}

pub(crate) const DOORS: [Door; 3] = [Door::Tcp, Door::Ws, Door::Rest];

/// Which REST route says what a command says, as the contract has it.
const ROUTE_OF: &[(&str, &str, &str)] = &[
    ("message", "POST", "/api/v1/chats/{chat_id}/messages"),
    ("edit_message", "PATCH", "/api/v1/chats/{chat_id}/messages/{message_id}"),
    ("delete_message", "DELETE", "/api/v1/chats/{chat_id}/messages/{message_id}"),
    ("get_message", "GET", "/api/v1/chats/{chat_id}/messages/{message_id}"),
    ("list_versions", "GET", "/api/v1/chats/{chat_id}/messages/{message_id}/versions"),
    ("list_readers", "GET", "/api/v1/chats/{chat_id}/messages/{message_id}/readers"),
    ("react", "PUT", "/api/v1/chats/{chat_id}/messages/{message_id}/reactions/{emoji}"),
    ("unreact", "DELETE", "/api/v1/chats/{chat_id}/messages/{message_id}/reactions/{emoji}"),
    ("pin_message", "PUT", "/api/v1/chats/{chat_id}/pins/{message_id}"),
    ("unpin_message", "DELETE", "/api/v1/chats/{chat_id}/pins/{message_id}"),
    ("list_pins", "GET", "/api/v1/chats/{chat_id}/pins"),
    ("mark_read", "POST", "/api/v1/chats/{chat_id}/read"),
    ("mark_delivered", "POST", "/api/v1/chats/{chat_id}/delivered"),
    ("unread_state", "GET", "/api/v1/unread"),
    ("typing", "POST", "/api/v1/chats/{chat_id}/typing"),
    ("history", "GET", "/api/v1/chats/{chat_id}/messages"),
    ("join", "POST", "/api/v1/chats/{chat_id}/join"),
    ("join", "POST", "/api/v1/invites/{invite}/join"),
    ("leave", "POST", "/api/v1/chats/{chat_id}/leave"),
    ("create_chat", "POST", "/api/v1/chats"),
    ("start_direct", "POST", "/api/v1/chats/direct"),
    ("list_chats", "GET", "/api/v1/chats"),
    ("get_chat", "GET", "/api/v1/chats/{chat_id}"),
    ("update_chat", "PATCH", "/api/v1/chats/{chat_id}"),
    ("delete_chat", "DELETE", "/api/v1/chats/{chat_id}"),
    ("list_rooms", "GET", "/api/v1/rooms"),
    ("list_members", "GET", "/api/v1/chats/{chat_id}/members"),
    ("add_member", "POST", "/api/v1/chats/{chat_id}/members"),
    ("set_role", "PUT", "/api/v1/chats/{chat_id}/members/{user_id}"),
    ("remove_member", "DELETE", "/api/v1/chats/{chat_id}/members/{user_id}"),
    ("transfer_ownership", "POST", "/api/v1/chats/{chat_id}/owner"),
    ("create_invite", "POST", "/api/v1/chats/{chat_id}/invites"),
    ("list_invites", "GET", "/api/v1/chats/{chat_id}/invites"),
    ("revoke_invite", "DELETE", "/api/v1/chats/{chat_id}/invites/{code}"),
    ("get_invite", "GET", "/api/v1/invites/{code}"),
    ("set_draft", "PUT", "/api/v1/chats/{chat_id}/draft"),
    ("set_chat_settings", "PATCH", "/api/v1/chats/{chat_id}/settings"),
    ("schedule_message", "POST", "/api/v1/chats/{chat_id}/scheduled"),
    ("update_scheduled", "PATCH", "/api/v1/scheduled/{scheduled_id}"),
    ("cancel_scheduled", "DELETE", "/api/v1/scheduled/{scheduled_id}"),
    ("list_scheduled", "GET", "/api/v1/scheduled"),
    ("get_account", "GET", "/api/v1/account"),
    ("update_profile", "PATCH", "/api/v1/account"),
    ("change_password", "POST", "/api/v1/auth/password"),
    ("get_user", "GET", "/api/v1/users/{username}"),
    ("find_users", "GET", "/api/v1/users"),
    ("set_preference", "PUT", "/api/v1/account/preferences/{name}"),
    ("list_preferences", "GET", "/api/v1/account/preferences"),
    ("list_sessions", "GET", "/api/v1/auth/sessions"),
    ("revoke_session", "DELETE", "/api/v1/auth/sessions/{session_id}"),
];

/// The members of a path in braces.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// The route for a command, with the path's members named as the command names them.
fn route_of(command: &Value) -> Option<(&'static Route, &'static str)> {
    let (_, method, path) = ROUTE_OF.iter().find(|(name, _, path)| {
        command["type"] == *name && parameters(path).all(|parameter| !command[parameter].is_null())
    })?;
    let real = path.replace("{invite}", "{code}");
    let route = ROUTES.iter().find(|route| route.method == *method && route.path == real);
    Some((route.unwrap_or_else(|| panic!("{method} {path} is not in the table of routes")), path))
}

/// What came of a command: the same for every door.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Done(Value),
    Refused(Value),
}

impl Reply {
    /// `ok`, or the error's code.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Done(_) => "ok",
            Self::Refused(error) => error["code"].as_str().unwrap(),
        }
    }

    /// What was done; panics when it was refused.
    #[track_caller]
    pub(crate) fn done(self) -> Value {
        match self {
            Self::Done(value) => value,
            Self::Refused(error) => panic!("refused: {error}"),
        }
    }

    /// The same with a name in it replaced.
    fn without(&self, name: &str) -> String {
        format!("{self:?}").replace(name, "<chat>")
    }
}

/// The members every door's errors have.
fn api_error(error: &Value) -> Reply {
    let names = ["code", "message", "field", "retry_after_ms"];
    let members = names.iter().filter(|name| !error[**name].is_null());
    Reply::Refused(Value::Object(members.map(|name| ((*name).to_owned(), error[*name].clone())).collect()))
}

/// Someone who speaks through one door.
pub(crate) struct Voice<'s> {
    server: &'s TestServer,
    token: Option<String>,
    live: Option<RawClient>,
}

impl<'s> Voice<'s> {
    /// Speaks through this door with this access token.
    pub(crate) async fn with(server: &'s TestServer, door: Door, token: &str) -> Self {
        let mut live = match door {
            Door::Tcp => Some(server.raw_tcp().await),
            Door::Ws => Some(server.raw_ws().await),
            Door::Rest => None,
        };
        if let Some(live) = &mut live {
            live.auth(token).await;
        }
        Self { server, token: Some(token.to_owned()), live }
    }

    pub(crate) async fn of(server: &'s TestServer, door: Door, user: &SignedUp) -> Self {
        Self::with(server, door, &user.token).await
    }

    /// Gives a command and takes its answer.
    pub(crate) async fn say(&mut self, command: Value) -> Reply {
        let route = route_of(&command);
        let Some(live) = &mut self.live else {
            let (route, path) = route.unwrap_or_else(|| panic!("{command} has no route"));
            return rest(self.server, self.token.as_deref(), route, path, command).await;
        };
        let answer = live.ask(command.clone()).await;
        if answer["type"] == "error" {
            return api_error(&answer);
        }
        if command["type"] == "message" {
            // Over REST the answer is the message; over the live doors it is the ack that names it.
            let get = json!({"type": "get_message", "chat_id": command["chat_id"], "message_id": answer["message_id"]});
            let message = live.ask(get).await["message"].take();
            assert_eq!(
                (&answer["type"], &answer["chat_id"], &answer["seq"], &answer["timestamp"]),
                (&json!("ack"), &command["chat_id"], &message["seq"], &message["timestamp"])
            );
            return Reply::Done(message);
        }
        let Value::Object(mut members) = answer else { panic!("an answer is an object") };
        members.remove("type");
        members.remove("id");
        let Some((route, _)) = route else { return Reply::Done(Value::Object(members)) };
        // What an edit comes to is read where REST answers with the message.
        if route.answer == Some("Message") && !members.contains_key("message") {
            let get =
                json!({"type": "get_message", "chat_id": members["chat_id"], "message_id": members["message_id"]});
            return Reply::Done(live.ask(get).await["message"].take());
        }
        Reply::Done(match route.answer {
            None => Value::Null,
            Some(answer) if answer.starts_with('{') => Value::Object(members),
            Some(_) => {
                assert_eq!(members.len(), 1, "{members:?}");
                members.into_iter().next().unwrap().1
            }
        })
    }

    /// What the live connection behind this voice is.
    pub(crate) fn live(&mut self) -> &mut RawClient {
        self.live.as_mut().expect("REST has no live connection")
    }
}

async fn rest(server: &TestServer, token: Option<&str>, route: &Route, path: &str, command: Value) -> Reply {
    let Value::Object(mut members) = command else { panic!("a command is an object") };
    members.remove("type");
    let mut url = reqwest::Url::parse(&server.url("/")).unwrap();
    let segments = path.trim_start_matches('/').split('/').map(|part| {
        let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        match parameter.map(|name| members.remove(name).unwrap()) {
            None => part.to_owned(),
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
        }
    });
    let segments: Vec<String> = segments.collect();
    url.path_segments_mut().unwrap().clear().extend(segments);
    let method = reqwest::Method::from_bytes(route.method.as_bytes()).unwrap();
    if method == reqwest::Method::GET {
        for (name, value) in std::mem::take(&mut members) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            url.query_pairs_mut().append_pair(&name, &text);
        }
    }
    let mut request = server.rest.request(method, url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if route.body.is_some() {
        request = request.json(&members);
    } else {
        if let Some(key) = members.remove("client_id") {
            request = request.header("Idempotency-Key", key.as_str().unwrap());
        }
        assert!(members.is_empty(), "{} {path} takes no {members:?}", route.method);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (kind, retry) = (header("content-type"), header("retry-after"));
    assert!(header("x-request-id").is_some() && header("cache-control").is_some());
    let text = response.text().await.unwrap();
    if status < 300 {
        assert_eq!(status, route.status, "{} {path}", route.method);
        if text.is_empty() {
            return Reply::Done(Value::Null);
        }
        assert_eq!(kind.as_deref(), Some("application/json"));
        return Reply::Done(serde_json::from_str(&text).unwrap());
    }
    check_problem(status, kind.as_deref(), retry.as_deref(), &text);
    api_error(&serde_json::from_str(&text).unwrap())
}

/// Holds an error over HTTP to RFC 9457 and the contract; gives its code.
fn check_problem(status: u16, kind: Option<&str>, retry: Option<&str>, text: &str) -> ErrorCode {
    assert_eq!(kind, Some("application/problem+json"), "{status} {text}");
    let problem: Value = serde_json::from_str(text).unwrap();
    let code = ErrorCode::ALL.iter().find(|code| problem["code"] == code.as_str());
    let code = *code.unwrap_or_else(|| panic!("an unknown code in {problem}"));
    assert_eq!(problem["status"], status);
    assert_eq!(problem["detail"], problem["message"]);
    assert!(problem["type"].is_string() && problem["title"].is_string() && problem["request_id"].is_string());
    let sentence = problem["message"].as_str().unwrap();
    assert!(sentence.len() > 10 && sentence.ends_with('.'), "{sentence:?} is no sentence");
    if ![405, 415, 426].contains(&status) {
        assert_eq!(status, code.http_status(), "{problem}");
    }
    let wait = problem["retry_after_ms"].as_u64().map(|millis| millis.div_ceil(1_000).to_string());
    assert_eq!(retry, wait.as_deref(), "{problem}");
    code
}

/// The names of an object's members.
fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A server on which scripts may ask as much as they like.
pub(crate) async fn unlimited() -> TestServer {
    TestServer::builder()
        .core(|core| {
            core.commands_per_second = 0;
            core.messages_per_second = 0;
        })
        .start()
        .await
}

/// Everything that came before the answer to a `ping` sent now.
pub(crate) async fn until_pong(client: &mut RawClient) -> Vec<Value> {
    let id = "until-pong";
    client.send_json(&json!({"type": "ping", "id": id})).await;
    let mut before = Vec::new();
    loop {
        let frame = client.next_json().await;
        if frame["type"] == "pong" && frame["id"] == id {
            return before;
        }
        before.push(frame);
    }
}

/// Of some frames those of this type.
pub(crate) fn of_type<'a>(frames: &'a [Value], kind: &str) -> Vec<&'a Value> {
    frames.iter().filter(|frame| frame["type"] == kind).collect()
}

// The contract, word for word.

#[tokio::test]
async fn a_bare_socket_is_enough_to_register_log_in_and_talk() {
    let server = TestServer::start().await;
    let mut tcp = server.raw_tcp().await;
    tcp.send_text(r#"{"type":"register","username":"user123","password":"correct horse battery"}"#).await;
    let registered = tcp.next_json().await;
    assert_eq!(registered["type"], "auth_success");
    assert_eq!((&registered["username"], &registered["expires_in"]), (&json!("user123"), &json!(900)));
    assert!(registered["user_id"].as_i64().unwrap() > 0);
    let refresh_token = registered["refresh_token"].as_str().unwrap();

    let mut again = server.raw_tcp().await;
    again.send_text(r#"{"type":"login","username":"USER123","password":"correct horse battery"}"#).await;
    let logged_in = again.next_json().await;
    assert_eq!((&logged_in["type"], &logged_in["user_id"]), (&json!("auth_success"), &registered["user_id"]));

    let token = logged_in["access_token"].as_str().unwrap();
    for mut client in [server.raw_tcp().await, server.raw_ws().await] {
        client.send_text(&format!(r#"{{"type":"auth","token":"{token}"}}"#)).await;
        let answer = client.next_json().await;
        assert_eq!((&answer["type"], &answer["username"]), (&json!("auth_success"), &json!("user123")));
        assert_eq!((&answer["user_id"], &answer["expires_in"]), (&registered["user_id"], &json!(900)));
        assert!(answer["access_token"].is_null() && answer["refresh_token"].is_null(), "no tokens but new ones");
        client.send_text(r#"{"type":"ping","id":"7"}"#).await;
        let pong = client.next_json().await;
        assert_eq!((&pong["type"], &pong["id"]), (&json!("pong"), &json!("7")));
    }

    let mut refreshed = server.raw_tcp().await;
    let answer = refreshed.ask(json!({"type": "refresh", "refresh_token": refresh_token})).await;
    assert_eq!(answer["type"], "auth_success");
    assert_ne!(answer["refresh_token"], refresh_token);

    again.send_text(r#"{"type":"logout","id":"bye"}"#).await;
    assert_eq!(again.next_of_type("logged_out").await["id"], "bye");
    let bye = again.next_of_type("bye").await;
    assert_eq!(bye["code"], 1000);
    assert_eq!(again.closed().await, Some(1000));
    let mut late = server.raw_ws().await;
    let refused = late.ask(json!({"type": "auth", "token": token})).await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("unauthorized")));
}

#[tokio::test]
async fn the_contracts_frames_come_word_for_word() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for door in [Door::Tcp, Door::Ws] {
        let mut sender = Voice::of(&server, door, &alice).await;
        let sender = sender.live();
        let (mut other_device, mut peer) = (server.ws_as(&alice).await, server.tcp_as(&bob).await);
        let client_id = uuid::Uuid::from_u128(door as u128 + 1);
        let bob_id = bob.id;

        sender
            .send_text(&format!(
                r#"{{"type":"message","id":"c1","chat_id":"general","content":"Привет","message_type":"text","mentions":[{bob_id}],"client_id":"{client_id}"}}"#
            ))
            .await;
        let ack = loop {
            // Who comes and goes may be told at any time.
            let frame = sender.next_json().await;
            if frame["type"] != "presence" {
                break frame;
            }
        };
        assert_eq!(
            members(&ack),
            BTreeSet::from(["type", "id", "chat_id", "rev", "message_id", "seq", "timestamp"]),
            "the ack comes first, before the echo"
        );
        assert_eq!((&ack["type"], &ack["id"], &ack["chat_id"]), (&json!("ack"), &json!("c1"), &json!("general")));
        let expected = json!({
            "type": "new_message",
            "chat_id": "general",
            "rev": ack["rev"],
            "message": {
                "id": ack["message_id"],
                "seq": ack["seq"],
                "sender_id": alice.id,
                "sender_username": "alice",
                "content": "Привет",
                "message_type": "text",
                "timestamp": ack["timestamp"],
                "reply_to": null,
                "mentions": [bob.id],
                "reactions": {},
                "edited": false,
                "edited_at": null,
                "deleted": false,
            },
        });
        for client in [&mut *sender, &mut other_device, &mut peer] {
            assert_eq!(client.next_of_type("new_message").await, expected);
        }
        let timestamp = ack["timestamp"].as_str().unwrap();
        assert!(timestamp.len() == "2026-11-21T12:00:00.000Z".len() && timestamp.ends_with('Z'), "{timestamp}");

        // A repeat gets the first answer and changes nothing.
        let again = json!({"type": "message", "chat_id": "general", "content": "Привет", "message_type": "text",
            "mentions": [bob_id], "client_id": client_id.to_string()});
        let repeated = peer_free(sender.ask(again.clone()).await);
        assert_eq!(repeated, peer_free(ack.clone()));
        let mut other = again;
        other["content"] = json!("something else");
        assert_eq!(sender.ask(other).await["code"], "conflict");

        let on = |kind: &str| json!({"type": kind, "chat_id": "general", "message_id": ack["message_id"]});
        let reply = sender
            .ask(json!({"type": "message", "chat_id": "general", "content": "и ещё", "reply_to": ack["message_id"]}))
            .await;
        assert_eq!(peer.next_of_type("new_message").await["message"]["reply_to"], ack["message_id"]);

        let mut edit = on("edit_message");
        edit["content"] = json!("Привет!");
        let edited = sender.ask(edit).await;
        let event = peer.next_of_type("message_edited").await;
        assert_eq!(edited["type"], "ack");
        assert_eq!(
            (&event["rev"], &event["message_id"], &event["seq"], &event["content"]),
            (&edited["rev"], &ack["message_id"], &ack["seq"], &json!("Привет!"))
        );

        let mut react = on("react");
        react["emoji"] = json!("👍");
        let reacted = peer.ask(react.clone()).await;
        let event = sender.next_of_type("reaction_changed").await;
        assert_eq!(
            (&event["rev"], &event["emoji"], &event["user_id"], &event["added"]),
            (&reacted["rev"], &json!("👍"), &json!(bob.id), &json!(true))
        );
        let page = sender.ask(json!({"type": "history", "chat_id": "general", "limit": 2})).await;
        assert_eq!(page["type"], "history");
        assert_eq!(page["messages"][0]["reactions"], json!({"👍": [bob.id]}));
        assert_eq!((&page["messages"][0]["edited"], &page["messages"][1]["seq"]), (&json!(true), &reply["seq"]));
        react["type"] = json!("unreact");
        assert_eq!(peer.ask(react).await["type"], "ack");

        assert_eq!(sender.ask(on("delete_message")).await["type"], "ack");
        let event = peer.next_of_type("message_deleted").await;
        assert_eq!((&event["message_id"], &event["deleted_by"]), (&ack["message_id"], &json!(alice.id)));

        let read = peer.ask(json!({"type": "mark_read", "chat_id": "general", "seq": reply["seq"]})).await;
        assert_eq!(
            peer_free(read),
            json!({"type": "mark_read_ack", "chat_id": "general", "seq": reply["seq"], "unread": 0})
        );
        let marker = sender.next_of_type("read_marker").await;
        assert_eq!((&marker["user_id"], &marker["seq"]), (&json!(bob.id), &reply["seq"]));
        let unread = peer.ask(json!({"type": "unread_state"})).await;
        assert_eq!(peer_free(unread), json!({"type": "unread_state", "dialogs": 0, "counts": {}}));

        assert_eq!(sender.ask(json!({"type": "typing", "chat_id": "general"})).await["type"], "ok");
        assert_eq!(
            peer.next_of_type("typing").await,
            json!({"type": "typing", "chat_id": "general", "user_id": alice.id, "username": "alice", "active": true})
        );
        assert_eq!(sender.ask(json!({"type": "presence", "status": "away"})).await["type"], "ok");
        sender.send_text(r#"{"type":"set_active_chat","id":"v","chat_id":"general"}"#).await;
        assert_eq!(sender.next_of_type("ok").await["id"], "v");
        let state = sender.next_of_type("presence_state").await;
        assert_eq!((&state["chat_id"], &state["guests"]), (&json!("general"), &json!(0)));
        assert_eq!(sender.ask(json!({"type": "set_active_chat", "chat_id": null})).await["type"], "ok");

        let have = ack["rev"].as_i64().unwrap() - 1;
        sender
            .send_json(&json!({"type": "sync", "id": "s", "chats": {"general": have, "nowhere": 3}, "account": 0}))
            .await;
        let mut revs = Vec::new();
        let done = loop {
            let frame = sender.next_json().await;
            if frame["type"] == "sync_done" {
                break frame;
            }
            if frame["chat_id"] == "general" && frame["rev"].is_i64() {
                revs.push(frame["rev"].as_i64().unwrap());
            }
        };
        let newest = done["chats"]["general"].as_i64().unwrap();
        assert_eq!(revs, (have + 1..=newest).collect::<Vec<_>>());
        assert_eq!((&done["id"], &done["gone"]), (&json!("s"), &json!(["nowhere"])));
        assert!(done["account"].as_i64().unwrap() > 0);

        assert_eq!(peer.ask(json!({"type": "leave", "chat_id": "general"})).await["type"], "ack");
        let event = sender.next_of_type("member_changed").await;
        assert_eq!((&event["change"], &event["member"]["username"]), (&json!("left"), &json!("bob")));
        assert_eq!(peer.ask(json!({"type": "join", "chat_id": "general"})).await["type"], "chat");
    }
}

/// An answer without what names the question.
fn peer_free(mut answer: Value) -> Value {
    answer.as_object_mut().unwrap().remove("id");
    answer
}

#[tokio::test]
async fn rest_speaks_as_the_contracts_tables_say() {
    let server = TestServer::start().await;
    let body = json!({"username": "alice", "password": "correct horse battery", "email": "alice@example.org"});
    let (status, alice) = server.call("POST", "/api/v1/auth/register", None, Some(&body)).await;
    assert_eq!(status, 201);
    assert_eq!(members(&alice), BTreeSet::from(["user", "access_token", "refresh_token", "expires_in"]));
    assert_eq!((&alice["user"]["username"], &alice["expires_in"]), (&json!("alice"), &json!(900)));
    assert!(alice["user"]["id"].is_i64());
    let token = alice["access_token"].as_str();
    server.register("bob").await;

    let login = json!({"username": "alice", "password": "correct horse battery"});
    let (status, answer) = server.call("POST", "/api/v1/auth/login", None, Some(&login)).await;
    assert_eq!((status, members(&answer)), (200, members(&alice)));
    let wrong = json!({"username": "alice", "password": "wrong horse battery"});
    let (status, answer) = server.call("POST", "/api/v1/auth/login", None, Some(&wrong)).await;
    assert_eq!((status, &answer["code"]), (401, &json!("invalid_credentials")));
    let (status, answer) = server.call("POST", "/api/v1/auth/register", None, Some(&body)).await;
    assert_eq!((status, &answer["code"]), (409, &json!("conflict")));

    let (status, config) = server.call("GET", "/api/v1/meta/client-config", None, None).await;
    assert_eq!(status, 200);
    assert_eq!((&config["usernameMaxLength"], &config["chatMessageMaxLength"]), (&json!(50), &json!(4000)));
    for name in ["chatRoomSlugRegex", "mediaUrlTtlSeconds", "mediaMode"] {
        assert!(!config[name].is_null(), "client-config has no {name}");
    }
    let (status, rules) = server.call("GET", "/api/v1/auth/password-rules", None, None).await;
    assert_eq!((status, &rules["min_length"]), (200, &json!(8)));
    for path in ["/api/health/live", "/api/health/ready", "/docs", "/"] {
        assert_eq!(server.call("GET", path, None, None).await.0, 200, "{path}");
    }
    let (status, openapi) = server.call("GET", "/api/openapi.json", None, None).await;
    assert_eq!(status, 200);
    assert!(openapi["openapi"].as_str().unwrap().starts_with("3."));

    // Messages: sent, paged every way, changed, deleted.
    let messages = "/api/v1/chats/general/messages";
    let mut sent = Vec::new();
    for number in 1..=5 {
        let body = json!({"chat_id": "general", "content": format!("message {number}"), "message_type": "text"});
        let (status, message) = server.call("POST", messages, token, Some(&body)).await;
        assert_eq!((status, &message["seq"]), (201, &json!(number)));
        sent.push(message);
    }
    let seqs = |page: &Value| -> Vec<i64> {
        page["messages"].as_array().unwrap().iter().map(|message| message["seq"].as_i64().unwrap()).collect()
    };
    let last = sent[4]["timestamp"].as_str().unwrap();
    let far = "2999-01-01T00:00:00Z";
    for (query, expected, more) in [
        ("limit=2".to_owned(), vec![4, 5], true),
        ("limit=2&before=4".to_owned(), vec![2, 3], true),
        ("limit=2&after=1".to_owned(), vec![2, 3], true),
        ("limit=3&around=3".to_owned(), vec![2, 3, 4], true),
        ("page=1&limit=2".to_owned(), vec![4, 5], true),
        ("page=3&limit=2".to_owned(), vec![1], false),
        (format!("page=2&limit=2&before_timestamp={far}"), vec![2, 3], true),
        (format!("limit=50&before_timestamp={far}"), vec![1, 2, 3, 4, 5], false),
    ] {
        let (status, page) = server.call("GET", &format!("{messages}?{query}"), token, None).await;
        assert_eq!((status, seqs(&page), &page["has_more"]), (200, expected, &json!(more)), "{query}");
    }
    let (_, page) = server.call("GET", &format!("{messages}?before_timestamp={last}"), token, None).await;
    assert!(seqs(&page).iter().all(|seq| *seq < 5), "older ones alone");
    for query in ["page=0", "limit=0", "limit=x", "before=1&after=2", "before_timestamp=yesterday"] {
        let (status, answer) = server.call("GET", &format!("{messages}?{query}"), token, None).await;
        assert_eq!((status, &answer["code"]), (400, &json!("invalid")), "{query}");
    }
    let one = format!("{messages}/{}", sent[0]["id"].as_str().unwrap());
    let (status, edited) = server.call("PATCH", &one, token, Some(&json!({"content": "changed"}))).await;
    assert_eq!((status, &edited["content"], &edited["edited"]), (200, &json!("changed"), &json!(true)));
    assert_eq!(server.call("PUT", &format!("{one}/reactions/👍"), token, None).await.0, 204);
    let (_, message) = server.call("GET", &one, token, None).await;
    assert_eq!(message["reactions"], json!({"👍": [alice["user"]["id"]]}));
    assert_eq!(server.call("DELETE", &format!("{one}/reactions/👍"), token, None).await.0, 204);
    assert_eq!(server.call("DELETE", &one, token, None).await.0, 204);
    let (_, stub) = server.call("GET", &one, token, None).await;
    assert_eq!((&stub["deleted"], &stub["content"]), (&json!(true), &json!("")));

    // Chats, members with a role, invites, the direct chat that is started once.
    let group = json!({"type": "group", "name": "Team"});
    let (status, group) = server.call("POST", "/api/v1/chats", token, Some(&group)).await;
    assert_eq!((status, &group["type"], &group["role"]), (201, &json!("group"), &json!("owner")));
    let chat = format!("/api/v1/chats/{}", group["id"].as_str().unwrap());
    assert!(group["id"].as_str().unwrap().len() >= 12);
    let (status, member) =
        server.call("POST", &format!("{chat}/members"), token, Some(&json!({"username": "bob"}))).await;
    assert_eq!((status, &member["role"]), (201, &json!("member")));
    let place = format!("{chat}/members/{}", member["user_id"]);
    let (status, member) = server.call("PUT", &place, token, Some(&json!({"role": "admin"}))).await;
    assert_eq!((status, &member["role"]), (200, &json!("admin")));
    let (_, list) = server.call("GET", &format!("{chat}/members"), token, None).await;
    assert_eq!(list["members"].as_array().unwrap().len(), 2);
    assert_eq!(server.call("DELETE", &place, token, None).await.0, 204);
    let (status, invite) = server.call("POST", &format!("{chat}/invites"), token, Some(&json!({}))).await;
    assert_eq!((status, &invite["chat_id"]), (201, &group["id"]));
    let (status, preview) =
        server.call("GET", &format!("/api/v1/invites/{}", invite["code"].as_str().unwrap()), None, None).await;
    assert_eq!((status, &preview["chat_name"]), (200, &json!("Team")));
    let (status, changed) = server.call("PATCH", &chat, token, Some(&json!({"name": "Crew"}))).await;
    assert_eq!((status, &changed["name"]), (200, &json!("Crew")));
    assert_eq!(server.call("DELETE", &chat, token, None).await.0, 204);
    assert_eq!(server.call("GET", &chat, token, None).await.0, 404);
    let mut directs = Vec::new();
    for _ in 0..2 {
        let (status, direct) =
            server.call("POST", "/api/v1/chats/direct", token, Some(&json!({"username": "BOB"}))).await;
        assert_eq!((status, &direct["type"], &direct["peer"]["username"]), (200, &json!("direct"), &json!("bob")));
        directs.push(direct["id"].clone());
    }
    assert_eq!(directs[0], directs[1]);
    assert_eq!(server.call("POST", "/api/v1/auth/logout", token, None).await.0, 204);
    assert_eq!(server.call("GET", "/api/v1/account", token, None).await.0, 401);
}

#[tokio::test]
async fn every_route_of_the_table_is_mounted() {
    let server = TestServer::start().await;
    for route in ROUTES {
        let path: Vec<&str> =
            route.path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect();
        let (status, answer) = server.call(route.method, &path.join("/"), None, None).await;
        let sentence = answer["message"].as_str().unwrap_or_default();
        assert!(
            status != 405 && !sentence.contains("nothing at this address"),
            "{} {} is not mounted",
            route.method,
            route.path
        );
        let expects_token = route.access == Access::SignedIn;
        assert_eq!(
            status == 401 && answer["code"] == "unauthorized",
            expects_token,
            "{} {}: {status} {answer}",
            route.method,
            route.path
        );
    }
    for (name, ..) in ROUTE_OF {
        assert!(Command::NAMES.contains(name), "{name}");
    }
}

// The same on all doors.

/// A conversation between two people; what each command was answered.
async fn conversation(door: Door) -> Vec<(String, Reply)> {
    let server = TestServer::builder().seed(7).clock(Arc::new(MockClock::default())).start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    server.register("carol").await;
    let mut voices = [Voice::of(&server, door, &alice).await, Voice::of(&server, door, &bob).await];
    let mut log = Vec::new();
    macro_rules! say {
        ($who:expr, $($command:tt)+) => {{
            let command = json!({$($command)+});
            let reply = voices[$who].say(command.clone()).await;
            log.push((command["type"].as_str().unwrap().to_owned(), reply.clone()));
            match reply { Reply::Done(value) | Reply::Refused(value) => value }
        }};
    }
    let key = |number: u128| uuid::Uuid::from_u128(number).to_string();
    let first = say!(0, "type": "message", "chat_id": "general", "content": "Привет, @bob", "client_id": key(1));
    say!(0, "type": "message", "chat_id": "general", "content": "Привет, @bob", "client_id": key(1));
    say!(0, "type": "message", "chat_id": "general", "content": "other", "client_id": key(1));
    let second = say!(1, "type": "message", "chat_id": "general", "content": "и тебе", "reply_to": first["id"]);
    say!(1, "type": "message", "chat_id": "general", "content": " ");
    say!(1, "type": "message", "chat_id": "general", "content": "x".repeat(4_001));
    say!(1, "type": "message", "chat_id": "nowhere", "content": "x");
    say!(1, "type": "message", "chat_id": "general", "content": "x", "mentions": [1, "2"]);
    say!(1, "type": "message", "chat_id": "general");
    say!(0, "type": "edit_message", "chat_id": "general", "message_id": first["id"], "content": "Привет!");
    say!(1, "type": "edit_message", "chat_id": "general", "message_id": first["id"], "content": "не моё");
    say!(0, "type": "list_versions", "chat_id": "general", "message_id": first["id"]);
    say!(1, "type": "react", "chat_id": "general", "message_id": first["id"], "emoji": "👍");
    say!(1, "type": "react", "chat_id": "general", "message_id": first["id"], "emoji": "word");
    say!(0, "type": "get_message", "chat_id": "general", "message_id": first["id"]);
    say!(1, "type": "unreact", "chat_id": "general", "message_id": first["id"], "emoji": "👍");
    say!(1, "type": "unread_state");
    say!(0, "type": "mark_read", "chat_id": "general", "seq": 2);
    say!(0, "type": "mark_delivered", "chat_id": "general", "seq": 2);
    say!(0, "type": "mark_delivered", "chat_id": "general", "seq": -2);
    say!(1, "type": "list_readers", "chat_id": "general", "message_id": second["id"]);
    say!(0, "type": "history", "chat_id": "general", "limit": 1);
    say!(0, "type": "history", "chat_id": "general", "before": 2, "after": 1);
    say!(0, "type": "typing", "chat_id": "general");
    let group =
        say!(0, "type": "create_chat", "kind": "group", "name": "Team", "members": ["bob"], "client_id": key(2));
    say!(0, "type": "create_chat", "kind": "group", "name": "Team", "members": ["nobody"]);
    let id = &group["id"];
    say!(1, "type": "get_chat", "chat_id": id);
    say!(1, "type": "update_chat", "chat_id": id, "name": "Mine");
    say!(0, "type": "update_chat", "chat_id": id, "name": "Ours", "description": "of two\nlines");
    say!(0, "type": "add_member", "chat_id": id, "username": "carol", "role": "viewer");
    say!(0, "type": "add_member", "chat_id": id, "username": "carol");
    say!(0, "type": "set_role", "chat_id": id, "user_id": bob.id, "role": "admin");
    say!(0, "type": "set_role", "chat_id": id, "user_id": bob.id, "role": "owner");
    say!(1, "type": "mark_delivered", "chat_id": id, "seq": 1);
    say!(0, "type": "list_members", "chat_id": id, "limit": 2);
    let invite = say!(0, "type": "create_invite", "chat_id": id, "max_uses": 1);
    say!(1, "type": "list_invites", "chat_id": id);
    say!(1, "type": "get_invite", "code": invite["code"]);
    say!(1, "type": "join", "invite": invite["code"]);
    say!(1, "type": "join", "invite": "nonsense");
    say!(1, "type": "revoke_invite", "chat_id": id, "code": invite["code"]);
    let pinned = say!(1, "type": "message", "chat_id": id, "content": "*pin* this", "message_type": "emote");
    say!(1, "type": "pin_message", "chat_id": id, "message_id": pinned["id"]);
    say!(0, "type": "list_pins", "chat_id": id);
    say!(1, "type": "unpin_message", "chat_id": id, "message_id": pinned["id"]);
    say!(0, "type": "delete_message", "chat_id": id, "message_id": pinned["id"]);
    say!(0, "type": "get_message", "chat_id": id, "message_id": pinned["id"]);
    say!(0, "type": "set_draft", "chat_id": id, "content": "не дописано");
    say!(0, "type": "set_chat_settings", "chat_id": id, "favourite": true, "muted_until": "2027-01-01T00:00:00Z");
    let later =
        say!(0, "type": "schedule_message", "chat_id": id, "content": "потом", "send_at": "2026-11-22T00:00:00Z");
    say!(0, "type": "schedule_message", "chat_id": id, "content": "уже", "send_at": "2020-01-01T00:00:00Z");
    say!(0, "type": "update_scheduled", "scheduled_id": later["id"], "content": "попозже");
    say!(1, "type": "update_scheduled", "scheduled_id": later["id"], "content": "чужое");
    say!(0, "type": "list_scheduled");
    say!(0, "type": "cancel_scheduled", "scheduled_id": later["id"]);
    say!(0, "type": "start_direct", "username": "bob");
    say!(1, "type": "start_direct", "username": "alice");
    say!(1, "type": "start_direct", "username": "nobody");
    say!(0, "type": "list_rooms");
    say!(0, "type": "list_chats");
    say!(0, "type": "update_profile", "display_name": "Алиса", "status_emoji": "🌻", "email": "a@example.org");
    say!(0, "type": "update_profile", "email": "nonsense");
    say!(0, "type": "set_preference", "name": "theme", "value": "тёмная");
    say!(0, "type": "set_preference", "name": "Theme", "value": "x");
    say!(0, "type": "set_preference", "name": "sound", "value": null);
    say!(0, "type": "set_preference", "name": "sound");
    say!(0, "type": "list_preferences");
    say!(0, "type": "get_account");
    say!(1, "type": "get_user", "username": "ALICE");
    say!(1, "type": "get_user", "username": "nobody");
    say!(1, "type": "find_users", "q": "al");
    say!(1, "type": "leave", "chat_id": id);
    say!(0, "type": "leave", "chat_id": id);
    say!(1, "type": "get_chat", "chat_id": id);
    say!(0, "type": "transfer_ownership", "chat_id": id, "user_id": bob.id);
    say!(0, "type": "delete_chat", "chat_id": id);
    say!(0, "type": "get_chat", "chat_id": id);
    say!(1, "type": "change_password", "old_password": "wrong", "new_password": "another fine one");
    say!(1, "type": "revoke_session", "session_id": "nonsense");
    let sessions = say!(0, "type": "list_sessions");
    assert_eq!(sessions["sessions"][0]["current"], true);
    // What a device calls itself is the door's own.
    log.pop();
    log
}

#[tokio::test]
async fn the_same_conversation_gets_the_same_answers_on_every_door() {
    let [tcp, ws, rest] = DOORS.map(conversation);
    let (tcp, ws, rest) = tokio::join!(tcp, ws, rest);
    assert!(tcp.iter().filter(|(_, reply)| matches!(reply, Reply::Refused(_))).count() > 15);
    for (at, (name, reply)) in tcp.iter().enumerate() {
        assert_eq!(reply, &ws[at].1, "{name} (command {at}) on WebSocket");
        assert_eq!(reply, &rest[at].1, "{name} (command {at}) over REST");
    }
}

#[tokio::test]
async fn a_repeated_command_gets_the_first_answer_whatever_the_door() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    let key = uuid::Uuid::from_u128(9).to_string();
    let send = json!({"type": "message", "chat_id": "general", "content": "once", "client_id": key});
    let mut first = None;
    for door in DOORS {
        let message = Voice::of(&server, door, &alice).await.say(send.clone()).await.done();
        assert_eq!(first.get_or_insert_with(|| message.clone()), &message, "{door:?}");
    }
    let make = json!({"type": "create_chat", "kind": "group", "name": "once", "client_id": uuid::Uuid::from_u128(10).to_string()});
    let mut first = None;
    for door in DOORS {
        let chat = Voice::of(&server, door, &alice).await.say(make.clone()).await.done();
        assert_eq!(first.get_or_insert_with(|| chat.clone()), &chat, "{door:?}");
    }
    // Over REST the key may also come as a header.
    let url = server.url("/api/v1/chats/general/messages");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = server
            .rest
            .post(&url)
            .bearer_auth(&alice.token)
            .header("Idempotency-Key", uuid::Uuid::from_u128(11).to_string());
        let response = request.json(&json!({"content": "by header"})).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let message: Value = response.json().await.unwrap();
        assert_eq!(location, format!("/api/v1/chats/general/messages/{}", message["id"].as_str().unwrap()));
        ids.push(message["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    let wrong = server.rest.post(&url).bearer_auth(&alice.token).header("Idempotency-Key", "x");
    let wrong = wrong.json(&json!({"content": "by header"})).send().await.unwrap();
    let problem: Value = wrong.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["field"]), (&json!("invalid"), &json!("client_id")));
}

// Errors over HTTP.

#[tokio::test]
async fn every_error_over_http_is_problem_json() {
    let server = TestServer::builder()
        .settings(|settings| settings.http.max_body_bytes.0 = 10_000)
        .core(|core| {
            core.messages_per_second = 1;
            core.messages_burst = 1;
        })
        .start()
        .await;
    let alice = server.register("alice").await;
    let client = &server.rest;
    let url = |path: &str| server.url(path);
    let messages = url("/api/v1/chats/general/messages");
    let json_body = |text: &str| {
        client
            .post(&messages)
            .bearer_auth(&alice.token)
            .header("content-type", "application/json")
            .body(text.to_owned())
    };
    let cases = vec![
        ("no such path", 404, client.get(url("/api/v1/nothing"))),
        ("no such page", 404, client.get(url("/nothing"))),
        ("no such file", 404, client.get(url("/assets/../Cargo.toml"))),
        ("no such method", 405, client.put(url("/api/v1/chats"))),
        ("odd method", 405, client.request(reqwest::Method::from_bytes(b"BREW").unwrap(), url("/docs"))),
        ("no token", 401, client.get(url("/api/v1/account"))),
        ("not a bearer", 401, client.get(url("/api/v1/account")).header("authorization", "Basic eA==")),
        ("a bad token", 401, client.get(url("/api/v1/account")).bearer_auth("nonsense")),
        ("a bad token where none is needed", 401, client.get(url("/api/v1/rooms")).bearer_auth("nonsense")),
        ("another type", 415, client.post(&messages).bearer_auth(&alice.token).body("content=x")),
        ("not JSON", 400, json_body("{")),
        ("not an object", 400, json_body("[1]")),
        ("not UTF-8", 400, json_body("{}").body(b"{\"content\":\"\xff\"}".to_vec())),
        ("empty", 400, json_body("")),
        ("wrong member", 400, json_body(r#"{"content":7}"#)),
        ("too large", 413, json_body(&format!(r#"{{"content":"{}"}}"#, "x".repeat(20_000)))),
        ("too long", 400, json_body(&format!(r#"{{"content":"{}"}}"#, "x".repeat(4_001)))),
        ("deep", 400, json_body(&"[".repeat(9_000))),
        ("a path that is not UTF-8", 400, client.get(url("/api/v1/chats/%ff")).bearer_auth(&alice.token)),
        ("a number too large", 400, client.get(url("/api/v1/chats/general/messages?limit=99999999999999999999"))),
        ("no WebSocket", 426, client.get(url("/ws"))),
        ("no such chat", 404, client.get(url("/api/v1/chats/nowhere")).bearer_auth(&alice.token)),
    ];
    for (what, expected, request) in cases {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{what}");
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (kind, retry) = (header("content-type"), header("retry-after"));
        assert_eq!(header("www-authenticate").is_some(), expected == 401, "{what}");
        assert_eq!(header("allow").is_some(), expected == 405, "{what}");
        assert!(header("content-security-policy").is_some() && header("x-content-type-options").is_some());
        check_problem(expected, kind.as_deref(), retry.as_deref(), &response.text().await.unwrap());
    }

    // The burst of one was used up by the two that were too long; a limit says how long it holds.
    let mut limited = None;
    for _ in 0..3 {
        let response = json_body(r#"{"content":"x"}"#).send().await.unwrap();
        if response.status() == 429 {
            limited = Some(response);
        }
    }
    let response = limited.expect("three messages at once are more than one");
    assert_eq!(response.headers()["retry-after"], "1");
    let (kind, text) = (response.headers()["content-type"].clone(), response.text().await.unwrap());
    assert_eq!(check_problem(429, Some(kind.to_str().unwrap()), Some("1"), &text), ErrorCode::RateLimited);
}

// Who may do what.

/// A chat with the actor in the standing asked for.
struct Scene {
    chat: Value,
    /// Messages of the actor's, where they ever could write: one to edit, one to delete.
    own: [Value; 2],
    /// Messages of another's.
    others: [Value; 2],
}

struct Cast {
    actor: SignedUp,
    boss: SignedUp,
    other: SignedUp,
    victim: SignedUp,
    guest: String,
    missing: &'static str,
}

async fn cast(server: &TestServer) -> Cast {
    let (status, guest) = server.call("POST", "/api/v1/auth/guest", None, None).await;
    assert_eq!(status, 200);
    for name in ["stranger"] {
        server.register(name).await;
    }
    Cast {
        actor: server.register("actor").await,
        boss: server.register("boss").await,
        other: server.register("other").await,
        victim: server.register("victim").await,
        guest: guest["access_token"].as_str().unwrap().to_owned(),
        missing: "there-is-no-such-chat",
    }
}

async fn send(server: &TestServer, user: &SignedUp, chat: &Value, content: &str) -> Value {
    let mut voice = Voice::of(server, Door::Rest, user).await;
    voice.say(json!({"type": "message", "chat_id": chat, "content": content})).await.done()["id"].take()
}

/// Makes a chat of this kind in which the actor stands so.
async fn scene(server: &TestServer, cast: &Cast, kind: ChatKind, standing: Standing, number: usize) -> Scene {
    let rest = |user| Voice::of(server, Door::Rest, user);
    if kind == ChatKind::Direct {
        // There is one for a pair: the actor's own, or one of two others.
        let inside = standing == Standing::Member(Role::Member);
        let peer = if inside { &cast.actor } else { &cast.boss };
        let mut voice = rest(peer).await;
        let chat = voice.say(json!({"type": "start_direct", "username": "other"})).await.done()["id"].take();
        let own = [send(server, peer, &chat, "own").await, send(server, peer, &chat, "own").await];
        let others = [send(server, &cast.other, &chat, "a").await, send(server, &cast.other, &chat, "b").await];
        return Scene { chat, own, others };
    }
    let owner = if standing == Standing::Member(Role::Owner) { &cast.actor } else { &cast.boss };
    let mut voice = rest(owner).await;
    let mut create = json!({"type": "create_chat", "kind": kind, "name": format!("chat {number}"),
        "members": ["actor", "other", "victim"]});
    if kind == ChatKind::Room {
        create["slug"] = json!(format!("room-{number}"));
    }
    let chat = voice.say(create).await.done()["id"].take();
    let role =
        |user: &SignedUp, role: Role| json!({"type": "set_role", "chat_id": chat, "user_id": user.id, "role": role});
    voice.say(role(&cast.other, Role::Admin)).await.done();
    if owner.id != cast.actor.id {
        voice.say(role(&cast.actor, Role::Admin)).await.done();
    }
    let own = [send(server, &cast.actor, &chat, "own").await, send(server, &cast.actor, &chat, "own").await];
    let others = [send(server, &cast.other, &chat, "a").await, send(server, &cast.other, &chat, "b").await];
    match standing {
        Standing::Member(Role::Owner) => {}
        Standing::Member(wanted) => {
            voice.say(role(&cast.actor, wanted)).await.done();
        }
        Standing::Visitor | Standing::Guest => {
            let remove = json!({"type": "remove_member", "chat_id": chat, "user_id": cast.actor.id});
            voice.say(remove).await.done();
        }
    }
    Scene { chat, own, others }
}

/// The command that stands for a permission.
fn command_for(permission: Permission, chat: &Value, scene: &Scene, cast: &Cast) -> Value {
    let [own_edit, own_delete] = &scene.own;
    let [pinned, deleted] = &scene.others;
    let mut command = match permission {
        Permission::Read => json!({"type": "history"}),
        Permission::ListMembers => json!({"type": "list_members"}),
        Permission::Write => json!({"type": "message", "content": "x"}),
        Permission::EditOwn => json!({"type": "edit_message", "message_id": own_edit, "content": "changed"}),
        Permission::DeleteOwn => json!({"type": "delete_message", "message_id": own_delete}),
        Permission::DeleteAny => json!({"type": "delete_message", "message_id": deleted}),
        Permission::React => json!({"type": "react", "message_id": pinned, "emoji": "👍"}),
        Permission::Pin => json!({"type": "pin_message", "message_id": pinned}),
        Permission::MentionHere => json!({"type": "message", "content": "@here look"}),
        Permission::MentionRoom => json!({"type": "message", "content": "@room look"}),
        Permission::Invite => json!({"type": "create_invite"}),
        Permission::AddMember => json!({"type": "add_member", "username": "stranger"}),
        Permission::ManageMembers => json!({"type": "set_role", "user_id": cast.victim.id, "role": "viewer"}),
        Permission::EditChat => json!({"type": "update_chat", "name": "Renamed"}),
        Permission::DeleteChat => json!({"type": "delete_chat"}),
        Permission::TransferOwnership => json!({"type": "transfer_ownership", "user_id": cast.victim.id}),
        Permission::Join => json!({"type": "join"}),
        Permission::Leave => json!({"type": "leave"}),
    };
    command["chat_id"] = chat.clone();
    command
}

/// What the table says must come of it: `ok` or an error's code.
fn verdict(kind: ChatKind, standing: Standing, permission: Permission) -> &'static str {
    let may = |permission| allows(kind, standing, permission);
    let member = matches!(standing, Standing::Member(role) if role != Role::Blocked);
    let for_users = !matches!(permission, Permission::Read | Permission::ListMembers);
    match permission {
        // Joining where one is, is no fault.
        Permission::Join if member => "ok",
        // A mention of all by one who may not is text like any other.
        Permission::MentionHere | Permission::MentionRoom if may(Permission::Write) => "ok",
        // Those who may delete anything delete their own, too.
        Permission::DeleteOwn if may(Permission::DeleteAny) => "ok",
        Permission::Leave if standing == Standing::Member(Role::Owner) => "conflict",
        permission if may(permission) => "ok",
        _ if standing == Standing::Guest && (for_users || may(Permission::Read)) => "unauthorized",
        _ if !may(Permission::Read) => "not_found",
        _ => "forbidden",
    }
}

async fn check_table(kind: ChatKind) {
    let server = unlimited().await;
    let cast = cast(&server).await;
    let standings: Vec<Standing> = match kind {
        // A direct chat knows no roles; nobody can be given another one.
        ChatKind::Direct => vec![Standing::Member(Role::Member), Standing::Visitor, Standing::Guest],
        _ => Standing::ALL.to_vec(),
    };
    let (mut number, mut cells) = (0, 0);
    for standing in standings {
        for door in DOORS {
            number += 1;
            let scene = scene(&server, &cast, kind, standing, number).await;
            let token = if standing == Standing::Guest { &cast.guest } else { &cast.actor.token };
            let mut voice = Voice::with(&server, door, token).await;
            let mut witness = Voice::of(&server, Door::Rest, &cast.other).await;
            let look = json!({"type": "get_chat", "chat_id": scene.chat});
            let before = witness.say(look.clone()).await.done()["rev"].take();

            let last = |permission: &Permission| match permission {
                Permission::TransferOwnership => 1,
                Permission::Leave | Permission::Join => 2,
                Permission::DeleteChat => 3,
                _ => 0,
            };
            let mut permissions: Vec<Permission> = TABLE.iter().map(|(permission, _)| *permission).collect();
            // What is refused first, then what is allowed, and what ends the scene at its end.
            permissions.sort_by_key(|permission| match verdict(kind, standing, *permission) {
                "ok" => 1 + last(permission),
                _ => 0,
            });
            let mut refused = true;
            for permission in permissions {
                let wanted = verdict(kind, standing, permission);
                if wanted == "ok" && refused {
                    refused = false;
                    let now = witness.say(look.clone()).await.done()["rev"].take();
                    assert_eq!(now, before, "{kind:?} {standing:?} {door:?}: something refused has changed the chat");
                }
                let cell = format!("{permission:?} in a {kind:?} as {standing:?} by {door:?}");
                let reply = voice.say(command_for(permission, &scene.chat, &scene, &cast)).await;
                assert_eq!(reply.code(), wanted, "{cell}: {reply:?}");
                cells += 1;
                if !allows(kind, standing, Permission::Read) {
                    let nowhere = voice.say(command_for(permission, &json!(cast.missing), &scene, &cast)).await;
                    assert_eq!(
                        reply.without(scene.chat.as_str().unwrap()),
                        nowhere.without(cast.missing),
                        "{cell}: the answer tells that the chat is there"
                    );
                }
                let Reply::Done(done) = reply else { continue };
                match permission {
                    Permission::MentionHere | Permission::MentionRoom => {
                        let all = if permission == Permission::MentionHere { "here" } else { "room" };
                        let expected = if allows(kind, standing, permission) { json!(all) } else { Value::Null };
                        assert_eq!(done["mention_all"], expected, "{cell}");
                    }
                    Permission::TransferOwnership => {
                        let mut victim = Voice::of(&server, Door::Rest, &cast.victim).await;
                        let back =
                            json!({"type": "transfer_ownership", "chat_id": scene.chat, "user_id": cast.actor.id});
                        victim.say(back).await.done();
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(cells >= TABLE.len() * 9);
}

#[tokio::test]
async fn the_table_of_permissions_holds_in_direct_chats() {
    check_table(ChatKind::Direct).await;
}

#[tokio::test]
async fn the_table_of_permissions_holds_in_groups() {
    check_table(ChatKind::Group).await;
}

#[tokio::test]
async fn the_table_of_permissions_holds_in_channels() {
    check_table(ChatKind::Channel).await;
}

#[tokio::test]
async fn the_table_of_permissions_holds_in_rooms() {
    check_table(ChatKind::Room).await;
}

/// Commands about no chat, or about the connection itself.
const ABOUT_NO_CHAT: &[&str] = &[
    "auth",
    "register",
    "login",
    "refresh",
    "guest",
    "logout",
    "ping",
    "unread_state",
    "presence",
    "create_chat",
    "start_direct",
    "list_chats",
    "list_rooms",
    "get_invite",
    "update_scheduled",
    "cancel_scheduled",
    "list_scheduled",
    "get_account",
    "update_profile",
    "change_password",
    "get_user",
    "find_users",
    "set_preference",
    "list_preferences",
    "list_sessions",
    "revoke_session",
];

/// Everything a command about a chat may need besides the chat.
fn about_chat(name: &str, scene: &Scene, someone: &SignedUp) -> Value {
    let all = json!({
        "message_id": scene.others[0], "content": "x", "emoji": "👍", "seq": 1, "name": "x",
        "username": "victim", "user_id": someone.id, "role": "member", "code": "nonsense",
        "favourite": true, "send_at": "2026-12-31T00:00:00Z",
    });
    let needs: &[&str] = match name {
        "message" | "set_draft" => &["content"],
        "edit_message" => &["message_id", "content"],
        "react" | "unreact" => &["message_id", "emoji"],
        "delete_message" | "get_message" | "list_versions" | "list_readers" | "pin_message" | "unpin_message" => {
            &["message_id"]
        }
        "mark_read" | "mark_delivered" => &["seq"],
        "update_chat" => &["name"],
        "add_member" => &["username"],
        "set_role" => &["user_id", "role"],
        "remove_member" | "transfer_ownership" => &["user_id"],
        "revoke_invite" => &["code"],
        "set_chat_settings" => &["favourite"],
        "schedule_message" => &["content", "send_at"],
        _ => &[],
    };
    let members = needs.iter().map(|need| ((*need).to_owned(), all[*need].clone()));
    Value::Object(members.chain([("type".to_owned(), json!(name))]).collect::<Map<_, _>>())
}

#[tokio::test]
async fn no_command_tells_an_unseen_chat_from_none() {
    let server = unlimited().await;
    let cast = cast(&server).await;
    for (kind, standing) in [
        (ChatKind::Group, Standing::Visitor),
        (ChatKind::Group, Standing::Member(Role::Blocked)),
        (ChatKind::Channel, Standing::Guest),
        (ChatKind::Room, Standing::Member(Role::Blocked)),
        (ChatKind::Direct, Standing::Visitor),
    ] {
        let scene = scene(&server, &cast, kind, standing, 1).await;
        let token = if standing == Standing::Guest { &cast.guest } else { &cast.actor.token };
        for door in DOORS {
            let mut voice = Voice::with(&server, door, token).await;
            for name in Command::NAMES.iter().filter(|name| !ABOUT_NO_CHAT.contains(name)) {
                let command = |chat: &Value| {
                    let mut command = about_chat(name, &scene, &cast.victim);
                    if *name == "sync" {
                        command["chats"] = json!({chat.as_str().unwrap(): 0});
                    } else {
                        command["chat_id"] = chat.clone();
                    }
                    command
                };
                if door == Door::Rest && route_of(&command(&scene.chat)).is_none() {
                    continue;
                }
                let hidden = voice.say(command(&scene.chat)).await;
                let nowhere = voice.say(command(&json!(cast.missing))).await;
                assert_eq!(
                    hidden.without(scene.chat.as_str().unwrap()),
                    nowhere.without(cast.missing),
                    "{name} in a {kind:?} as {standing:?} by {door:?}"
                );
                let code = if standing == Standing::Guest { ["not_found", "unauthorized"] } else { ["not_found"; 2] };
                assert!(*name == "sync" || code.contains(&hidden.code()), "{name}: {hidden:?}");
            }
        }
    }
}
