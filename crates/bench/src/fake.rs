//! A tiny server in memory that speaks enough of the TCP door to try the scenarios, and that can
//! be told to misbehave, so that tests see the generator notice.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream, tcp::OwnedWriteHalf},
    sync::mpsc,
};
use vestnik_proto::{
    Answer, ApiError, Chat, ChatEvent, ChatEventContent, ChatId, ChatKind, ClientFrame, CloseCode, Command, ErrorCode,
    Message, MessageId, ServerFrame, Timestamp, UserId, command,
    frame::{Ack, AuthSuccess, Control, HistoryPage, ReceivedFrame, SyncDone, encode},
};

use crate::{conn::Door, server::Target};

/// Frames a connection may have waiting.
const OUTBOX: usize = 100;
/// What the kernel may hold for a connection, so that a slow one is noticed soon. Bytes.
const SEND_BUFFER: u32 = 64 << 10;

/// How the fake misbehaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Does not deliver every n-th message to the last member.
    pub lose_every: Option<i64>,
    /// Delivers every n-th message twice.
    pub double_every: Option<i64>,
}

#[derive(Default)]
struct State {
    faults: Faults,
    users: Vec<String>,
    chats: HashMap<String, Room>,
    live: BTreeMap<u64, (usize, mpsc::Sender<Bytes>)>,
    connections: u64,
}

#[derive(Default)]
struct Room {
    members: BTreeSet<usize>,
    log: Vec<Bytes>,
    messages: Vec<Message>,
}

type Shared = Arc<Mutex<State>>;

/// Starts one. It ends with the test's runtime.
pub async fn start(faults: Faults) -> Target {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(SEND_BUFFER).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1_024).unwrap();
    let tcp: SocketAddr = listener.local_addr().unwrap();
    let state = Shared::new(Mutex::new(State { faults, ..State::default() }));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, Arc::clone(&state)));
        }
    });
    Target { http: tcp, tcp, door: Door::Tcp, pid: Some(std::process::id()) }
}

async fn write(mut half: OwnedWriteHalf, mut outbox: mpsc::Receiver<Bytes>) {
    let mut frames = Vec::new();
    while outbox.recv_many(&mut frames, 64).await > 0 {
        let together: Vec<u8> = frames.drain(..).flat_map(|frame| [&frame[..], b"\n"].concat()).collect();
        if half.write_all(&together).await.is_err() {
            return;
        }
    }
    // The outbox is only ever dropped for being full; otherwise the reader ends first.
    let bye = Control::Bye { code: CloseCode::TooSlow.code(), reason: String::new(), reconnect_after_ms: None };
    drop(half.write_all(&encode(&bye, None)).await);
    drop(half.write_all(b"\n").await);
}

async fn connection(stream: TcpStream, state: Shared) {
    stream.set_nodelay(true).unwrap();
    let (read, half) = stream.into_split();
    let (outbox, waiting) = mpsc::channel(OUTBOX);
    let weak = outbox.downgrade();
    let number = {
        let mut state = state.lock().unwrap();
        state.connections += 1;
        let number = state.connections;
        state.live.insert(number, (usize::MAX, outbox));
        number
    };
    let writing = tokio::spawn(write(half, waiting));
    let mut lines = BufReader::new(read).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let frame = ClientFrame::decode(line.as_bytes()).unwrap();
        let answers = state.lock().unwrap().answer(number, frame.command);
        for answer in answers {
            let id = if answer.starts_with(b"{\"chat_id\"") { None } else { frame.id.as_deref() };
            let mut text = answer;
            if let Some(id) = id {
                text.pop();
                text.extend_from_slice(format!(",\"id\":\"{id}\"}}").as_bytes());
            }
            let Some(outbox) = weak.upgrade() else { break };
            drop(outbox.send(text.into()).await);
        }
    }
    state.lock().unwrap().live.remove(&number);
    if weak.upgrade().is_none() {
        return;
    }
    writing.abort();
}

fn bytes(frame: &impl Serialize) -> Vec<u8> {
    encode(frame, None)
}

fn refuse() -> Vec<Vec<u8>> {
    vec![bytes(&Control::Error(ApiError::new(ErrorCode::Unauthorized, "Sign in.")))]
}

impl State {
    fn sign_in(&mut self, number: u64, user: usize) -> Vec<Vec<u8>> {
        self.live.get_mut(&number).unwrap().0 = user;
        vec![bytes(&Answer::AuthSuccess(AuthSuccess {
            user_id: Some(UserId(user as i64)),
            username: self.users[user].clone(),
            expires_in: 900,
            session_id: None,
            account_rev: 0,
            guest: false,
            access_token: Some(format!("token-{user}")),
            refresh_token: None,
            user: None,
        }))]
    }

