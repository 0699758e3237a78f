//! What connections are told by themselves: who reads, writes and is there; who comes and goes; and
//! catching up without a gap or a repeat.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;
use vestnik_testkit::{MockClock, RawClient, SignedUp, TestServer};

use crate::doors::{Door, Voice, of_type, unlimited, until_pong};

/// Longest until the other devices of a reader know.
const WITHIN: Duration = Duration::from_secs(2);

/// Sends a message and waits until it was told to everybody connected here.
///
/// Fan-out goes in commit order: once the sender has the echo of a second message, the first has
/// been put into every queue it goes to.
async fn tell(sender: &mut RawClient, chat: &Value, content: &str) -> Value {
    let ack = sender.ask(json!({"type": "message", "chat_id": chat, "content": content})).await;
    assert_eq!(ack["type"], "ack", "{ack}");
    let after = sender.ask(json!({"type": "message", "chat_id": chat, "content": "and"})).await;
    loop {
        let echo = sender.next_of_type("new_message").await;
        if echo["rev"] == after["rev"] && echo["chat_id"] == after["chat_id"] {
            return ack;
        }
    }
}

/// The texts of the messages that have come until now.
async fn heard(client: &mut RawClient) -> Vec<String> {
    let frames = until_pong(client).await;
    let messages = of_type(&frames, "new_message").into_iter();
    let texts = messages.map(|event| event["message"]["content"].as_str().unwrap().to_owned());
    texts.filter(|text| text != "and").collect()
}

/// Makes a group with these members; its id.
async fn group(server: &TestServer, owner: &SignedUp, members: &[&str]) -> Value {
    let mut voice = Voice::of(server, Door::Rest, owner).await;
    let make = json!({"type": "create_chat", "kind": "group", "name": "Team", "members": members});
    voice.say(make).await.done()["id"].take()
}

#[tokio::test]
async fn reading_on_one_device_clears_the_others() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (mut phone, mut desk) = (server.tcp_as(&alice).await, server.ws_as(&alice).await);
    let mut peer = server.tcp_as(&bob).await;
    let counts = async |client: &mut RawClient| client.ask(json!({"type": "unread_state"})).await["counts"].take();

    let sent = tell(&mut peer, &json!("general"), "hello").await;
    for device in [&mut phone, &mut desk] {
        assert_eq!(counts(device).await, json!({"general": 2}));
    }
    assert_eq!(counts(&mut peer).await, json!({}), "one's own messages are read at once");
    // Reactions and edits make nothing unread.
    let on = |kind: &str, extra: (&str, &str)| json!({"type": kind, "chat_id": "general", "message_id": sent["message_id"], extra.0: extra.1});
    assert_eq!(peer.ask(on("edit_message", ("content", "hello!"))).await["type"], "ack");
    assert_eq!(peer.ask(on("react", ("emoji", "👍"))).await["type"], "ack");
    assert_eq!(counts(&mut phone).await, json!({"general": 2}));

    let read = |seq: i64| json!({"type": "mark_read", "chat_id": "general", "seq": seq});
    assert_eq!(phone.ask(read(1)).await["unread"], 1);
    let marker = timeout(WITHIN, desk.next_of_type("read_marker")).await.expect("within two seconds");
    assert_eq!((&marker["chat_id"], &marker["seq"]), (&json!("general"), &json!(1)));
    assert!(marker["account_rev"].is_i64(), "it is lasting for one's own devices: {marker}");
    assert_eq!(counts(&mut desk).await, json!({"general": 1}));
    // Others are told in passing.
    let passing = peer.next_of_type("read_marker").await;
    assert_eq!((&passing["user_id"], &passing["seq"]), (&json!(alice.id), &json!(1)));
    assert!(passing["account_rev"].is_null());
    // Beyond the newest means the newest, and it never goes back.
    assert_eq!(desk.ask(read(99)).await["seq"], 2);
    assert_eq!(timeout(WITHIN, phone.next_of_type("read_marker")).await.unwrap()["seq"], 1);
    assert_eq!(timeout(WITHIN, phone.next_of_type("read_marker")).await.unwrap()["seq"], 2);
    assert_eq!(phone.ask(read(1)).await["seq"], 2);
    assert_eq!(counts(&mut phone).await, json!({}));
    assert!(of_type(&until_pong(&mut desk).await, "read_marker").len() <= 2, "its own two and no third");
}

