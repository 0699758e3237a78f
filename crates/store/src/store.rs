//! Opening the database, reading from it, and the way to the writer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Executor as _};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::readers::{Reader, Readers};
use crate::writer::{Job, Lane, Tx, run_job};
use crate::{Append, ChatKey, Engine, Newer, PendingAppend, StoreError, migrate};

/// Longest wait for an idle connection to answer before it is thrown away.
const PING: Duration = Duration::from_secs(1);

/// Where the data is and how many connections may be used for it.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite:<path>` or `postgres://…`.
    pub url: String,
    /// Reading connections.
    pub max_readers: u32,
    /// Writer lanes on PostgreSQL; SQLite always has one.
    pub lanes: u32,
    /// Writes that may wait in a lane; beyond it the answer is "unavailable".
    pub queue: usize,
    /// A standby of the same PostgreSQL, for reading pages; see [`Store::read_chat`].
    pub replica_url: Option<String>,
    /// Longest wait for a connection.
    pub acquire_timeout: Duration,
    /// Longest time of a statement that reads (PostgreSQL).
    pub read_timeout: Duration,
    /// Longest time of a write, and the wait for its answer (PostgreSQL).
    pub write_timeout: Duration,
    /// Longest wait for a lock that another writer holds (PostgreSQL).
    pub lock_timeout: Duration,
    /// Longest time a transaction may stand open without a statement (PostgreSQL). A node that stops between two
    /// holds locks that others wait for, hence the short patience.
    pub idle_transaction_timeout: Duration,
    /// For tests: this program is a newer one than it is.
    pub newer: Option<Newer>,
}

impl StoreConfig {
    /// The usual settings for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_readers: 4,
            lanes: 4,
            queue: 8_192,
            newer: None,
            replica_url: None,
            acquire_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(15),
            lock_timeout: Duration::from_secs(10),
            idle_transaction_timeout: Duration::from_secs(5),
        }
    }
}

/// How a database is connected to.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    url: String,
    engine: Engine,
    /// For reading.
    reader: String,
    /// For writing.
    writer: String,
    /// Longest wait of a lane for a statement, a batch or a write; then its connection is given up. PostgreSQL's own
    /// limits do not help against a network that has gone silent. SQLite has no network, and its own limit.
    pub(crate) answer: Duration,
}

impl Access {
    fn new(config: &StoreConfig, url: &str) -> Result<Self, StoreError> {
        let engine = engine(url)?;
        if engine == Engine::Sqlite {
            return Ok(Self {
                url: sqlite_url(url),
                engine,
                reader: "PRAGMA busy_timeout = 5000; PRAGMA query_only = 1; PRAGMA cache_size = -8000;".to_owned(),
                // FULL: an acknowledged message survives power loss. Group commit pays for it once per batch.
                writer: "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                         PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;"
                    .to_owned(),
                answer: Duration::MAX,
            });
        }
        // Zero would be no limit.
        let millis = |time: Duration| time.as_millis().clamp(1, i32::MAX as u128);
        let common = format!(
            "SET application_name = 'vestnik'; SET idle_in_transaction_session_timeout = {}; \
             SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; \
             SET tcp_user_timeout = 30000; ",
            millis(config.idle_transaction_timeout)
        );
        Ok(Self {
            url: url.to_owned(),
            engine,
            reader: format!(
                "{common}SET statement_timeout = {}; SET default_transaction_read_only = on;",
                millis(config.read_timeout)
            ),
            // Against tables analysed while empty the planner joins a batch by scanning the whole
            // table; with these it uses the keys.
            writer: format!(
                "{common}SET statement_timeout = {}; SET lock_timeout = {}; SET enable_hashjoin = off; \
                 SET enable_mergejoin = off; SET enable_seqscan = off;",
                millis(config.write_timeout),
                millis(config.lock_timeout)
            ),
            answer: config.write_timeout,
        })
    }
}

