//! Appending messages, a whole batch at a time: a few statements whatever its size.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde::Serialize;
use tokio::sync::oneshot;
use vestnik_proto::{ClientId, MentionAll, MessageType, Timestamp, UserId};

use crate::rows::{EVENT_MESSAGE, Extra, message_type_code};
use crate::store::{Db as _, closing};
use crate::{ChatKey, Engine, StoreError, Tx};

/// A message to append. Whether it may be, and whether its parts are right, was decided before.
#[derive(Clone, Debug)]
pub struct Append {
    /// Where.
    pub chat: ChatKey,
    /// By whom.
    pub sender: UserId,
    /// The idempotency key, if the sender gave one.
    pub client_id: Option<ClientId>,
    /// A hash of the request's content, to tell a repeat from another request with the same key.
    pub hash: i64,
    /// When.
    pub ts: Timestamp,
    /// What the content is.
    pub message_type: MessageType,
    /// The text.
    pub content: String,
    /// The number of the message it answers.
    pub reply_seq: Option<i64>,
    /// The members it mentions.
    pub mentions: Vec<UserId>,
    /// `@here` or `@room`.
    pub mention_all: Option<MentionAll>,
}

/// What became of an appended message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The event's place in the log.
    pub rev: i64,
    /// The message's number.
    pub seq: i64,
    /// When it was stored: for a repeat, the first time.
    pub ts: Timestamp,
    /// Whether it was there already.
    pub repeat: bool,
}

/// Told of a message after its COMMIT.
pub(crate) type Committed = Box<dyn FnOnce(Append, Appended) + Send + Sync>;

/// A message on its way; resolves after COMMIT.
#[derive(Debug)]
pub struct PendingAppend(oneshot::Receiver<Result<Appended, StoreError>>);

impl Future for PendingAppend {
    type Output = Result<Appended, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or_else(|_| Err(closing())))
    }
}

pub(crate) struct AppendJob {
    pub(crate) append: Append,
    committed: Committed,
    sender: oneshot::Sender<Result<Appended, StoreError>>,
    result: Result<Appended, StoreError>,
}

impl AppendJob {
    pub(crate) fn new(append: Append, committed: Committed) -> (Self, PendingAppend) {
        let (sender, receiver) = oneshot::channel();
        (Self { append, committed, sender, result: Err(closing()) }, PendingAppend(receiver))
    }
}

/// Answers every job and returns what is to be told of those that are new.
pub(crate) fn answer(jobs: Vec<AppendJob>, failure: Option<&StoreError>) -> Vec<impl FnOnce() + use<>> {
    let mut told = Vec::with_capacity(jobs.len());
    for job in jobs {
        let result = failure.map_or(job.result, |error| Err(error.clone()));
        // The sender's connection may be gone; the message stands all the same.
        let _ = job.sender.send(result.clone());
        if let Ok(appended) = result
            && !appended.repeat
        {
            let (append, committed) = (job.append, job.committed);
            told.push(move || committed(append, appended));
        }
    }
    told
}

/// One row of the batch, for the JSON parameter.
#[derive(Serialize)]
struct Row<'a> {
    c: i64,
    r: i64,
    s: i64,
    u: i64,
    t: i64,
    k: i64,
    x: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    i: Option<String>,
    h: i64,
}

#[derive(Serialize)]
struct Key {
    u: i64,
    i: String,
}

#[derive(Serialize)]
struct Head {
    c: i64,
    n: i64,
    t: i64,
}

#[derive(Serialize)]
struct Read {
    c: i64,
    u: i64,
    s: i64,
}

type Known = HashMap<(i64, ClientId), (i64, Appended)>;

/// How many of the jobs have appended a message.
pub(crate) fn count_new(jobs: &[AppendJob]) -> u64 {
    fresh(jobs).count() as u64
}