#[tokio::test]
async fn typing_is_shown_to_those_who_see_the_chat_and_to_nobody_else() {
    let server = TestServer::start().await;
    let [alice, bob, carol] =
        [server.register("alice").await, server.register("bob").await, server.register("carol").await];
    let chat = group(&server, &alice, &["bob"]).await;
    let (mut typist, mut other_device) = (server.tcp_as(&alice).await, server.ws_as(&alice).await);
    let (mut peer, mut stranger) = (server.ws_as(&bob).await, server.ws_as(&carol).await);
    for active in [true, false] {
        let command = json!({"type": "typing", "chat_id": chat, "active": active});
        assert_eq!(typist.ask(command).await["type"], "ok");
        let shown = peer.next_of_type("typing").await;
        assert_eq!(
            shown,
            json!({"type": "typing", "chat_id": chat, "user_id": alice.id, "username": "alice", "active": active})
        );
    }
    for client in [&mut typist, &mut other_device, &mut stranger] {
        assert!(of_type(&until_pong(client).await, "typing").is_empty());
    }
    let command = json!({"type": "typing", "chat_id": chat});
    assert_eq!(stranger.ask(command).await["code"], "not_found");
    assert!(of_type(&until_pong(&mut peer).await, "typing").is_empty());
}

/// The next `presence` of this person.
async fn presence(client: &mut RawClient, user: &SignedUp) -> Value {
    loop {
        let frame = client.next_of_type("presence").await;
        if frame["user_id"] == json!(user.id) {
            return frame;
        }
    }
}

async fn look_at(client: &mut RawClient, chat: &Value) -> Value {
    let id = "look";
    client.send_json(&json!({"type": "set_active_chat", "id": id, "chat_id": chat})).await;
    loop {
        let answer = client.next_json().await;
        if answer["id"] == id {
            assert_eq!(answer["type"], "ok", "{answer}");
            return client.next_of_type("presence_state").await;
        }
    }
}

#[tokio::test]
async fn presence_is_told_to_those_who_show_the_person_and_to_nobody_else() {
    let server = TestServer::start().await;
    let mut people = Vec::new();
    for name in ["alice", "bob", "carol", "dave", "eve"] {
        people.push(server.register(name).await);
    }
    let [alice, bob, carol, dave, eve] = &people[..] else { unreachable!() };
    let apart = group(&server, eve, &[]).await;
    let (mut viewer, mut elsewhere) = (server.ws_as(bob).await, server.ws_as(carol).await);
    let (_dave, mut away) = (server.ws_as(dave).await, server.tcp_as(eve).await);
    let state = look_at(&mut viewer, &json!("general")).await;
    let here: Vec<&Value> = state["users"].as_array().unwrap().iter().map(|user| &user["user_id"]).collect();
    assert_eq!(here, [&json!(bob.id), &json!(carol.id), &json!(dave.id), &json!(eve.id)]);
    look_at(&mut away, &apart).await;

    let mut phone = server.tcp_as(alice).await;
    assert_eq!(presence(&mut viewer, alice).await["status"], "online");
    for status in ["away", "dnd", "online"] {
        assert_eq!(phone.ask(json!({"type": "presence", "status": status})).await["type"], "ok");
        assert_eq!(presence(&mut viewer, alice).await["status"], status);
    }
    // One device of two going away changes nothing; invisible looks like gone.
    let desk = server.ws_as(alice).await;
    drop(desk);
    assert_eq!(phone.ask(json!({"type": "presence", "status": "offline"})).await["type"], "ok");
    let gone = presence(&mut viewer, alice).await;
    assert_eq!(gone["status"], "offline");
    assert!(gone["last_seen"].is_string());
    assert_eq!(phone.ask(json!({"type": "presence", "status": "online"})).await["type"], "ok");
    assert_eq!(presence(&mut viewer, alice).await["status"], "online");
    drop(phone);
    let gone = presence(&mut viewer, alice).await;
    assert_eq!((&gone["status"], gone["last_seen"].is_string()), (&json!("offline"), true));
    for client in [&mut elsewhere, &mut away] {
        let frames = until_pong(client).await;
        let told = of_type(&frames, "presence").into_iter().filter(|frame| frame["user_id"] == json!(alice.id)).count();
        assert_eq!(told, 0, "neither who shows nothing nor who shows another chat");
    }
    // When they were last there is in the profile.
    let last_seen = async || {
        let mut rest = Voice::of(&server, Door::Rest, bob).await;
        rest.say(json!({"type": "get_user", "username": "alice"})).await.done()["last_seen"].take()
    };
    let noted = timeout(Duration::from_secs(5), async {
        while last_seen().await.is_null() {
            tokio::task::yield_now().await;
        }
    });
    noted.await.expect("it is noted when the last connection closes");
}