/// What the store has done since the start, for metrics.
#[derive(Debug, Default)]
pub struct WriterStats {
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Messages appended, repeats not counted.
    pub appends: AtomicU64,
    /// Other writes.
    pub writes: AtomicU64,
    /// Transactions that failed as a whole.
    pub failures: AtomicU64,
    /// Reading connections asked for.
    pub reads: AtomicU64,
}

pub(crate) struct Inner {
    engine: Engine,
    readers: Pool,
    replica: Option<Replica>,
    lanes: Vec<mpsc::Sender<Job>>,
    pub(crate) healthy: AtomicBool,
    pub(crate) stats: WriterStats,
    tracker: TaskTracker,
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("engine", &self.0.engine).finish_non_exhaustive()
    }
}

/// The standby that pages are read from.
struct Replica {
    pool: AnyPool,
    /// Until when it is left alone after a failure.
    resting: Mutex<Option<Instant>>,
    stats: ReplicaStats,
}

/// Reads of pages by where they went, for metrics.
#[derive(Debug, Default)]
pub struct ReplicaStats {
    /// Read from the replica.
    pub used: AtomicU64,
    /// Read from the primary, as the replica had not come far enough.
    pub behind: AtomicU64,
    /// Read from the primary, as the replica could not be reached.
    pub failed: AtomicU64,
}

/// Longest wait for a connection to the replica before the primary is asked.
const REPLICA_WAIT: Duration = Duration::from_millis(500);
/// How long a replica that failed is left alone.
const REPLICA_REST: Duration = Duration::from_secs(2);

/// Something statements can be run on.
pub trait Db: Send {
    /// The connection.
    fn conn(&mut self) -> &mut AnyConnection;
    /// Which engine it leads to.
    fn engine(&self) -> Engine;
    /// The statement as the engine wants it.
    fn sql(&self, text: &'static str) -> &'static str {
        self.engine().sql(text)
    }
}

/// Where reading connections are kept.
enum Pool {
    Sqlite(Readers),
    Postgres(AnyPool),
}

enum Lent {
    Sqlite(Reader),
    Postgres(PoolConnection<Any>),
}

/// A connection for reading; goes back to the pool when dropped.
pub struct Read {
    conn: Lent,
    engine: Engine,
    from_replica: bool,
}

impl Read {
    /// Whether it leads to the replica, which may refuse what the primary would not.
    pub fn from_replica(&self) -> bool {
        self.from_replica
    }
}

impl Db for Read {
    fn conn(&mut self) -> &mut AnyConnection {
        match &mut self.conn {
            Lent::Sqlite(reader) => reader.conn(),
            Lent::Postgres(conn) => conn,
        }
    }
    fn engine(&self) -> Engine {
        self.engine
    }
}

impl Store {
    /// Opens the database, creates or migrates its schema and starts the writer.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached or written,
    /// [`StoreError::Migration`] when its schema is not one this program can bring up to date.
    pub async fn open(config: &StoreConfig) -> Result<Self, StoreError> {
        drivers();
        let access = Access::new(config, &config.url)?;
        let engine = access.engine;
        let mut writers = Vec::new();
        let lanes = if engine == Engine::Sqlite { 1 } else { config.lanes.max(1) };
        for _ in 0..lanes {
            writers.push(connect(&access).await?);
        }
        migrate::run(&mut writers[0], engine, config.newer.as_ref(), None).await?;

        let readers = match engine {
            Engine::Sqlite => Pool::Sqlite(Readers::new(access.clone(), config.max_readers, config.acquire_timeout)),
            Engine::Postgres => Pool::Postgres(pool(config, &access, config.acquire_timeout, Role::Primary)?),
        };
        let replica = match &config.replica_url {
            Some(url) if engine == Engine::Postgres => {
                let pool = pool(config, &Access::new(config, url)?, REPLICA_WAIT, Role::Replica)?;
                Some(Replica { pool, resting: Mutex::default(), stats: ReplicaStats::default() })
            }
            _ => None,
        };

        let mut senders = Vec::new();
        let mut queues = Vec::new();
        for _ in 0..lanes {
            let (sender, queue) = mpsc::channel(config.queue.max(1));
            senders.push(sender);
            queues.push(queue);
        }
        let store = Self(Arc::new(Inner {
            engine,
            readers,
            replica,
            lanes: senders,
            healthy: AtomicBool::new(true),
            stats: WriterStats::default(),
            tracker: TaskTracker::new(),
        }));
        for (conn, queue) in writers.into_iter().zip(queues) {
            // A lane holds no strong reference to the store: it ends when the last sender is gone.
            let lane = Lane::new(access.clone(), engine, conn, queue, Arc::downgrade(&store.0));
            store.0.tracker.spawn(lane.run());
        }
        store.0.tracker.close();
        Ok(store)
    }

