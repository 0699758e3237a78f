//! The people and chats of a run.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use vestnik_proto::{Answer, Chat, ChatKind, ClientFrame, Command, Message, command, frame::HistoryPage, limits};

use crate::{
    conn::{Connection, Flow, within},
    error::{Error, Result},
    server::Target,
};

/// Registrations and sign-ins under way at once.
pub const AT_ONCE: usize = 32;

/// Somebody who was registered.
#[derive(Clone, Debug)]
pub struct Account {
    /// Their username.
    pub username: String,
    /// Their password.
    pub password: String,
    /// Their access token.
    pub token: String,
}

/// Registers `count` people, named after the run so that runs on one database do not collide.
///
/// # Errors
/// When the server refuses one.
pub async fn register(target: &Target, run: u64, from: usize, count: usize) -> Result<Vec<Account>> {
    stream::iter(from..from + count)
        .map(|number| register_one(target, format!("bench-{run:016x}-{number}"), format!("{run:016x}-pass-{number}")))
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

async fn register_one(target: &Target, username: String, password: String) -> Result<Account> {
    let register = command::Register {
        username: username.clone(),
        password: password.clone(),
        email: None,
        invite: None,
        device: None,
    };
    // Over TCP whatever the door: a WebSocket takes tokens only.
    let token = sign_in(target, Command::Register(register)).await?;
    Ok(Account { username, password, token })
}

/// Signs in by password on a connection of its own. The access token.
///
/// # Errors
/// When the server refuses.
pub async fn log_in(target: &Target, account: &Account) -> Result<String> {
    let login = command::Login {
        username: account.username.clone(),
        password: account.password.clone(),
        code: None,
        device: None,
    };
    sign_in(target, Command::Login(login)).await
}

async fn sign_in(target: &Target, command: Command) -> Result<String> {
    let name = command.name();
    let mut connection = Connection::tcp(target.tcp, None).await?;
    match connection.ask(command).await? {
        Answer::AuthSuccess(success) => success
            .access_token
            .ok_or_else(|| Error::Protocol(format!("`{name}` was answered without an access_token"))),
        other => Err(Error::Protocol(format!("answer to `{name}`: {other:?}"))),
    }
}

/// A signed-in connection for each of these accounts, in their order.
///
/// # Errors
/// When one is refused.
pub async fn connect(target: &Target, accounts: &[Account]) -> Result<Vec<Connection>> {
    connect_tokens(target, accounts.iter().map(|account| account.token.as_str()), AT_ONCE).await
}

/// A signed-in connection for each of these tokens, `at_once` under way at a time.
///
/// # Errors
/// When one is refused.
pub async fn connect_tokens<'a>(
    target: &Target,
    tokens: impl Iterator<Item = &'a str>,
    at_once: usize,
) -> Result<Vec<Connection>> {
    stream::iter(tokens)
        .map(|token| async move {
            let mut connection = target.connect().await?;
            connection.auth(token).await?;
            Ok(connection)
        })
        .buffered(at_once)
        .try_collect()
        .await
}

/// Makes a room with this slug.
///
/// # Errors
/// When the server refuses.
pub async fn create_room(connection: &mut Connection, slug: &str) -> Result<Chat> {
    let create = command::CreateChat {
        kind: ChatKind::Room,
        name: slug.to_owned(),
        description: String::new(),
        slug: Some(slug.to_owned()),
        members: Vec::new(),
    };
    chat(connection.ask(Command::CreateChat(create)).await?, "create_chat")
}

/// Makes these connections' people, who are not in it yet, members of a room, `at_once` joins
/// under way at a time, while all of them read what they are told. How many frames that was.
///
/// # Errors
/// When the server refuses one or closes a connection.
pub async fn join_all(connections: &mut [Connection], room: &str, at_once: usize) -> Result<u64> {
    let (permits, done) = (Semaphore::new(at_once), CancellationToken::new());
    let (waiting, frames) = (AtomicUsize::new(connections.len()), AtomicU64::new(0));
    let join = command::Join { chat_id: Some(room.into()), invite: None };
    let frame = ClientFrame { id: Some("join".to_owned()), client_id: None, command: Command::Join(join) }.encode();
    let members = connections.iter_mut().map(|connection| async {
        let mut permit = None;
        let mut joined = false;
        let mut refusal = None;
        while !done.is_cancelled() {
            let mut answered = false;
            tokio::select! {
                biased;
                () = done.cancelled() => break,
                free = permits.acquire(), if permit.is_none() && !joined => {
                    permit = free.ok();
                    connection.writer.push(frame.as_bytes());
                    connection.writer.flush().await?;
                }
                flow = connection.reader.batch(|bytes| {
                    frames.fetch_add(1, Ordering::Relaxed);
                    if bytes.ends_with(br#""id":"join"}"#) {
                        answered = true;
                        if bytes.starts_with(br#"{"type":"error""#) {
                            refusal = Some(String::from_utf8_lossy(bytes).into_owned());
                        }
                    }
                }) => if let Flow::Closed(code) = flow? {
                    return Err(Error::Closed { code });
                },
            }
            if let Some(refusal) = refusal {
                return Err(Error::Setup(format!("the server refused `join`: {refusal}")));
            }
            if answered {
                (permit, joined) = (None, true);
                if waiting.fetch_sub(1, Ordering::Relaxed) == 1 {
                    done.cancel();
                }
            }
        }
        Ok(())
    });
    within("joining a room", try_join_all(members)).await??;
    drain(connections, |_| {
        frames.fetch_add(1, Ordering::Relaxed);
    })
    .await?;
    Ok(frames.into_inner())
}