#[tokio::test]
async fn guests_are_counted_and_never_named() {
    let server = TestServer::start().await;
    let alice = server.register("alice").await;
    let mut member = server.ws_as(&alice).await;
    let general = json!("general");
    assert_eq!(look_at(&mut member, &general).await["guests"], 0);

    let guest = async |door: Door| {
        let mut client = match door {
            Door::Tcp => server.raw_tcp().await,
            _ => server.raw_ws().await,
        };
        let answer = client.ask(json!({"type": "guest"})).await;
        assert_eq!(
            (&answer["type"], &answer["user_id"], &answer["guest"]),
            (&json!("auth_success"), &Value::Null, &json!(true))
        );
        client
    };
    let mut first = guest(Door::Tcp).await;
    // Nothing live comes before they look at something.
    let mut sender = server.tcp_as(&alice).await;
    tell(&mut sender, &general, "unseen").await;
    assert!(heard(&mut first).await.is_empty());
    let state = look_at(&mut first, &general).await;
    assert_eq!((&state["users"], &state["guests"]), (&json!([]), &json!(1)), "the count alone");
    let mut second = guest(Door::Ws).await;
    look_at(&mut second, &general).await;
    let counted = async |client: &mut RawClient, wanted: i64| loop {
        let state = client.next_of_type("presence_state").await;
        if state["guests"] == wanted {
            return state;
        }
    };
    let state = counted(&mut member, 2).await;
    assert_eq!(state["users"], json!([{"user_id": alice.id, "status": "online"}]), "guests are in no list");
    assert_eq!(counted(&mut first, 2).await["users"], json!([]));
    drop(second);
    counted(&mut member, 1).await;

    tell(&mut sender, &general, "seen").await;
    let frames = until_pong(&mut first).await;
    let texts: Vec<&Value> = of_type(&frames, "new_message").iter().map(|event| &event["message"]["content"]).collect();
    assert_eq!(texts, [&json!("seen"), &json!("and")]);
    assert!(of_type(&frames, "presence").is_empty(), "guests learn of nobody");
    let members = first.ask(json!({"type": "list_members", "chat_id": "general"})).await;
    assert_eq!(members["code"], "unauthorized");
    for refused in [json!({"type": "typing", "chat_id": "general"}), json!({"type": "presence", "status": "dnd"})] {
        assert_eq!(first.ask(refused).await["code"], "unauthorized");
    }
    // One who looks away is told nothing more and counted no more.
    assert_eq!(first.ask(json!({"type": "set_active_chat", "chat_id": null})).await["type"], "ok");
    counted(&mut member, 0).await;
    tell(&mut sender, &general, "later").await;
    assert!(heard(&mut first).await.is_empty());
    let history = first.ask(json!({"type": "history", "chat_id": "general"})).await;
    assert_eq!(history["messages"].as_array().unwrap().len(), 6, "a room is readable all the same");
}

#[tokio::test]
async fn a_visitor_gets_a_rooms_events_while_it_is_in_view() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut owner = server.tcp_as(&alice).await;
    let make = |kind: &str, slug: Value| json!({"type": "create_chat", "kind": kind, "name": "Place", "slug": slug});
    let room = owner.ask(make("room", json!("square"))).await["chat"]["id"].take();
    let private = owner.ask(make("group", Value::Null)).await["chat"]["id"].take();
    let mut visitor = server.ws_as(&bob).await;
    tell(&mut owner, &room, "before").await;
    look_at(&mut visitor, &room).await;
    tell(&mut owner, &room, "while").await;
    assert_eq!(heard(&mut visitor).await, ["while"]);
    // A look at what may not be seen changes nothing.
    let hidden = visitor.ask(json!({"type": "set_active_chat", "chat_id": private})).await;
    assert_eq!(hidden["code"], "not_found");
    tell(&mut owner, &room, "still").await;
    tell(&mut owner, &private, "secret").await;
    assert_eq!(heard(&mut visitor).await, ["still"]);
    look_at(&mut visitor, &json!("general")).await;
    tell(&mut owner, &room, "elsewhere").await;
    assert!(heard(&mut visitor).await.is_empty());
    // A member gets them in view or not.
    assert_eq!(visitor.ask(json!({"type": "join", "chat_id": room})).await["type"], "chat");
    tell(&mut owner, &room, "joined").await;
    assert_eq!(heard(&mut visitor).await, ["joined"]);
}