    /// Which engine is behind it.
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// What the writer has done.
    pub fn stats(&self) -> &WriterStats {
        &self.0.stats
    }

    /// Whether the last write succeeded.
    pub fn is_healthy(&self) -> bool {
        self.0.healthy.load(Ordering::Relaxed)
    }

    /// Tries a small write.
    ///
    /// # Errors
    /// What keeps the database from taking it.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let done = self
            .write(ChatKey::NONE, |tx| {
                Box::pin(async move {
                    let n = tx.next_number("probe").await?;
                    // A page of text, so that a full disk is noticed here and not by the next message.
                    tx.set_meta("probe", &format!("{n}{}", " ".repeat(4_096))).await
                })
            })
            .await;
        if matches!(done, Err(StoreError::Unavailable(_))) {
            // A statement can fail and its transaction still end well, which tells the writer nothing.
            self.0.healthy.store(false, Ordering::Relaxed);
        }
        done
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when none is to be had in time.
    pub async fn read(&self) -> Result<Read, StoreError> {
        self.0.stats.reads.fetch_add(1, Ordering::Relaxed);
        let conn = match &self.0.readers {
            Pool::Sqlite(readers) => Lent::Sqlite(readers.acquire().await?),
            Pool::Postgres(pool) => Lent::Postgres(pool.acquire().await?),
        };
        Ok(Read { conn, engine: self.0.engine, from_replica: false })
    }

    /// A connection for reading what stands in a chat: to the replica when there is one that has come as far in this
    /// chat as the primary is at this moment, and to the primary otherwise. So nobody is shown less than what anybody
    /// has been told, or has written, before asking.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the primary cannot be asked.
    pub async fn read_chat(&self, chat: ChatKey) -> Result<Read, StoreError> {
        let mut primary = self.read().await?;
        let Some(replica) = &self.0.replica else { return Ok(primary) };
        if replica.resting.lock().is_some_and(|until| Instant::now() < until) {
            replica.stats.failed.fetch_add(1, Ordering::Relaxed);
            return Ok(primary);
        }
        let Some(wanted) = last_rev(&mut primary, chat).await? else { return Ok(primary) };
        let there = async {
            let conn = Lent::Postgres(replica.pool.acquire().await?);
            let mut read = Read { conn, engine: self.0.engine, from_replica: true };
            let rev = last_rev(&mut read, chat).await?;
            Ok::<_, StoreError>((read, rev))
        };
        let there = tokio::time::timeout(REPLICA_WAIT, there).await;
        match there {
            Ok(Ok((read, Some(rev)))) if rev >= wanted => {
                replica.stats.used.fetch_add(1, Ordering::Relaxed);
                Ok(read)
            }
            Ok(Ok(_)) => {
                replica.stats.behind.fetch_add(1, Ordering::Relaxed);
                Ok(primary)
            }
            failed => {
                let reason = match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => "it does not answer in time".to_owned(),
                };
                tracing::warn!(reason, "the replica cannot be used; the primary is asked instead");
                *replica.resting.lock() = Some(Instant::now() + REPLICA_REST);
                replica.stats.failed.fetch_add(1, Ordering::Relaxed);
                Ok(primary)
            }
        }
    }

    /// Where pages were read; nothing when there is no replica.
    pub fn replica_stats(&self) -> Option<&ReplicaStats> {
        self.0.replica.as_ref().map(|replica| &replica.stats)
    }