/// Appends the batch within the open transaction and leaves each job's result in it.
pub(crate) async fn run(tx: &mut Tx, jobs: &mut [AppendJob]) -> Result<(), StoreError> {
    lock_chats(tx, jobs).await?;
    let known = find_known(tx, jobs).await?;
    let heads = bump_heads(tx, jobs, &known).await?;
    assign(jobs, &known, heads);

    let rows: Vec<Row<'_>> = jobs
        .iter()
        .filter_map(|job| {
            let (append, appended) = (&job.append, job.result.as_ref().ok().filter(|appended| !appended.repeat)?);
            Some(Row {
                c: append.chat.0,
                r: appended.rev,
                s: appended.seq,
                u: append.sender.0,
                t: append.ts.as_micros(),
                k: message_type_code(append.message_type),
                x: &append.content,
                e: Extra::of(append.reply_seq, &append.mentions, append.mention_all).to_column(),
                i: append.client_id.map(|id| id.to_string()),
                h: append.hash,
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let json = to_json(&rows);
    let with_client_id = rows.iter().any(|row| row.i.is_some());
    drop(rows);
    exec(
        tx,
        "INSERT INTO events (chat_id, rev, kind, seq, sender_id, ts) \
         SELECT c, r, $2, s, u, t FROM {rows $1: c BIGINT, r BIGINT, s BIGINT, u BIGINT, t BIGINT}",
        &json,
        Some(EVENT_MESSAGE),
    )
    .await?;
    exec(
        tx,
        "INSERT INTO messages (chat_id, seq, rev, sender_id, ts, kind, content, extra) \
         SELECT c, s, r, u, t, k, x, e FROM {rows $1: c BIGINT, s BIGINT, r BIGINT, u BIGINT, t BIGINT, k BIGINT, x TEXT, e TEXT}",
        &json,
        None,
    )
    .await?;
    if with_client_id {
        exec(
            tx,
            "INSERT INTO sends (user_id, client_id, hash, chat_id, rev, seq, ts) \
             SELECT u, i, h, c, r, s, t FROM {rows $1: u BIGINT, i TEXT, h BIGINT, c BIGINT, r BIGINT, s BIGINT, t BIGINT} \
             WHERE i IS NOT NULL ORDER BY u, i",
            &json,
            None,
        )
        .await?;
    }
    mark_own_read(tx, jobs).await?;
    insert_mentions(tx, jobs).await
}

async fn exec(tx: &mut Tx, text: &'static str, json: &str, number: Option<i64>) -> Result<(), StoreError> {
    let mut query = sqlx::query(tx.sql(text)).bind(json);
    if let Some(number) = number {
        query = query.bind(number);
    }
    query.execute(tx.conn()).await?;
    Ok(())
}

fn to_json(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).expect("rows are always JSON: they hold numbers and strings")
}

/// On PostgreSQL locks the batch's chats before anything is read, so that a `client_id` that another node is
/// using in one of them is seen; in the order of their numbers, so that two nodes never wait for each other.
async fn lock_chats(tx: &mut Tx, jobs: &[AppendJob]) -> Result<(), StoreError> {
    if tx.engine() != Engine::Postgres {
        return Ok(());
    }
    #[derive(Serialize)]
    struct Chat {
        c: i64,
    }
    let chats: BTreeSet<i64> = jobs.iter().map(|job| job.append.chat.0).collect();
    let json = to_json(&chats.into_iter().map(|c| Chat { c }).collect::<Vec<_>>());
    sqlx::query(
        tx.sql("SELECT id FROM chats WHERE id IN (SELECT c FROM {rows $1: c BIGINT}) ORDER BY id {for_update}"),
    )
    .bind(json)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The batch's `client_id`s that were used before.
async fn find_known(tx: &mut Tx, jobs: &[AppendJob]) -> Result<Known, StoreError> {
    let keys: Vec<Key> = jobs
        .iter()
        .filter_map(|job| job.append.client_id.map(|id| Key { u: job.append.sender.0, i: id.to_string() }))
        .collect();
    if keys.is_empty() {
        return Ok(Known::new());
    }
    type Found = (i64, String, i64, Option<i64>, Option<i64>, i64);
    let found: Vec<Found> = sqlx::query_as(tx.sql(
        "SELECT sends.user_id, sends.client_id, sends.hash, sends.rev, sends.seq, sends.ts \
         FROM {rows $1: u BIGINT, i TEXT} JOIN sends ON sends.user_id = r.u AND sends.client_id = r.i",
    ))
    .bind(to_json(&keys))
    .fetch_all(tx.conn())
    .await?;
    let mut known = Known::with_capacity(found.len());
    for (user, client_id, hash, rev, seq, ts) in found {
        let id = client_id.parse().map_err(|_| StoreError::Internal("a stored client_id is no UUID".to_owned()))?;
        let appended = Appended {
            rev: rev.unwrap_or_default(),
            seq: seq.unwrap_or_default(),
            ts: Timestamp::from_micros(ts),
            repeat: true,
        };
        known.insert((user, id), (hash, appended));
    }
    Ok(known)
}

/// Takes the next revs and seqs for the new messages: per chat the first of each.
async fn bump_heads(tx: &mut Tx, jobs: &[AppendJob], known: &Known) -> Result<HashMap<i64, (i64, i64)>, StoreError> {
    let mut counts: BTreeMap<i64, Head> = BTreeMap::new();
    let mut here: HashSet<(i64, ClientId)> = HashSet::new();
    for job in jobs {
        let append = &job.append;
        let key = append.client_id.map(|id| (append.sender.0, id));
        if key.is_some_and(|key| known.contains_key(&key) || !here.insert(key)) {
            continue;
        }
        let head = counts.entry(append.chat.0).or_insert(Head { c: append.chat.0, n: 0, t: 0 });
        head.n += 1;
        head.t = head.t.max(append.ts.as_micros());
    }
    if counts.is_empty() {
        return Ok(HashMap::new());
    }
    let heads: Vec<&Head> = counts.values().collect();
    let json = to_json(&heads);
    let bumped: Vec<(i64, i64, i64)> = sqlx::query_as(tx.sql(
        "UPDATE chats SET last_rev = last_rev + r.n, last_seq = last_seq + r.n, last_ts = r.t \
         FROM {rows $1: c BIGINT, n BIGINT, t BIGINT} WHERE chats.id = r.c AND chats.deleted_at IS NULL \
         RETURNING chats.id, chats.last_rev, chats.last_seq",
    ))
    .bind(json)
    .fetch_all(tx.conn())
    .await?;
    Ok(bumped
        .into_iter()
        .map(|(chat, rev, seq)| {
            let n = counts.get(&chat).map_or(0, |head| head.n);
            (chat, (rev - n + 1, seq - n + 1))
        })
        .collect())
}

/// Gives each job its result: a number, the number it had before, or why not.
///
/// Takes a number for exactly those jobs for which [`bump_heads`] has reserved one: the first of the batch with
/// its key, whatever becomes of that one.
fn assign(jobs: &mut [AppendJob], known: &Known, mut heads: HashMap<i64, (i64, i64)>) {
    let mut here: HashMap<(i64, ClientId), (i64, Result<Appended, StoreError>)> = HashMap::new();
    for job in jobs {
        let append = &job.append;
        let key = append.client_id.map(|id| (append.sender.0, id));
        let before = key.and_then(|key| {
            known.get(&key).map(|(hash, appended)| (*hash, Ok(*appended))).or_else(|| here.get(&key).cloned())
        });
        job.result = match before {
            Some((hash, result)) if hash == append.hash => result,
            Some(_) => Err(StoreError::ClientIdReused),
            None => {
                let result = take_number(append, &mut heads);
                if let Some(key) = key {
                    let again = result.clone().map(|appended| Appended { repeat: true, ..appended });
                    here.insert(key, (append.hash, again));
                }
                result
            }
        };
    }
}

fn take_number(append: &Append, heads: &mut HashMap<i64, (i64, i64)>) -> Result<Appended, StoreError> {
    // A chat without a head is deleted.
    let (rev, seq) = heads.get_mut(&append.chat.0).ok_or(StoreError::Gone)?;
    let appended = Appended { rev: *rev, seq: *seq, ts: append.ts, repeat: false };
    *rev += 1;
    *seq += 1;
    Ok(appended)
}

/// One's own messages are read at once.
async fn mark_own_read(tx: &mut Tx, jobs: &[AppendJob]) -> Result<(), StoreError> {
    let mut newest: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for (append, appended) in fresh(jobs) {
        newest.insert((append.chat.0, append.sender.0), appended.seq);
    }
    let reads: Vec<Read> = newest.into_iter().map(|((c, u), s)| Read { c, u, s }).collect();
    exec(
        tx,
        "UPDATE members SET read_seq = r.s FROM {rows $1: c BIGINT, u BIGINT, s BIGINT} \
         WHERE members.chat_id = r.c AND members.user_id = r.u AND members.read_seq < r.s",
        &to_json(&reads),
        None,
    )
    .await
}

async fn insert_mentions(tx: &mut Tx, jobs: &[AppendJob]) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (append, appended) in fresh(jobs) {
        let all = append.mention_all.map(|_| UserId(0));
        let mut users: Vec<UserId> = append.mentions.iter().copied().chain(all).collect();
        users.sort_unstable();
        users.dedup();
        rows.extend(users.into_iter().map(|user| Read { c: append.chat.0, u: user.0, s: appended.seq }));
    }
    if rows.is_empty() {
        return Ok(());
    }
    exec(
        tx,
        "INSERT INTO mentions (chat_id, user_id, seq) SELECT c, u, s FROM {rows $1: c BIGINT, u BIGINT, s BIGINT}",
        &to_json(&rows),
        None,
    )
    .await
}

fn fresh(jobs: &[AppendJob]) -> impl Iterator<Item = (&Append, &Appended)> {
    jobs.iter().filter_map(|job| {
        let appended = job.result.as_ref().ok().filter(|appended| !appended.repeat)?;
        Some((&job.append, appended))
    })
}