#[tokio::test]
async fn coming_going_and_blocking_take_effect_on_live_connections_at_once() {
    let server = unlimited().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    for kind in ["group", "channel", "room"] {
        let mut owner = server.tcp_as(&alice).await;
        let make = json!({"type": "create_chat", "kind": kind, "name": format!("The {kind}")});
        let chat = owner.ask(make).await["chat"]["id"].take();
        let mut devices = [server.tcp_as(&bob).await, server.ws_as(&bob).await];
        let bob_is = |role: &str| json!({"type": "set_role", "chat_id": chat, "user_id": bob.id, "role": role});
        let add = json!({"type": "add_member", "chat_id": chat, "username": "bob"});

        assert_eq!(owner.ask(add.clone()).await["type"], "member");
        for device in &mut devices {
            let joined = device.next_of_type("chat_joined").await;
            assert_eq!((&joined["chat"]["id"], &joined["chat"]["role"]), (&chat, &json!("member")));
        }
        look_at(&mut devices[1], &chat).await;
        tell(&mut owner, &chat, "added").await;
        for device in &mut devices {
            assert_eq!(heard(device).await, ["added"], "{kind}");
        }

        // Blocked: not one more frame of the chat, not even of the blocking, in view or not.
        assert_eq!(owner.ask(bob_is("blocked")).await["type"], "member");
        tell(&mut owner, &chat, "blocked").await;
        assert_eq!(owner.ask(json!({"type": "typing", "chat_id": chat})).await["type"], "ok");
        let rename = json!({"type": "update_chat", "chat_id": chat, "name": "Without bob"});
        assert_eq!(owner.ask(rename).await["type"], "chat");
        for device in &mut devices {
            let frames = until_pong(device).await;
            let about: Vec<&Value> = frames.iter().filter(|frame| frame["chat_id"] == chat).collect();
            assert_eq!(about.len(), 1, "{kind}: {about:?}");
            assert_eq!(about[0]["type"], "chat_left");
            assert_eq!(device.ask(json!({"type": "get_chat", "chat_id": chat})).await["code"], "not_found");
            let look = json!({"type": "set_active_chat", "chat_id": chat});
            assert_eq!(device.ask(look).await["code"], "not_found");
            let sync = device.ask(json!({"type": "sync", "chats": {chat.as_str().unwrap(): 0}})).await;
            assert_eq!((&sync["type"], &sync["gone"]), (&json!("sync_done"), &json!([chat])));
        }
        // A fresh connection knows no more than the old ones.
        let mut fresh = server.ws_as(&bob).await;
        tell(&mut owner, &chat, "to nobody").await;
        assert!(heard(&mut fresh).await.is_empty());

        assert_eq!(owner.ask(bob_is("viewer")).await["type"], "member");
        tell(&mut owner, &chat, "unblocked").await;
        for device in devices.iter_mut().chain([&mut fresh]) {
            assert_eq!(device.next_of_type("chat_joined").await["chat"]["role"], "viewer");
            assert_eq!(heard(device).await, ["unblocked"]);
        }

        // Removed, back, left.
        let remove = json!({"type": "remove_member", "chat_id": chat, "user_id": bob.id});
        assert_eq!(owner.ask(remove).await["type"], "ack");
        tell(&mut owner, &chat, "removed").await;
        assert_eq!(owner.ask(add).await["type"], "member");
        tell(&mut owner, &chat, "back").await;
        let left = devices[0].ask(json!({"type": "leave", "chat_id": chat})).await;
        assert_eq!(left["type"], "ack");
        tell(&mut owner, &chat, "left").await;
        for device in devices.iter_mut().skip(1).chain([&mut fresh]) {
            assert_eq!(heard(device).await, ["back"], "{kind}");
        }

        // A deleted chat says so once and is silent then.
        let mut witness = server.tcp_as(&alice).await;
        assert_eq!(owner.ask(json!({"type": "delete_chat", "chat_id": chat})).await["type"], "ack");
        assert_eq!(witness.next_of_type("chat_deleted").await["chat_id"], chat);
        assert_eq!(witness.next_of_type("chat_left").await["chat_id"], chat);
    }
}

#[tokio::test]
async fn one_who_only_looks_in_can_be_kept_out_of_a_room() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut owner = server.tcp_as(&alice).await;
    let make = json!({"type": "create_chat", "kind": "room", "name": "Square", "slug": "square"});
    let room = owner.ask(make).await["chat"]["id"].take();
    let mut visitor = server.ws_as(&bob).await;
    look_at(&mut visitor, &room).await;
    let block = json!({"type": "set_role", "chat_id": room, "user_id": bob.id, "role": "blocked"});
    assert_eq!(owner.ask(block).await["type"], "member");
    tell(&mut owner, &room, "without").await;
    assert!(heard(&mut visitor).await.is_empty());
    assert_eq!(visitor.ask(json!({"type": "history", "chat_id": room})).await["code"], "not_found");
}