    /// Runs a write in a transaction of the chat's lane and answers after COMMIT.
    ///
    /// On SQLite the waiting writes share one COMMIT, each behind a savepoint of its own,
    /// so an `Err` undoes this write alone. Writes of one chat happen in the order of the calls.
    ///
    /// # Errors
    /// What the closure answers, or [`StoreError::Unavailable`] when it could not be committed.
    pub async fn write<T, E, F>(&self, chat: ChatKey, write: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (job, answer) = run_job(write);
        self.lane(chat).try_send(job).map_err(|error| E::from(refused(error)))?;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(E::from(StoreError::Unavailable("the write was given up".to_owned()))),
        }
    }

    /// Hands a message to the chat's lane; the returned future resolves after COMMIT.
    /// Messages of one chat are appended in the order of the calls. `committed` is called after
    /// COMMIT and after the future has resolved, in commit order, and not for repeats.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when too many writes wait, [`StoreError::Internal`] when the text holds U+0000.
    pub fn append(
        &self,
        append: Append,
        committed: impl FnOnce(Append, crate::Appended) + Send + Sync + 'static,
    ) -> Result<PendingAppend, StoreError> {
        // PostgreSQL has no such texts: it would refuse the whole batch, other people's messages included.
        if append.content.contains('\0') {
            return Err(StoreError::Internal("a message's text holds U+0000".to_owned()));
        }
        let (job, pending) = Job::append(append, Box::new(committed));
        self.lane(job.chat()).try_send(job).map_err(refused)?;
        Ok(pending)
    }

    fn lane(&self, chat: ChatKey) -> &mpsc::Sender<Job> {
        let lane = chat.0.unsigned_abs() % self.0.lanes.len() as u64;
        &self.0.lanes[lane as usize]
    }

    /// Waits until the lanes have committed what they hold, and closes every connection.
    /// The store answers "unavailable" from then on once the other clones are dropped.
    pub async fn close(self) {
        let Self(inner) = self;
        let tracker = inner.tracker.clone();
        for lane in &inner.lanes {
            // The lane drains what was queued before this and ends.
            let _ = lane.send(Job::Close).await;
        }
        tracker.wait().await;
        match &inner.readers {
            Pool::Sqlite(readers) => readers.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
        if let Some(replica) = &inner.replica {
            replica.pool.close().await;
        }
    }
}

async fn last_rev(db: &mut Read, chat: ChatKey) -> Result<Option<i64>, StoreError> {
    let text = "SELECT last_rev FROM chats WHERE id = $1";
    let row: Option<(i64,)> = sqlx::query_as(text).bind(chat.0).fetch_optional(db.conn()).await?;
    Ok(row.map(|(rev,)| rev))
}

/// Makes both engines known to sqlx.
pub(crate) fn drivers() {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(sqlx::any::install_default_drivers);
}

fn refused(error: TrySendError<Job>) -> StoreError {
    match error {
        TrySendError::Full(_) => StoreError::Unavailable("too many writes are waiting".to_owned()),
        TrySendError::Closed(_) => closing(),
    }
}

pub(crate) fn closing() -> StoreError {
    StoreError::Unavailable("the store is closing".to_owned())
}

/// The host to which a connection may go unencrypted or to whoever answers in its place: `None` for SQLite, a
/// socket, this machine, and an `sslmode` of `verify-ca` or `verify-full`.
pub fn unprotected_host(url: &str) -> Option<String> {
    if engine(url).ok()? != Engine::Postgres {
        return None;
    }
    let options: PgConnectOptions = url.parse().ok()?;
    let host = options.get_host();
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let verified = matches!(options.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull);
    (options.get_socket().is_none() && !here && !verified).then(|| host.to_owned())
}

fn engine(url: &str) -> Result<Engine, StoreError> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") => Ok(Engine::Sqlite),
        Some("postgres" | "postgresql") => Ok(Engine::Postgres),
        _ => Err(StoreError::Migration(
            "The database URL must begin with sqlite: or postgres:. Correct database_url.".to_owned(),
        )),
    }
}

