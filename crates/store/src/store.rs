//! Opening the database, reading from it, and the way to the writer.

use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection as _, Executor as _};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
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
    /// For tests: this program is a newer one than it is.
    pub newer: Option<Newer>,
}

impl StoreConfig {
    /// The usual settings for a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_readers: 4, lanes: 4, queue: 8_192, newer: None }
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
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);

        let engine = engine(&config.url)?;
        let url = match engine {
            Engine::Sqlite => sqlite_url(&config.url),
            Engine::Postgres => config.url.clone(),
        };
        let mut writers = Vec::new();
        let lanes = if engine == Engine::Sqlite { 1 } else { config.lanes.max(1) };
        for _ in 0..lanes {
            writers.push(connect(&url, engine).await?);
        }
        migrate::run(&mut writers[0], engine, config.newer.as_ref()).await?;

        let readers = match engine {
            Engine::Sqlite => Pool::Sqlite(Readers::new(url.clone(), config.max_readers)),
            Engine::Postgres => Pool::Postgres(
                AnyPoolOptions::new()
                    .max_connections(config.max_readers.max(1))
                    .min_connections(0)
                    .acquire_timeout(Duration::from_secs(10))
                    .test_before_acquire(false)
                    .before_acquire(move |conn, _| Box::pin(async move { still_answers(conn).await }))
                    .after_connect(move |conn, _| Box::pin(async move { prepare_reader(conn, engine).await }))
                    .connect_lazy(&url)?,
            ),
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
            lanes: senders,
            healthy: AtomicBool::new(true),
            stats: WriterStats::default(),
            tracker: TaskTracker::new(),
        }));
        for (conn, queue) in writers.into_iter().zip(queues) {
            // A lane holds no strong reference to the store: it ends when the last sender is gone.
            let lane = Lane::new(url.clone(), engine, conn, queue, Arc::downgrade(&store.0));
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
    /// [`StoreError::Unavailable`] when none is to be had within ten seconds.
    pub async fn read(&self) -> Result<Read, StoreError> {
        self.0.stats.reads.fetch_add(1, Ordering::Relaxed);
        let conn = match &self.0.readers {
            Pool::Sqlite(readers) => Lent::Sqlite(readers.acquire().await?),
            Pool::Postgres(pool) => Lent::Postgres(pool.acquire().await?),
        };
        Ok(Read { conn, engine: self.0.engine })
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
    }
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
fn sqlite_url(url: &str) -> String {
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
pub(crate) async fn connect(url: &str, engine: Engine) -> Result<AnyConnection, StoreError> {
    let mut conn = AnyConnection::connect(url).await.map_err(|error| match StoreError::from(error) {
        // Whatever keeps a connection from opening lies outside this program.
        StoreError::Internal(reason) => StoreError::Unavailable(reason),
        error => error,
    })?;
    match engine {
        // FULL: an acknowledged message survives power loss. Group commit pays for it once per batch.
        Engine::Sqlite => {
            conn.execute(sqlx::raw_sql(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;",
            ))
            .await?;
        }
        // A node that stops between two statements holds locks that others wait for, hence the short patience.
        // Against tables analysed while empty the planner joins a batch by scanning the whole
        // table; with these it uses the keys.
        Engine::Postgres => {
            conn.execute(sqlx::raw_sql(
                "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off;
                 SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '5s';",
            ))
            .await?;
        }
    }
    Ok(conn)
}

/// Whether an idle reading connection is still one; a network that has gone silent says nothing of it.
async fn still_answers(conn: &mut AnyConnection) -> sqlx::Result<bool> {
    tokio::time::timeout(PING, conn.ping()).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))?;
    Ok(true)
}

/// Opens a reading connection.
pub(crate) async fn connect_reader(url: &str, engine: Engine) -> Result<AnyConnection, StoreError> {
    let mut conn = AnyConnection::connect(url).await.map_err(StoreError::from)?;
    prepare_reader(&mut conn, engine).await?;
    Ok(conn)
}

async fn prepare_reader(conn: &mut AnyConnection, engine: Engine) -> sqlx::Result<()> {
    let settings = match engine {
        Engine::Sqlite => "PRAGMA busy_timeout = 5000; PRAGMA query_only = 1; PRAGMA cache_size = -8000;",
        Engine::Postgres => "SET statement_timeout = '30s'; SET default_transaction_read_only = on;",
    };
    conn.execute(sqlx::raw_sql(settings)).await?;
    Ok(())
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
    fn other_urls_are_refused() {
        assert!(matches!(engine("mysql://x"), Err(StoreError::Migration(_))));
        assert!(matches!(engine("nonsense"), Err(StoreError::Migration(_))));
    }
}