#[tokio::test]
async fn account_events_are_dense_and_the_same_on_every_device() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut devices = [server.tcp_as(&alice).await, server.ws_as(&alice).await, server.tcp_as(&alice).await];
    let before = devices[0].ask(json!({"type": "get_account"})).await["account"]["account_rev"].as_i64().unwrap();
    let mut peer = server.tcp_as(&bob).await;
    let shared = peer.ask(json!({"type": "create_chat", "kind": "group", "name": "Bob's", "members": ["alice"]})).await;
    let chat = shared["chat"]["id"].clone();
    let sent = tell(&mut peer, &chat, "hello").await;
    let draft = |content: &str| json!({"type": "set_draft", "chat_id": chat, "content": content});
    let commands = [
        json!({"type": "mark_read", "chat_id": chat, "seq": sent["seq"]}),
        draft("to be continued"),
        draft("to be continued"),
        draft(""),
        json!({"type": "set_chat_settings", "chat_id": chat, "favourite": true}),
        json!({"type": "update_profile", "display_name": "Alice Liddell"}),
        json!({"type": "create_chat", "kind": "group", "name": "Mine"}),
        json!({"type": "start_direct", "username": "bob"}),
        json!({"type": "schedule_message", "chat_id": chat, "content": "x", "send_at": "2026-12-31T00:00:00Z"}),
        json!({"type": "leave", "chat_id": chat}),
    ];
    for (at, command) in commands.iter().enumerate() {
        // By every device in turn.
        let mut command = command.clone();
        if command["type"] == "schedule_message" {
            let soon = vestnik_proto::Timestamp::from_millis(now_millis() + 86_400_000);
            command["send_at"] = json!(soon);
        }
        let id = format!("command {at}");
        command["id"] = json!(id);
        devices[at % 3].send_json(&command).await;
    }
    let kinds = [
        "chat_joined",
        "read_marker",
        "draft_changed",
        "draft_changed",
        "chat_settings_changed",
        "profile_changed",
        "chat_joined",
        "chat_joined",
        "scheduled_changed",
        "chat_left",
    ];
    let mut streams = Vec::new();
    for device in &mut devices {
        let mut stream = Vec::new();
        while stream.len() < kinds.len() {
            let frame = device.next_json().await;
            assert_ne!(frame["type"], "error", "{frame}");
            // Chats and account answers carry the position, too; events are those with a `type` of their own.
            if frame["account_rev"].is_i64() && frame["id"].is_null() {
                stream.push(frame);
            }
        }
        streams.push(stream);
    }
    let revs: Vec<i64> = streams[0].iter().map(|event| event["account_rev"].as_i64().unwrap()).collect();
    assert_eq!(revs, (before + 1..=before + kinds.len() as i64).collect::<Vec<_>>());
    let mut came: Vec<&str> = streams[0].iter().map(|event| event["type"].as_str().unwrap()).collect();
    let mut expected = kinds.to_vec();
    came.sort_unstable();
    expected.sort_unstable();
    assert_eq!(came, expected);
    assert_eq!(streams[0], streams[1]);
    assert_eq!(streams[0], streams[2]);
    // The same stream is what `sync` sends.
    let mut late = server.ws_as(&alice).await;
    late.send_json(&json!({"type": "sync", "chats": {}, "account": before})).await;
    for event in &streams[0] {
        assert_eq!(&late.next_json().await, event);
    }
    let done = late.next_json().await;
    assert_eq!((&done["type"], &done["account"]), (&json!("sync_done"), &json!(revs[revs.len() - 1])));
}

#[expect(clippy::disallowed_methods, reason = "a time to come of the server's own clock, which is the machine's here")]
fn now_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[tokio::test]
async fn a_draft_follows_its_writer_and_is_nobody_elses() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let chat = group(&server, &alice, &["bob"]).await;
    let (mut phone, mut desk, mut peer) =
        (server.tcp_as(&alice).await, server.ws_as(&alice).await, server.ws_as(&bob).await);
    let draft = json!({"type": "set_draft", "chat_id": chat, "content": "не дописано"});
    assert_eq!(phone.ask(draft).await["draft"]["content"], "не дописано");
    let event = timeout(WITHIN, desk.next_of_type("draft_changed")).await.expect("in time");
    assert_eq!((&event["chat_id"], &event["draft"]["content"]), (&chat, &json!("не дописано")));
    let mine = desk.ask(json!({"type": "get_chat", "chat_id": chat})).await;
    assert_eq!(mine["chat"]["draft"]["content"], "не дописано");
    assert_eq!(desk.ask(json!({"type": "set_draft", "chat_id": chat, "content": ""})).await["draft"], Value::Null);
    phone.next_of_type("draft_changed").await;
    assert_eq!(phone.next_of_type("draft_changed").await["draft"], Value::Null);
    let theirs = peer.ask(json!({"type": "get_chat", "chat_id": chat})).await;
    assert!(theirs["chat"]["draft"].is_null());
    assert!(!format!("{:?}", until_pong(&mut peer).await).contains("draft"));
}