/// The path of an SQLite URL, as sqlx wants it: escaped, and created when missing.
pub(crate) fn sqlite_url(url: &str) -> String {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = path.strip_prefix("//").unwrap_or(path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => escaped.push(char::from(byte)),
            // Already escaped by the one who wrote the URL.
            b'%' => escaped.push('%'),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    let query = if query.is_empty() { "mode=rwc" } else { query };
    format!("sqlite://{escaped}?{query}")
}

/// Opens a writing connection.
pub(crate) async fn connect(access: &Access) -> Result<AnyConnection, StoreError> {
    open_writer(access).await.map_err(|error| match StoreError::from(error) {
        // Whatever keeps a connection from opening lies outside this program.
        StoreError::Internal(reason) => StoreError::Unavailable(reason),
        error => error,
    })
}

async fn open_writer(access: &Access) -> sqlx::Result<AnyConnection> {
    let mut conn = AnyConnection::connect(&access.url).await?;
    if access.engine == Engine::Postgres && is_standby(&mut conn).await? {
        return Err(sqlx::Error::Io(std::io::Error::other("the database is a standby, and takes no writes")));
    }
    conn.execute(sqlx::raw_sql(AssertSqlSafe(access.writer.clone()))).await?;
    Ok(conn)
}

async fn is_standby(conn: &mut AnyConnection) -> sqlx::Result<bool> {
    sqlx::query_as("SELECT pg_is_in_recovery()").fetch_one(conn).await.map(|(standby,)| standby)
}

/// Whether an idle reading connection is still one; a network that has gone silent says nothing of it.
async fn still_answers(conn: &mut AnyConnection) -> sqlx::Result<bool> {
    tokio::time::timeout(PING, conn.ping()).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
    Ok(true)
}

/// Opens a reading connection.
pub(crate) async fn connect_reader(access: &Access) -> Result<AnyConnection, StoreError> {
    let mut conn = AnyConnection::connect(&access.url).await.map_err(StoreError::from)?;
    conn.execute(sqlx::raw_sql(AssertSqlSafe(access.reader.clone()))).await?;
    Ok(conn)
}

/// What a pool leads to.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Primary,
    Replica,
}

/// Connections for reading, opened when they are needed.
fn pool(config: &StoreConfig, access: &Access, patience: Duration, role: Role) -> Result<AnyPool, StoreError> {
    let settings = access.reader.clone();
    let pool = AnyPoolOptions::new()
        .max_connections(config.max_readers.max(1))
        .min_connections(0)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .before_acquire(move |conn, _| Box::pin(async move { still_answers(conn).await }))
        .after_connect(move |conn, _| {
            let settings = settings.clone();
            Box::pin(async move {
                conn.execute(sqlx::raw_sql(AssertSqlSafe(settings))).await?;
                // A primary that was taken over from may come back under its old address as a standby,
                // and would show what was long ago.
                if role == Role::Primary && is_standby(conn).await? {
                    return Err(sqlx::Error::Io(std::io::Error::other("the database is a standby")));
                }
                Ok(())
            })
        })
        .connect_lazy(&access.url)?;
    Ok(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_urls_are_escaped() {
        assert_eq!(sqlite_url("sqlite:/tmp/my data/ж.db"), "sqlite:///tmp/my%20data/%D0%B6.db?mode=rwc");
        assert_eq!(sqlite_url("sqlite://data/x.db?mode=ro"), "sqlite://data/x.db?mode=ro");
    }

    #[test]
    fn who_is_on_the_way_to_the_database() {
        for (url, host) in [
            ("sqlite:/tmp/x.db", None),
            ("postgres://me@127.0.0.1/x", None),
            ("postgres://me@localhost/x", None),
            ("postgres://me@%2Fvar%2Frun/x", None),
            ("postgres://me@db/x", Some("db")),
            ("postgres://me@db/x?sslmode=require", Some("db")),
            ("postgres://me@db/x?sslmode=verify-full", None),
        ] {
            assert_eq!(unprotected_host(url).as_deref(), host, "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused() {
        assert!(matches!(engine("mysql://x"), Err(StoreError::Migration(_))));
        assert!(matches!(engine("nonsense"), Err(StoreError::Migration(_))));
    }
}