/// Reads all that the server has queued for these connections.
///
/// # Errors
/// When the server closes one.
pub async fn drain(connections: &mut [Connection], take: impl Fn(&[u8])) -> Result<()> {
    try_join_all(connections.iter_mut().map(|connection| connection.barrier(&take))).await.map(|_| ())
}

/// A room of these connections' people, made by the first of them.
///
/// # Errors
/// When the server refuses.
pub async fn room_of(connections: &mut [Connection], slug: &str) -> Result<String> {
    let (owner, others) =
        connections.split_first_mut().ok_or_else(|| Error::Setup("a room needs at least one member".to_owned()))?;
    let room = create_room(owner, slug).await?.id.0;
    if !others.is_empty() {
        join_all(others, &room, AT_ONCE).await?;
    }
    owner.barrier(|_| {}).await?;
    Ok(room)
}

/// Starts the direct chat with somebody. Its id.
///
/// # Errors
/// When the server refuses.
pub async fn start_direct(connection: &mut Connection, username: &str) -> Result<String> {
    let start = command::StartDirect { username: username.to_owned() };
    chat(connection.ask(Command::StartDirect(start)).await?, "start_direct").map(|chat| chat.id.0)
}

fn chat(answer: Answer, name: &str) -> Result<Chat> {
    match answer {
        Answer::Chat { chat } => Ok(*chat),
        other => Err(Error::Protocol(format!("answer to `{name}`: {other:?}"))),
    }
}

/// A chat as this connection's person sees it now.
///
/// # Errors
/// When the server refuses.
pub async fn get_chat(connection: &mut Connection, room: &str) -> Result<Chat> {
    let get = command::ChatRef { chat_id: room.into() };
    chat(connection.ask(Command::GetChat(get)).await?, "get_chat")
}

/// A page of at most `limit` messages before `before`, or the newest.
///
/// # Errors
/// When the server refuses.
pub async fn page(connection: &mut Connection, room: &str, before: Option<i64>, limit: u32) -> Result<HistoryPage> {
    let history = command::History { before, ..command::History::newest(room.into(), limit) };
    match connection.ask(Command::History(history)).await? {
        Answer::History(page) => Ok(page),
        other => Err(Error::Protocol(format!("answer to `history`: {other:?}"))),
    }
}

/// All messages after number `after`, newest page first.
///
/// # Errors
/// When the server refuses.
pub async fn messages_after(connection: &mut Connection, room: &str, after: i64) -> Result<Vec<Message>> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = page(connection, room, before, limits::PAGE_MAX).await?;
        let oldest = page.messages.first().map(|message| message.seq);
        let more = page.has_more && oldest.is_some_and(|seq| seq > after);
        all.extend(page.messages.into_iter().filter(|message| message.seq > after));
        if !more {
            return Ok(all);
        }
        before = oldest;
    }
}

/// Asks for everything after `rev` and gives the frames of the answer to `take`, up to `sync_done`.
/// Whether the server started the chat over (`reset`).
///
/// # Errors
/// When the server refuses.
pub async fn sync(connection: &mut Connection, room: &str, rev: i64, mut take: impl FnMut(&[u8])) -> Result<bool> {
    let sync = command::Sync { chats: [(room.into(), rev)].into(), account: None };
    let frame = ClientFrame { id: Some("sync".to_owned()), client_id: None, command: Command::Sync(sync) };
    connection.writer.push(frame.encode().as_bytes());
    connection.writer.flush().await?;
    let mut reset = false;
    loop {
        let bytes = connection.reader.frame().await?;
        if bytes.starts_with(br#"{"type":"sync_done""#) {
            return Ok(reset);
        }
        if bytes.starts_with(br#"{"type":"error""#) {
            return Err(Error::Protocol(format!("answer to `sync`: {}", String::from_utf8_lossy(&bytes))));
        }
        reset |= bytes.starts_with(br#"{"type":"reset""#);
        take(&bytes);
    }
}