#[tokio::test]
async fn a_scheduled_message_appears_when_its_time_has_come() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(clock.clone()).start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let chat = group(&server, &alice, &["bob"]).await;
    let (mut writer, mut reader) = (server.tcp_as(&bob).await, server.ws_as(&alice).await);
    // The mock clock stands at noon.
    let later = |content: &str, at: &str| json!({"type": "schedule_message", "chat_id": chat, "content": content, "send_at": format!("2026-11-21T{at}Z")});
    let soon = writer.ask(later("soon", "12:00:01")).await["scheduled"]["id"].take();
    let cancelled = writer.ask(later("never", "12:00:01")).await["scheduled"]["id"].take();
    let doomed = writer.ask(later("refused", "12:05:00")).await["scheduled"]["id"].take();
    let postponed = writer.ask(later("postponed", "12:00:01")).await["scheduled"]["id"].take();
    let update = json!({"type": "update_scheduled", "scheduled_id": postponed, "send_at": "2026-11-21T14:00:00Z"});
    assert_eq!(writer.ask(update).await["type"], "scheduled");
    let cancel = json!({"type": "cancel_scheduled", "scheduled_id": cancelled});
    assert_eq!(writer.ask(cancel).await["type"], "ok");
    assert!(heard(&mut reader).await.is_empty(), "nothing before its time");
    until_pong(&mut writer).await;

    clock.advance_secs(1);
    let event = reader.next_of_type("new_message").await;
    assert_eq!((&event["message"]["content"], &event["message"]["sender_id"]), (&json!("soon"), &json!(bob.id)));
    assert_eq!(event["message"]["timestamp"], "2026-11-21T12:00:01.000Z");
    let done = writer.next_of_type("scheduled_changed").await;
    assert_eq!((&done["scheduled_id"], &done["scheduled"]), (&soon, &Value::Null));
    assert!(heard(&mut reader).await.is_empty(), "each once, and the cancelled one never");

    // One that may not be sent any more is kept, with the reason; the time is that of the clock.
    let mut owner = server.tcp_as(&alice).await;
    let role = json!({"type": "set_role", "chat_id": chat, "user_id": bob.id, "role": "viewer"});
    assert_eq!(owner.ask(role).await["type"], "member");
    clock.advance_secs(300);
    // What is due is looked for at the latest within a minute, and whenever something is scheduled.
    server.running.as_ref().unwrap().core.run_jobs().await.unwrap();
    let failed = writer.next_of_type("scheduled_changed").await;
    assert_eq!((&failed["scheduled_id"], &failed["scheduled"]["failed"]), (&doomed, &json!("forbidden")));
    let list = writer.ask(json!({"type": "list_scheduled"})).await;
    let mut waiting: Vec<&Value> = list["scheduled"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    waiting.sort_by_key(|id| **id != doomed);
    assert_eq!(waiting, [&doomed, &postponed]);
    assert!(heard(&mut reader).await.is_empty());
}

/// What a client has, kept as the contract tells clients to.
#[derive(Default)]
struct Copy {
    revs: BTreeMap<String, i64>,
    /// Every event of a chat in the order it came, by `rev`.
    came: BTreeMap<String, Vec<i64>>,
    synced: bool,
}

impl Copy {
    fn take(&mut self, frame: &Value) {
        if frame["type"] == "sync_done" {
            self.synced = true;
            return;
        }
        assert!(!["error", "reset", "bye"].contains(&frame["type"].as_str().unwrap()), "{frame}");
        let (Some(chat), Some(rev)) = (frame["chat_id"].as_str(), frame["rev"].as_i64()) else { return };
        self.came.entry(chat.to_owned()).or_default().push(rev);
        let have = self.revs.entry(chat.to_owned()).or_default();
        if rev == *have + 1 {
            *have = rev;
        } else {
            // What is live before the sync is done may be ahead of it, and is then sent again.
            assert!(!self.synced, "after the sync {rev} of {chat} came after {have}");
        }
    }
}

