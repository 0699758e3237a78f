//! The client against the real server: what a scripted peer only claims, the server must do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use vestnik_client::net::*;
use vestnik_client::reducer::State;
use vestnik_core::Clock as _;
use vestnik_proto::command::Register;
use vestnik_proto::{
    AccountEventContent, Answer, ChatEventContent, ChatId, ClientId, Command, PassingEvent, ServerFrame,
};
use vestnik_testkit::{MockClock, PASSWORD, TestServer};

const PATIENCE: Duration = Duration::from_secs(20);

fn command(value: Value) -> Command {
    serde_json::from_value(value).unwrap()
}

fn say(chat_id: &str, text: &str) -> Command {
    command(json!({"type": "message", "chat_id": chat_id, "content": text}))
}

fn address(scheme: &str, server: &TestServer) -> Address {
    let door = if scheme.starts_with('w') { server.http_addr() } else { server.tcp_addr() };
    format!("{scheme}://localhost:{}", door.port()).parse().unwrap()
}

/// An account, its files, and the program that runs on them.
struct Person {
    name: &'static str,
    address: Address,
    connect: ConnectOptions,
    clock: Arc<MockClock>,
    dir: tempfile::TempDir,
    tokens: Arc<MemoryTokens>,
    run: Option<(Session, Receiver<SessionEvent>)>,
    /// Everything that the program was told, over all its runs.
    frames: Vec<ServerFrame>,
    sent: Vec<ClientId>,
    offline: usize,
}

impl Person {
    /// Makes the account by the SDK and starts the program.
    async fn new(name: &'static str, address: Address, connect: ConnectOptions, clock: &Arc<MockClock>) -> Self {
        let register = Register {
            username: name.into(),
            password: PASSWORD.into(),
            email: None,
            invite: None,
            device: Some("test".into()),
        };
        let mut person = Self {
            name,
            address,
            connect,
            clock: Arc::clone(clock),
            dir: tempfile::tempdir().unwrap(),
            tokens: Arc::default(),
            run: None,
            frames: vec![],
            sent: vec![],
            offline: 0,
        };
        let register = Credentials::Register(register);
        let tokens = sign_in(&person.address, &person.connect, &person.time(), register).await.unwrap();
        person.tokens.save(&tokens).unwrap();
        person.start().await;
        person
    }