    fn answer(&mut self, number: u64, command: Command) -> Vec<Vec<u8>> {
        let user = self.live.get(&number).map_or(usize::MAX, |(user, _)| *user);
        match command {
            Command::Register(register) => {
                self.users.push(register.username);
                self.sign_in(number, self.users.len() - 1)
            }
            Command::Auth(auth) => match auth.token.strip_prefix("token-").map(str::parse) {
                Some(Ok(user)) => self.sign_in(number, user),
                _ => refuse(),
            },
            Command::Ping(_) => vec![bytes(&Answer::Pong { timestamp: Timestamp::from_millis(0) })],
            _ if user == usize::MAX => refuse(),
            Command::CreateChat(create) => self.chat(&create.slug.unwrap(), &[user]),
            Command::StartDirect(start) => {
                let peer = self.users.iter().position(|name| *name == start.username).unwrap();
                self.chat(&format!("direct-{user}-{peer}"), &[user, peer])
            }
            Command::GetChat(get) => self.chat(get.chat_id.as_str(), &[]),
            Command::Join(join) => self.chat(join.chat_id.unwrap().as_str(), &[user]),
            Command::Message(message) => self.message(user, message.chat_id.as_str(), message.content),
            Command::History(history) => {
                let room = &self.chats[history.chat_id.as_str()];
                let end = history.before.map_or(room.messages.len(), |before| before as usize - 1);
                let start = end.saturating_sub(history.limit.unwrap() as usize);
                let messages = room.messages[start..end].to_vec();
                vec![bytes(&Answer::History(HistoryPage { chat_id: history.chat_id, messages, has_more: start > 0 }))]
            }
            Command::Sync(sync) => {
                let mut out = Vec::new();
                for (chat, rev) in &sync.chats {
                    out.extend(self.chats[chat.as_str()].log.iter().skip(*rev as usize).map(|event| event.to_vec()));
                }
                out.push(bytes(&Answer::SyncDone(SyncDone { account: None, chats: sync.chats, gone: Vec::new() })));
                out
            }
            Command::Typing(_) | Command::MarkRead(_) | Command::SetActiveChat(_) | Command::Presence(_) => {
                vec![bytes(&Answer::Ok)]
            }
            // Taken, and nothing comes of it.
            Command::React(command::React { chat_id, .. })
            | Command::EditMessage(command::EditMessage { chat_id, .. }) => {
                let rev = self.chats[chat_id.as_str()].log.len() as i64;
                let timestamp = Timestamp::from_millis(0);
                vec![bytes(&Answer::Ack(Ack { chat_id, rev, message_id: None, seq: None, timestamp }))]
            }
            other => panic!("the fake does not know {other:?}"),
        }
    }

    fn chat(&mut self, id: &str, members: &[usize]) -> Vec<Vec<u8>> {
        let room = self.chats.entry(id.to_owned()).or_default();
        room.members.extend(members);
        vec![bytes(&Answer::Chat {
            chat: Box::new(Chat {
                id: id.into(),
                kind: ChatKind::Room,
                name: id.to_owned(),
                description: String::new(),
                created_at: Timestamp::from_millis(0),
                rev: room.log.len() as i64,
                last_seq: room.messages.len() as i64,
                member_count: room.members.len() as i64,
                peer: None,
                role: None,
                permissions: Vec::new(),
                read_seq: 0,
                unread: 0,
                mentions: 0,
                last_message: None,
                settings: Default::default(),
                draft: None,
            }),
        })]
    }

    fn message(&mut self, user: usize, chat: &str, content: String) -> Vec<Vec<u8>> {
        let room = self.chats.get_mut(chat).unwrap();
        let (seq, rev) = (room.messages.len() as i64 + 1, room.log.len() as i64 + 1);
        let message = Message {
            id: MessageId::encode(1, seq),
            seq,
            sender_id: UserId(user as i64),
            sender_username: self.users[user].clone(),
            content,
            message_type: Default::default(),
            timestamp: Timestamp::from_millis(0),
            reply_to: None,
            mentions: Vec::new(),
            mention_all: None,
            reactions: BTreeMap::new(),
            edited: false,
            edited_at: None,
            deleted: false,
            deleted_at: None,
            deleted_by: None,
            pinned: false,
        };
        let ack = Ack {
            chat_id: chat.into(),
            rev,
            message_id: Some(message.id.clone()),
            seq: Some(seq),
            timestamp: message.timestamp,
        };
        room.messages.push(message.clone());
        let content = ChatEventContent::NewMessage { message };
        let event = Bytes::from(bytes(&ChatEvent { chat_id: ChatId::from(chat), rev, content }));
        room.log.push(event.clone());
        let hits = |every: Option<i64>| every.is_some_and(|every| seq % every == 0);
        let (lose, double, last) =
            (hits(self.faults.lose_every), hits(self.faults.double_every), room.members.last().copied());
        let members = &room.members;
        // Whoever's outbox is full is cut.
        self.live.retain(|_, (user, outbox)| {
            if !members.contains(user) || (lose && Some(*user) == last) {
                return true;
            }
            (0..1 + u32::from(double)).all(|_| outbox.try_send(event.clone()).is_ok())
        });
        vec![bytes(&Answer::Ack(ack))]
    }
}

#[test]
fn its_answers_are_of_the_wire() {
    let mut state = State::default();
    let (outbox, _waiting) = mpsc::channel(1);
    state.live.insert(1, (usize::MAX, outbox));
    let register = r#"{"type":"register","username":"a","password":"long enough"}"#;
    let answers = state.answer(1, ClientFrame::decode(register.as_bytes()).unwrap().command);
    let text = String::from_utf8(answers[0].clone()).unwrap();
    let frame = ReceivedFrame::decode(&text).unwrap().unwrap().frame;
    assert!(matches!(frame, ServerFrame::Answer(Answer::AuthSuccess(_))));
}