/// Sends this many messages to each chat, with edits and reactions among them; the last revs.
async fn chatter(sender: &mut RawClient, chats: &[String], count: usize) -> BTreeMap<String, i64> {
    let mut last = BTreeMap::new();
    for number in 0..count {
        for chat in chats {
            let ack = sender.ask(json!({"type": "message", "chat_id": chat, "content": format!("{number}")})).await;
            assert_eq!(ack["type"], "ack", "{ack}");
            let mut rev = ack["rev"].as_i64().unwrap();
            if number % 5 == 0 {
                let on = json!({"type": "react", "chat_id": chat, "message_id": ack["message_id"], "emoji": "👍"});
                rev = sender.ask(on).await["rev"].as_i64().unwrap();
            }
            last.insert(chat.clone(), rev);
        }
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_comes_once_while_live_events_flow() {
    let server = unlimited().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let mut sender = server.tcp_as(&alice).await;
    let direct = sender.ask(json!({"type": "start_direct", "username": "bob"})).await["chat"]["id"].take();
    let team = group(&server, &alice, &["bob"]).await;
    let text = |id: &Value| id.as_str().unwrap().to_owned();
    let chats = vec!["general".to_owned(), text(&direct), text(&team)];
    let heads = async |client: &mut RawClient| -> BTreeMap<String, i64> {
        let list = client.ask(json!({"type": "list_chats"})).await;
        let chats = list["chats"].as_array().unwrap().iter();
        chats.map(|chat| (text(&chat["id"]), chat["rev"].as_i64().unwrap())).collect()
    };
    let mut watcher = server.ws_as(&bob).await;
    let mut have = heads(&mut watcher).await;
    drop(watcher);
    for round in 0..3 {
        chatter(&mut sender, &chats, 40).await;
        let door = if round % 2 == 0 { Door::Tcp } else { Door::Ws };
        let already = round % 3 == 2;
        let (start, started) = oneshot::channel();
        let talk = tokio::spawn({
            let chats = chats.clone();
            async move {
                let _ = started.await;
                let last = chatter(&mut sender, &chats, 40).await;
                (sender, last)
            }
        });
        let mut start = Some(start);
        if already {
            // The talk goes on while the client connects: what is live comes before the sync, too.
            let _ = start.take().unwrap().send(());
        }
        let mut client = match door {
            Door::Tcp => server.raw_tcp().await,
            _ => server.raw_ws().await,
        };
        client.auth(&bob.token).await;
        client.send_json(&json!({"type": "sync", "id": "s", "chats": have})).await;
        let mut copy = Copy { revs: have.clone(), ..Copy::default() };
        let talk = async {
            let (sender, last) = talk.await.unwrap();
            (sender, last)
        };
        let mut talk = std::pin::pin!(talk);
        let mut ended = None;
        let read = async {
            loop {
                tokio::select! {
                    biased;
                    done = &mut talk, if ended.is_none() => ended = Some(done),
                    frame = client.next_json() => {
                        copy.take(&frame);
                        if frame["rev"].is_i64() && let Some(start) = start.take() {
                            // The sync has begun: now others talk.
                            let _ = start.send(());
                        }
                    }
                }
                if let Some((_, last)) = &ended
                    && copy.synced
                    && *last == copy.revs
                {
                    return;
                }
            }
        };
        timeout(Duration::from_secs(60), read).await.expect("everything comes");
        for frame in until_pong(&mut client).await {
            copy.take(&frame);
        }
        let (back, last) = ended.unwrap();
        assert_eq!(copy.revs, last, "nothing came after the end");
        for (chat, came) in &copy.came {
            if already {
                continue;
            }
            // Nothing live could come before the sync: every event exactly once, in order.
            assert_eq!(*came, (have[chat] + 1..=last[chat]).collect::<Vec<_>>(), "{chat} by {door:?}");
        }
        have = last;
        sender = back;
    }
}

#[tokio::test]
async fn one_too_far_behind_starts_afresh() {
    let server = TestServer::builder().core(|core| core.sync_events = 5).start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let chat = group(&server, &alice, &["bob"]).await;
    let mut sender = server.tcp_as(&alice).await;
    let mut client = server.ws_as(&bob).await;
    let view = client.ask(json!({"type": "get_chat", "chat_id": chat})).await;
    let joined = view["chat"]["rev"].as_i64().unwrap();
    for number in 0..8 {
        let send = json!({"type": "message", "chat_id": chat, "content": format!("{number}")});
        assert_eq!(sender.ask(send).await["type"], "ack");
    }
    until_pong(&mut sender).await;
    until_pong(&mut client).await;
    let id = chat.as_str().unwrap();
    let mut sync = async |have: i64| -> (Vec<Value>, Value) {
        client.send_json(&json!({"type": "sync", "id": "s", "chats": {id: have}})).await;
        let mut frames = Vec::new();
        loop {
            let frame = client.next_json().await;
            if frame["type"] == "sync_done" {
                return (frames, frame);
            }
            if frame["chat_id"] == chat {
                frames.push(frame);
            }
        }
    };
    let newest = joined + 8;
    // Far behind, or ahead of the server as after a restored backup.
    for have in [0, joined, newest - 6, newest + 100, -1] {
        let (frames, done) = sync(have).await;
        assert_eq!(frames.len(), 1, "{have}");
        let reset = &frames[0];
        assert_eq!((&reset["type"], &reset["rev"]), (&json!("reset"), &json!(newest)));
        assert_eq!((&reset["chat"]["id"], &reset["chat"]["last_seq"]), (&chat, &json!(8)));
        let texts: Vec<&Value> =
            reset["messages"].as_array().unwrap().iter().map(|message| &message["content"]).collect();
        assert_eq!(
            texts,
            (0..8).map(|number| json!(number.to_string())).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
        assert_eq!((&reset["has_more"], &done["chats"][id]), (&json!(false), &json!(newest)));
    }
    // Near enough: just what is missing; and nothing for one who has it all.
    let (frames, _) = sync(newest - 5).await;
    let revs: Vec<i64> = frames.iter().map(|frame| frame["rev"].as_i64().unwrap()).collect();
    assert_eq!(revs, (newest - 4..=newest).collect::<Vec<_>>());
    let (frames, done) = sync(newest).await;
    assert!(frames.is_empty());
    assert_eq!(done["chats"][id], newest);
    // Live events go on after it.
    let send = json!({"type": "message", "chat_id": chat, "content": "on"});
    assert_eq!(sender.ask(send).await["rev"], newest + 1);
    assert_eq!(client.next_of_type("new_message").await["rev"], newest + 1);
}

#[tokio::test]
async fn metrics_are_counted_and_have_a_door_of_their_own() {
    let server = TestServer::start().await;
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (mut sender, mut receiver) = (server.tcp_as(&alice).await, server.ws_as(&bob).await);
    tell(&mut sender, &json!("general"), "counted").await;
    until_pong(&mut receiver).await;
    let mut failing = server.raw_tcp().await;
    failing.ask(json!({"type": "auth", "token": "nonsense"})).await;
    let metrics = server.metrics_addr().expect("metrics are on");
    assert_ne!(metrics, server.http_addr());
    let text = server.rest.get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    let value = |name: &str| -> f64 {
        let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        let line = line.unwrap_or_else(|| panic!("{name} is not in\n{text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    for (name, expected) in [
        ("vestnik_messages_total", 2.0),
        ("vestnik_connections{door=\"tcp\"}", 2.0),
        ("vestnik_connections{door=\"ws\"}", 1.0),
        ("vestnik_auth_failures_total{door=\"tcp\"}", 1.0),
        ("vestnik_store_appends_total", 2.0),
        ("vestnik_queue_overflows_total", 0.0),
    ] {
        assert_eq!(value(name), expected, "{name}");
    }
    for name in [
        "vestnik_deliveries_total",
        "vestnik_frames_total{way=\"in\"}",
        "vestnik_store_commits_total",
        "vestnik_process_resident_memory_bytes",
        "vestnik_process_open_descriptors",
    ] {
        assert!(value(name) > 0.0, "{name}");
    }
    let registered = "vestnik_http_requests_total{method=\"POST\",route=\"/api/v1/auth/register\",status=\"201\"}";
    assert_eq!(value(registered), 2.0);
    // Nobody's name, token or text is in it, and what clients choose makes no new series.
    assert!(!text.contains("alice") && !text.contains("counted"));
    for _ in 0..3 {
        server.call("GET", "/made/up/by/a/client", None, None).await;
    }
    let text = server.rest.get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(!text.contains("made"));
    assert_eq!(server.call("GET", "/metrics", None, None).await.0, 404, "not on the public door");
    for path in ["/", "/api/v1/rooms", "/api/health/live"] {
        let answer = server.rest.get(format!("http://{metrics}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path} is not on the door of the metrics");
    }
}

#[tokio::test]
async fn in_a_crowd_everybody_is_told_of_all_who_come_in_order_and_once() {
    let server = TestServer::start().await;
    let mut crowd = Vec::new();
    // Each registration is a coming that everybody before is told of; from the 64th connection on, together.
    for n in 0..100 {
        let user = server.register(&format!("user{n}")).await;
        let client = if n % 3 == 0 { server.ws_as(&user).await } else { server.tcp_as(&user).await };
        crowd.push((client, Vec::new()));
    }
    let note = |revs: &mut Vec<i64>, frame: &Value| {
        if frame["chat_id"] == "general" && frame["rev"].is_i64() {
            revs.push(frame["rev"].as_i64().unwrap());
        }
    };
    // One catches up, and one begins and ends to look, while some of it is on its way.
    let (late, revs) = &mut crowd[70];
    late.send_json(&json!({"type": "sync", "id": "s", "chats": {"general": 0}})).await;
    let mut before = Vec::new();
    loop {
        let frame = late.next_json().await;
        if frame["type"] == "sync_done" {
            break;
        }
        // What came live before it asked is what it had; a client passes over what it has.
        note(&mut before, &frame);
    }
    let from_start = before.iter().rposition(|rev| *rev == 1).expect("the sync begins at the beginning");
    revs.extend_from_slice(&before[from_start..]);
    for view in [json!("general"), Value::Null] {
        crowd[71].0.send_json(&json!({"type": "set_active_chat", "chat_id": view})).await;
    }
    let said = crowd[99].0.ask(json!({"type": "message", "chat_id": "general", "content": "all here?"})).await;
    let last = said["rev"].as_i64().unwrap();
    for (n, (client, revs)) in crowd.iter_mut().enumerate() {
        while revs.last() != Some(&last) {
            note(revs, &client.next_json().await);
        }
        let first = revs[0];
        assert_eq!(*revs, (first..=last).collect::<Vec<_>>(), "connection {n}");
        assert!(n == 99 || first <= last - (99 - n as i64), "connection {n} was told of all who came after it");
    }
}
