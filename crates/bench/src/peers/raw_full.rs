//! The raw reference of `direct-sends`: pairs, and one table in SQLite that is synced before
//! anybody is told, many waiting messages in one commit. No accounts, no checks, no keys. What it
//! costs is what sockets and the disk cost.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    net::Ipv4Addr,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use sqlx::{
    Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use super::raw::{HELLO, LISTENING, write_together};
use crate::error::{Doing, Error, Result};

/// Lines a connection may have waiting; beyond it they are not delivered.
const OUTBOX: usize = 65_536;
/// Messages of one commit.
const GROUP_MAX: usize = 1_024;
/// Rows of one statement; smaller powers of two take the rest, so that statements are prepared once.
const ROWS_MAX: usize = 256;
/// Bytes read at once.
const READ: usize = 16 << 10;

type Outbox = mpsc::Sender<Bytes>;
type Chats = Arc<Mutex<HashMap<u32, Vec<Outbox>>>>;

/// A message to be kept.
struct Job {
    chat: u32,
    id: u64,
    line: Bytes,
    sender: Outbox,
}

/// Serves until the process is ended, with its database in `directory`.
///
/// # Errors
/// When it cannot listen or the database fails.
pub async fn serve(directory: &Path) -> Result<()> {
    let database = open(&directory.join("raw-full.db")).await.map_err(wrong)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.doing("listening")?;
    println!("{LISTENING}{}", listener.local_addr().doing("listening")?);
    let chats = Chats::default();
    let (jobs, waiting) = mpsc::channel(GROUP_MAX * 8);
    let accepting = async {
        loop {
            let (stream, _) = listener.accept().await.doing("accepting a connection")?;
            // A broken connection is the generator's to notice.
            drop(tokio::spawn(connection(stream, Arc::clone(&chats), jobs.clone())));
        }
    };
    tokio::select! {
        end = accepting => end,
        end = tokio::spawn(write(database, waiting, Arc::clone(&chats))) => match end {
            Ok(end) => end.map_err(wrong),
            Err(_) => Err(Error::Setup("the writer of the raw server ended".to_owned())),
        },
    }
}

fn wrong(error: sqlx::Error) -> Error {
    Error::Setup(format!("the raw server's database failed: {error}"))
}

async fn open(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut database = SqliteConnection::connect_with(&options).await?;
    sqlx::query("CREATE TABLE messages (chat BIGINT, seq BIGINT, body TEXT, PRIMARY KEY (chat, seq)) WITHOUT ROWID")
        .execute(&mut database)
        .await?;
    Ok(database)
}

/// Keeps what waits, then tells the senders and the members.
async fn write(
    mut database: SqliteConnection,
    mut waiting: mpsc::Receiver<Job>,
    chats: Chats,
) -> Result<(), sqlx::Error> {
    let mut heads: BTreeMap<u32, i64> = BTreeMap::new();
    let mut jobs = Vec::with_capacity(GROUP_MAX);
    let statements: Vec<(usize, String)> =
        std::iter::successors(Some(ROWS_MAX), |rows| (*rows > 1).then_some(rows / 2))
            .map(|rows| (rows, insert(rows)))
            .collect();
    while waiting.recv_many(&mut jobs, GROUP_MAX).await > 0 {
        jobs.sort_by_key(|job| job.chat);
        let seqs: Vec<i64> = jobs
            .iter()
            .map(|job| {
                let head = heads.entry(job.chat).or_default();
                *head += 1;
                *head
            })
            .collect();
        let mut tx = database.begin().await?;
        let mut from = 0;
        while from < jobs.len() {
            let left = jobs.len() - from;
            let Some((rows, text)) = statements.iter().find(|(rows, _)| *rows <= left) else { break };
            let mut query = sqlx::query(sqlx::AssertSqlSafe(text.as_str()));
            for (job, seq) in jobs[from..from + rows].iter().zip(&seqs[from..]) {
                query =
                    query.bind(i64::from(job.chat)).bind(*seq).bind(String::from_utf8_lossy(&job.line).into_owned());
            }
            query.execute(&mut *tx).await?;
            from += rows;
        }
        tx.commit().await?;
        let chats = chats.lock().unwrap_or_else(PoisonError::into_inner);
        for (job, seq) in jobs.drain(..).zip(seqs) {
            let ack = format!(
                "{{\"type\":\"ack\",\"chat_id\":\"raw\",\"rev\":{seq},\"message_id\":\"4-{seq}\",\"seq\":{seq},\
                 \"timestamp\":\"2026-01-01T00:00:00.000Z\",\"id\":\"{}\"}}\n",
                job.id
            );
            // Whoever has gone is not told.
            drop(job.sender.try_send(ack.into()));
            for outbox in chats.get(&job.chat).into_iter().flatten() {
                drop(outbox.try_send(job.line.clone()));
            }
        }
    }
    Ok(())
}

/// Inserts so many rows.
fn insert(rows: usize) -> String {
    let mut text = String::from("INSERT INTO messages (chat, seq, body) VALUES ");
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        write!(text, "{comma}(${}, ${}, ${})", row * 3 + 1, row * 3 + 2, row * 3 + 3)
            .expect("a String takes every write");
    }
    text
}

async fn connection(stream: TcpStream, chats: Chats, jobs: mpsc::Sender<Job>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut read, write) = stream.into_split();
    let (outbox, waiting) = mpsc::channel::<Bytes>(OUTBOX);
    tokio::spawn(write_together(waiting, write));
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ);
        if read.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        while let Some(end) = memchr::memchr(b'\n', &buffer) {
            let line = buffer.split_to(end + 1).freeze();
            let Some(said) = read_line(&line) else { return Ok(()) };
            match said {
                Said::Join(chat) => {
                    let mut chats = chats.lock().unwrap_or_else(PoisonError::into_inner);
                    chats.entry(chat).or_default().push(outbox.clone());
                    drop(outbox.try_send(Bytes::from_static(HELLO)));
                }
                Said::Message { chat, id, from } => {
                    let job = Job { chat, id, line: line.slice(from..), sender: outbox.clone() };
                    if jobs.send(job).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// What a line says.
#[derive(Debug, PartialEq)]
enum Said {
    /// `join <chat>`
    Join(u32),
    /// `<chat> <id> <what everybody in the chat is given>`
    Message { chat: u32, id: u64, from: usize },
}

fn read_line(line: &[u8]) -> Option<Said> {
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.trim_end().parse::<u64>().ok();
    if let Some(chat) = line.strip_prefix(b"join ") {
        return Some(Said::Join(u32::try_from(number(chat)?).ok()?));
    }
    let first = memchr::memchr(b' ', line)?;
    let second = first + 1 + memchr::memchr(b' ', &line[first + 1..])?;
    let chat = u32::try_from(number(&line[..first])?).ok()?;
    Some(Said::Message { chat, id: number(&line[first + 1..second])?, from: second + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        assert_eq!(read_line(b"join 7\n"), Some(Said::Join(7)));
        assert_eq!(read_line(b"7 12 {\"a\": 1}\n"), Some(Said::Message { chat: 7, id: 12, from: 5 }));
        for wrong in ["\n", "x\n", "1 \n", "a 1 b\n", "join x\n"] {
            assert_eq!(read_line(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn statements_have_their_parameters() {
        assert_eq!(insert(2), "INSERT INTO messages (chat, seq, body) VALUES ($1, $2, $3), ($4, $5, $6)");
    }
}