    fn time(&self) -> Clock {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || clock.now())
    }

    /// Starts the program; what it had cached is there at once.
    async fn start(&mut self) {
        let store = Store::open(&self.dir.path().join("store.sqlite")).await.unwrap();
        let options = SessionOptions {
            connect: self.connect.clone(),
            backoff_base: Duration::from_millis(5),
            backoff_cap: Duration::from_millis(50),
            ..SessionOptions::new(self.address.clone(), self.time(), 1)
        };
        let tokens: Arc<MemoryTokens> = Arc::clone(&self.tokens);
        self.run = Some(Session::start(store, tokens, options).await.unwrap());
    }

    async fn started(mut self) -> Self {
        self.online().await;
        self
    }

    async fn close(&mut self) {
        let (session, events) = self.run.take().unwrap();
        drop(events);
        session.close().await;
    }

    fn session(&self) -> &Session {
        &self.run.as_ref().unwrap().0
    }

    /// Takes what is told until `pick` makes something of it.
    async fn until<T>(&mut self, what: &str, mut pick: impl FnMut(&SessionEvent) -> Option<T>) -> T {
        let find = async {
            loop {
                let event = self.run.as_mut().unwrap().1.recv().await.expect("the session goes on");
                let found = pick(&event);
                match event {
                    SessionEvent::Frame(frame) => self.frames.push(*frame),
                    SessionEvent::Sent { client_id, .. } => self.sent.push(client_id),
                    SessionEvent::Status(Status::Offline { .. }) => self.offline += 1,
                    SessionEvent::Refused { error, .. } => panic!("{}: refused: {error}", self.name),
                    SessionEvent::Status(_) | SessionEvent::OutboxEmpty => {}
                }
                if let Some(found) = found {
                    return found;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, find).await;
        found.unwrap_or_else(|_| panic!("{}: {what} does not come", self.name))
    }

    async fn online(&mut self) {
        self.until("online", |event| matches!(event, SessionEvent::Status(Status::Online { .. })).then_some(())).await;
    }

    async fn gone_offline(&mut self) {
        self.until("offline", |event| matches!(event, SessionEvent::Status(Status::Offline { .. })).then_some(()))
            .await;
    }

    async fn signed_out(&mut self) {
        let is = |event: &SessionEvent| matches!(event, SessionEvent::Status(Status::SignedOut { .. })).then_some(());
        self.until("signed out", is).await;
    }

    /// Takes what is told until the chat has this many messages and the last of them was told.
    async fn has(&mut self, chat_id: &str, count: i64) {
        let last = |person: &Self| person.session().with_state(|state| state.chats.get(chat_id).map(|c| c.last_seq));
        while last(self) < Some(count) || self.last_told(chat_id) < count {
            self.until("a message", |_| Some(())).await;
        }
    }

    /// The number of the newest message that was told, in a chat.
    fn last_told(&self, chat_id: &str) -> i64 {
        let seq = |frame: &ServerFrame| match frame {
            ServerFrame::Chat(event) if event.chat_id.as_str() == chat_id => match &event.content {
                ChatEventContent::NewMessage { message } => message.seq,
                _ => 0,
            },
            ServerFrame::Account(event) => match &event.content {
                AccountEventContent::ChatJoined { chat } if chat.id.as_str() == chat_id => chat.last_seq,
                _ => 0,
            },
            ServerFrame::Answer(Answer::Reset(reset)) if reset.chat_id.as_str() == chat_id => reset.chat.last_seq,
            _ => 0,
        };
        self.frames.iter().map(seq).max().unwrap_or(0)
    }

    /// Takes what is told until this many sends were acknowledged.
    async fn has_sent(&mut self, count: usize) {
        while self.sent.len() < count {
            self.until("an ack", |_| Some(())).await;
        }
    }

    async fn send(&self, number: u128, chat_id: &str, text: &str) {
        self.session().send(ClientId::from_u128(number), &chat_id.into(), say(chat_id, text)).await.unwrap();
    }

    async fn ask(&self, value: Value) -> Answer {
        self.session().command(command(value)).await.unwrap()
    }

    /// The chat an answer tells of.
    async fn chat(&self, value: Value) -> String {
        match self.ask(value).await {
            Answer::Chat { chat } => chat.id.to_string(),
            other => panic!("expected a chat, got {other:?}"),
        }
    }

    fn token(&self) -> String {
        self.tokens.load().unwrap().unwrap().access_token
    }

    /// Every event was told once, and those of each log in their order.
    fn was_told_everything_once(&self) {
        let mut last = BTreeMap::<ChatId, i64>::new();
        for frame in &self.frames {
            match frame {
                ServerFrame::Chat(event) => {
                    let before = last.insert(event.chat_id.clone(), event.rev);
                    let next = before.is_none_or(|before| event.rev == before + 1);
                    assert!(next, "{}: {} after {before:?} in {}", self.name, event.rev, event.chat_id);
                }
                ServerFrame::Answer(Answer::Reset(reset)) => {
                    last.insert(reset.chat_id.clone(), reset.rev);
                }
                _ => {}
            }
        }
    }

    /// The texts of the messages that were told, in a chat.
    fn told(&self, chat_id: &str) -> Vec<&str> {
        let mut texts = vec![];
        for frame in &self.frames {
            if let ServerFrame::Chat(event) = frame
                && event.chat_id.as_str() == chat_id
                && let ChatEventContent::NewMessage { message } = &event.content
            {
                texts.push(message.content.as_str());
            }
        }
        texts
    }

    /// What was folded from events, with the rest loaded, is what another program reads afresh.
    async fn is_in_step(&self) {
        let chats: Vec<ChatId> = self.session().with_state(|state| state.chats.keys().cloned().collect());
        for chat_id in chats {
            let mut after = Some(0);
            while let Some(seq) = after {
                after = match self.ask(history(&chat_id, seq)).await {
                    Answer::History(page) if page.has_more => page.messages.last().map(|message| message.seq),
                    _ => None,
                };
            }
            let mut cursor = None;
            loop {
                cursor = self.session().load_members(&chat_id, cursor).await.unwrap();
                if cursor.is_none() {
                    break;
                }
            }
        }
        let folded = comparable(self.session().with_state(State::clone));
        let afresh = comparable(read_afresh(&self.address, &self.connect, &self.token()).await);
        assert_eq!(folded, afresh, "{}", self.name);
    }
}

fn history(chat_id: &ChatId, after: i64) -> Value {
    json!({"type": "history", "chat_id": chat_id, "after": after, "limit": 200})
}

/// Everything of an account, without any event.
async fn read_afresh(address: &Address, options: &ConnectOptions, token: &str) -> State {
    let (connection, _events) = Connection::open(address, options).await.unwrap();
    let mut state = State::new(connection.auth(token).await.unwrap().user_id);
    let ask = async |value| connection.command(command(value)).await.unwrap();
    state.apply(&ServerFrame::Answer(ask(json!({"type": "list_chats"})).await));
    let chats: Vec<ChatId> = state.chats.keys().cloned().collect();
    for chat_id in chats {
        let mut after = Some(0);
        while let Some(seq) = after {
            let Answer::History(page) = ask(history(&chat_id, seq)).await else { panic!("no history") };
            after = page.messages.last().map(|message| message.seq).filter(|_| page.has_more);
            state.load_history(&page);
        }
        let mut cursor = None;
        loop {
            let list = json!({"type": "list_members", "chat_id": chat_id, "cursor": cursor, "limit": 200});
            let Answer::Members { members, next } = ask(list).await else { panic!("no members") };
            state.load_members(&chat_id, &members);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
    }
    state
}

/// Without what only events tell, or what passes.
fn comparable(mut state: State) -> State {
    state.profile = None;
    for chat in state.chats.values_mut() {
        if let Some(peer) = &mut chat.info.peer {
            peer.last_seen = None;
        }
        for member in chat.members.values_mut() {
            // The programs say by themselves what has arrived, and nobody waits for it.
            member.delivered_seq = member.read_seq;
        }
    }
    state
}

async fn two(server: &TestServer, clock: &Arc<MockClock>) -> (Person, Person) {
    let options = ConnectOptions::default();
    let anna = Person::new("anna", address("tcp", server), options.clone(), clock).await.started().await;
    let boris = Person::new("борис", address("ws", server), options, clock).await.started().await;
    (anna, boris)
}

#[tokio::test]
async fn two_people_talk_over_two_doors() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(Arc::clone(&clock)).start().await;
    let (mut anna, mut boris) = two(&server, &clock).await;
    for (number, text) in [(1, "Привет!"), (2, "есть кто живой?"), (3, "👋🏽")] {
        anna.send(number, "general", text).await;
    }
    boris.has("general", 3).await;
    assert_eq!(boris.told("general"), ["Привет!", "есть кто живой?", "👋🏽"]);
    boris.send(4, "general", "Здравствуй").await;
    anna.has("general", 4).await;
    assert_eq!(anna.told("general").len(), 4, "one's own are told too, once");

    boris.ask(json!({"type": "typing", "chat_id": "general"})).await;
    let writer = anna
        .until("typing", |event| match event {
            SessionEvent::Frame(frame) => match &**frame {
                ServerFrame::Passing(PassingEvent::Typing { username, active: true, .. }) => Some(username.clone()),
                _ => None,
            },
            _ => None,
        })
        .await;
    assert_eq!(writer, "борис");

    // Each does something else, and what came of it is the same for both.
    let message = anna.session().with_state(|state| state.chats["general"].messages[&1].id.clone());
    let react = json!({"type": "react", "chat_id": "general", "message_id": message, "emoji": "👍"});
    boris.ask(react).await;
    anna.ask(json!({"type": "edit_message", "chat_id": "general", "message_id": message, "content": "Привет всем"}))
        .await;
    let direct = boris.chat(json!({"type": "start_direct", "username": "anna"})).await;
    boris.send(5, &direct, "между нами").await;
    anna.has(&direct, 1).await;
    anna.ask(json!({"type": "mark_read", "chat_id": direct, "seq": 1})).await;
    boris.has(&direct, 1).await;
    for person in [&anna, &boris] {
        person.was_told_everything_once();
        person.is_in_step().await;
    }
}

#[tokio::test]
async fn what_has_arrived_is_shown_to_the_sender() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(Arc::clone(&clock)).start().await;
    let (mut anna, mut boris) = two(&server, &clock).await;
    let direct = boris.chat(json!({"type": "start_direct", "username": "anna"})).await;
    boris.session().load_members(&ChatId::from(&*direct), None).await.unwrap();
    async fn arrived(boris: &mut Person, direct: &str, upto: i64) {
        let what = format!("that anna's device has number {upto}");
        let found = boris.until(&what, |event| match event {
            SessionEvent::Frame(frame) => match &**frame {
                ServerFrame::Passing(PassingEvent::DeliveryMarker { chat_id, seq, .. }) if *seq == upto => {
                    Some(chat_id.to_string())
                }
                _ => None,
            },
            _ => None,
        });
        assert_eq!(found.await, direct);
    }
    boris.send(1, &direct, "live").await;
    anna.has(&direct, 1).await;
    arrived(&mut boris, &direct, 1).await;

    // What came while the program was not running is told when it runs again, once for all of it.
    anna.close().await;
    for number in 2..5 {
        boris.send(number, &direct, "waiting").await;
    }
    boris.has(&direct, 4).await;
    anna.start().await;
    arrived(&mut boris, &direct, 4).await;
    let known = boris.session().with_state(|state| {
        let others = state.chats[&*direct].members.values().filter(|member| member.username == "anna");
        others.map(|member| (member.read_seq, member.delivered_seq)).collect::<Vec<_>>()
    });
    assert_eq!(known, [(0, 4)]);
}

#[tokio::test]
async fn a_restart_loses_and_doubles_nothing() {
    let clock = Arc::new(MockClock::default());
    let mut server = TestServer::builder().clock(Arc::clone(&clock)).steady_ports().start().await;
    let (mut anna, mut boris) = two(&server, &clock).await;
    let vera = server.register("vera").await;
    let direct = anna.chat(json!({"type": "start_direct", "username": "борис"})).await;
    anna.send(1, "general", "before").await;
    boris.has("general", 1).await;

    // While the server is away both write, in two chats.
    server.stop().await;
    anna.gone_offline().await;
    boris.gone_offline().await;
    for number in 0..5 {
        anna.send(100 + number, "general", &format!("anna {number}")).await;
    }
    anna.send(110, &direct, "direct").await;
    for number in 0..3 {
        boris.send(200 + number, "general", &format!("boris {number}")).await;
    }
    server.start_again().await;
    anna.has_sent(7).await;
    boris.has_sent(3).await;
    anna.has("general", 9).await;
    boris.has("general", 9).await;
    boris.has(&direct, 1).await;
    let once: BTreeSet<_> = anna.told("general").into_iter().map(str::to_owned).collect();
    assert_eq!((anna.told("general").len(), once.len()), (9, 9));
    let of_anna: Vec<_> = boris.told("general").into_iter().filter(|text| text.starts_with("anna")).collect();
    assert_eq!(of_anna, ["anna 0", "anna 1", "anna 2", "anna 3", "anna 4"], "in the order of sending");

    // Much happens while one's program is not running, and the server is cut off once.
    boris.close().await;
    let rest = server.script();
    let mut ids = vec![];
    for number in 0..20 {
        let body = json!({"content": format!("vera {number}")});
        let (status, sent) = rest.call("POST", "/api/v1/chats/general/messages", Some(&vera.token), Some(&body)).await;
        assert_eq!(status, 201, "{sent}");
        ids.push(sent["id"].as_str().unwrap().to_owned());
    }
    let path = |id: &str| format!("/api/v1/chats/general/messages/{id}");
    let edit = json!({"content": "changed"});
    assert_eq!(rest.call("PATCH", &path(&ids[3]), Some(&vera.token), Some(&edit)).await.0, 200);
    assert!(rest.call("DELETE", &path(&ids[4]), Some(&vera.token), None).await.0 < 300);
    anna.ask(json!({"type": "react", "chat_id": "general", "message_id": ids[5], "emoji": "🎉"})).await;
    let group =
        anna.chat(json!({"type": "create_chat", "kind": "group", "name": "Поход", "members": ["борис", "vera"]})).await;
    anna.send(300, &group, "куда идём?").await;
    anna.has_sent(8).await;
    anna.has("general", 29).await;
    server.cut_off().await;
    anna.gone_offline().await;
    anna.send(301, &group, "в горы").await;
    boris.start().await;
    boris.send(400, "general", "я тут").await;
    server.start_again().await;
    boris.online().await;
    boris.has_sent(4).await;
    anna.has_sent(9).await;
    boris.has(&group, 2).await;
    anna.has("general", 30).await;
    boris.has("general", 30).await;
    assert_eq!(boris.told("general").len(), 30);
    assert_eq!(boris.told(&group), ["куда идём?", "в горы"], "a chat that was new to him, from its beginning");
    for person in [&anna, &boris] {
        person.was_told_everything_once();
        person.is_in_step().await;
        assert!(person.session().store().outbox().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn tokens_are_renewed_in_place() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(Arc::clone(&clock)).start().await;
    let (mut anna, boris) = two(&server, &clock).await;
    anna.close().await;
    // Four fifths of the token's life are over.
    clock.advance_secs(800);
    let old = anna.tokens.load().unwrap().unwrap();
    anna.start().await;
    anna.online().await;
    while anna.tokens.load().unwrap().unwrap().access_token == old.access_token {
        tokio::task::yield_now().await;
    }
    // The old one's end does not end the connection.
    anna.ask(json!({"type": "ping"})).await;
    clock.advance_secs(200);
    anna.send(1, "general", "still here").await;
    anna.has("general", 1).await;
    assert_eq!(anna.offline, 0, "the connection was not made anew");
    let renewed = anna.tokens.load().unwrap().unwrap();
    assert_ne!(renewed.refresh_token, old.refresh_token);
    drop(boris);
}

#[tokio::test]
async fn an_expired_token_is_renewed_at_the_next_start() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(Arc::clone(&clock)).start().await;
    let (mut anna, mut boris) = two(&server, &clock).await;
    anna.close().await;
    clock.advance_secs(86_400);
    anna.start().await;
    anna.online().await;
    assert_eq!(anna.offline, 0);
    anna.is_in_step().await;
    // And on a connection whose token has run out meanwhile.
    boris.send(1, "general", "a day later").await;
    boris.has_sent(1).await;
    boris.is_in_step().await;
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_signed_out() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(Arc::clone(&clock)).start().await;
    let (mut anna, mut boris) = two(&server, &clock).await;
    // From another device: that session alone.
    let rest = server.script();
    let login = json!({"username": "anna", "password": PASSWORD});
    let (_, other) = rest.call("POST", "/api/v1/auth/login", None, Some(&login)).await;
    let token = other["access_token"].as_str().unwrap();
    let (_, sessions) = rest.call("GET", "/api/v1/auth/sessions", Some(token), None).await;
    let sessions = sessions["sessions"].as_array().unwrap_or_else(|| panic!("{sessions}"));
    let id = sessions.iter().find(|session| session["device"] == "test").unwrap()["id"].as_str().unwrap();
    let (status, _) = rest.call("DELETE", &format!("/api/v1/auth/sessions/{id}"), Some(token), None).await;
    assert!(status < 300);
    anna.signed_out().await;
    assert_eq!(anna.tokens.load().unwrap(), None, "what is of no use is forgotten");
    // By itself.
    let (session, _events) = boris.run.take().unwrap();
    session.sign_out().await.unwrap();
    assert_eq!(boris.tokens.load().unwrap(), None);
}

#[tokio::test]
async fn one_who_is_far_behind_starts_afresh() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(Arc::clone(&clock)).core(|core| core.sync_events = 10).start().await;
    let (mut anna, mut boris) = two(&server, &clock).await;
    anna.send(1, "general", "the last that boris sees").await;
    boris.has("general", 1).await;
    boris.close().await;
    for number in 0..80 {
        anna.send(100 + number, "general", &format!("message {number}")).await;
    }
    anna.has_sent(81).await;
    boris.start().await;
    boris.online().await;
    boris.has("general", 81).await;
    let resets = boris.frames.iter().filter(|frame| matches!(frame, ServerFrame::Answer(Answer::Reset(_)))).count();
    assert_eq!(resets, 1);
    let (count, first) = boris.session().with_state(|state| {
        let messages = &state.chats["general"].messages;
        (messages.len(), messages.keys().next().copied())
    });
    assert_eq!((count, first), (50, Some(32)), "the newest page, without a hole");
    boris.was_told_everything_once();
    boris.is_in_step().await;
    // The cache is that of the fresh start too.
    boris.close().await;
    boris.start().await;
    boris.online().await;
    boris.is_in_step().await;
}

/// The operator restores a backup: the client is ahead of the server, in chats and in its account.
#[tokio::test]
async fn a_restored_backup_starts_the_client_afresh() {
    let clock = Arc::new(MockClock::default());
    let mut server = TestServer::builder().clock(Arc::clone(&clock)).steady_ports().start().await;
    let (mut anna, mut boris) = two(&server, &clock).await;
    anna.send(1, "general", "in the backup").await;
    boris.has("general", 1).await;
    server.cut_off().await;
    let backup = tempfile::tempdir().unwrap();
    copy(server.data_dir(), backup.path());
    server.start_again().await;
    let direct = anna.chat(json!({"type": "start_direct", "username": "борис"})).await;
    anna.send(2, &direct, "lost").await;
    anna.send(3, "general", "lost too").await;
    for person in [&mut anna, &mut boris] {
        person.has(&direct, 1).await;
        person.has("general", 2).await;
    }

    server.cut_off().await;
    for name in ["vestnik.db", "vestnik.db-wal", "vestnik.db-shm"] {
        let _ = std::fs::remove_file(server.data_dir().join(name));
    }
    copy(backup.path(), server.data_dir());
    anna.gone_offline().await;
    boris.gone_offline().await;
    server.start_again().await;
    anna.online().await;
    boris.online().await;
    boris.send(4, "general", "from here on").await;
    anna.has("general", 2).await;
    boris.has("general", 2).await;
    for person in [&anna, &boris] {
        let account = |frame: &ServerFrame| matches!(frame, ServerFrame::Answer(Answer::AccountReset { .. }));
        assert!(person.frames.iter().any(account), "{}", person.name);
        person.is_in_step().await;
        person.session().with_state(|state| {
            let texts: Vec<_> = state.chats["general"].messages.values().map(|m| m.content.as_str()).collect();
            assert_eq!(texts, ["in the backup", "from here on"]);
            assert!(!state.chats.contains_key(&*direct));
        });
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn the_servers_own_certificate_is_pinned() {
    let clock = Arc::new(MockClock::default());
    let server = TestServer::builder().clock(Arc::clone(&clock)).start().await;
    let pem = server.data_dir().join("tls/cert.pem");
    let certificate = CertificateDer::from_pem_file(&pem).unwrap();
    let trusting = |tls| ConnectOptions { tls, ..ConnectOptions::default() };
    let pinned = |fingerprint| trusting(TlsOptions { pinned: Some(fingerprint), extra_ca: None });
    let right = pinned(Fingerprint::of(&certificate));
    let mut anna = Person::new("anna", address("tls", &server), right.clone(), &clock).await.started().await;
    let boris = Person::new("борис", address("wss", &server), right, &clock).await.started().await;
    boris.send(1, "general", "по секрету").await;
    anna.has("general", 1).await;
    assert_eq!(anna.told("general"), ["по секрету"]);
    for scheme in ["tls", "wss"] {
        let open = async |options| Connection::open(&address(scheme, &server), &options).await.map(drop);
        open(trusting(TlsOptions { pinned: None, extra_ca: Some(pem.clone()) })).await.unwrap();
        let wrong = open(pinned(Fingerprint([7; 32]))).await.unwrap_err();
        assert!(matches!(wrong, ClientError::Connect { fault: ConnectFault::NotPinned, .. }), "{wrong}");
        let unknown = open(ConnectOptions::default()).await.unwrap_err();
        assert!(matches!(unknown, ClientError::Connect { fault: ConnectFault::Untrusted, .. }), "{unknown}");
    }
}
