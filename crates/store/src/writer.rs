//! The group-commit writer.
//!
//! A lane is a task with a connection of its own. It takes all that waits (bounded), does it in one
//! transaction, COMMITs, and only then answers and tells. There is no timer: a lone write waits for
//! one sync, a thousand writes share one.
//!
//! On SQLite every write of a batch shares the transaction, each behind a savepoint.
//! On PostgreSQL the messages of a batch share one, and every other write has its own: it may lock
//! rows outside its chat, which two lanes must not hold across each other's work. Whoever locks rows
//! takes them in one order, so that lanes and nodes cannot wait for each other in a circle: chats by
//! number, then `sends` by key, then members, then users by number.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use tokio::sync::{mpsc, oneshot};

use crate::append::{self, AppendJob, Committed};
use crate::store::{Access, Db, Inner, connect};
use crate::{Append, ChatKey, Engine, PendingAppend, StoreError};

/// Most jobs in one transaction: bounds the latency of the first of them and the memory held.
const BATCH: usize = 1_024;

/// Longest wait for a new connection.
const RECONNECT: Duration = Duration::from_secs(5);

/// How often a batch of messages is tried when another node or lane has used one of its `client_id`s
/// in the same moment. The second time it is seen as known; more is for a third party in between.
const TRIES: u32 = 3;

/// Something for a lane to do.
pub(crate) enum Job {
    /// Append a message.
    Append(AppendJob),
    /// Do any other write.
    Run(RunJob),
    /// End after what was queued before.
    Close,
}

impl Job {
    pub(crate) fn append(append: Append, committed: Committed) -> (Self, PendingAppend) {
        let (job, pending) = AppendJob::new(append, committed);
        (Self::Append(job), pending)
    }

    pub(crate) fn chat(&self) -> ChatKey {
        match self {
            Self::Append(job) => job.append.chat,
            Self::Run(_) | Self::Close => ChatKey::NONE,
        }
    }
}

/// What remains to be done for a write once its transaction has ended, whichever way.
type Finish = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(crate) struct Outcome {
    /// Whether the write is to be kept.
    keep: bool,
    finish: Finish,
}

/// Does the write in a transaction, or takes note of why there is none.
pub(crate) type RunJob = Box<dyn for<'t> FnOnce(Result<&'t mut Tx, StoreError>) -> BoxFuture<'t, Outcome> + Send>;

/// Packs a write and its answer so that lanes need not know its types.
pub(crate) fn run_job<T, E, F>(write: F) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let job: RunJob = Box::new(move |tx| {
        Box::pin(async move {
            let result = match tx {
                // Called inside the future, so that a panic before the first await is caught as well.
                Ok(tx) => AssertUnwindSafe(async move { write(tx).await })
                    .catch_unwind()
                    .await
                    .unwrap_or_else(|_| Err(E::from(StoreError::Internal("a write panicked".to_owned())))),
                Err(error) => Err(E::from(error)),
            };
            Outcome {
                keep: result.is_ok(),
                finish: Box::new(move |committed| {
                    // The one who asked may have gone; the write stands all the same.
                    let _ = sender.send(match (result, committed) {
                        (Err(error), _) => Err(error),
                        (Ok(_), Err(error)) => Err(E::from(error)),
                        (Ok(value), Ok(())) => Ok(value),
                    });
                }),
            }
        })
    });
    (Job::Run(job), receiver)
}

/// A transaction of a lane.
pub struct Tx {
    conn: AnyConnection,
    engine: Engine,
    hooks: Vec<Box<dyn FnOnce() + Send>>,
}

impl Tx {
    /// Does something once this write is committed, and not at all if it is undone.
    /// Hooks run in the order of the commits, before the writes are answered.
    pub fn after_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.push(Box::new(hook));
    }
}

impl Db for Tx {
    fn conn(&mut self) -> &mut AnyConnection {
        &mut self.conn
    }
    fn engine(&self) -> Engine {
        self.engine
    }
}

/// One lane of the writer.
pub(crate) struct Lane {
    access: Access,
    tx: Tx,
    queue: mpsc::Receiver<Job>,
    store: Weak<Inner>,
    broken: bool,
}

impl Lane {
    pub(crate) fn new(
        access: Access,
        engine: Engine,
        conn: AnyConnection,
        queue: mpsc::Receiver<Job>,
        store: Weak<Inner>,
    ) -> Self {
        Self { access, tx: Tx { conn, engine, hooks: Vec::new() }, queue, store, broken: false }
    }

    /// Works until the store is dropped or told to close.
    pub(crate) async fn run(mut self) {
        let mut jobs = Vec::with_capacity(BATCH);
        let mut open = true;
        while open && self.queue.recv_many(&mut jobs, BATCH).await > 0 {
            let mut appends = Vec::with_capacity(jobs.len());
            let mut runs = Vec::new();
            for job in jobs.drain(..) {
                match job {
                    Job::Append(job) => appends.push(job),
                    Job::Run(job) => runs.push(job),
                    Job::Close => open = false,
                }
            }
            if !open {
                self.queue.close();
            }
            match self.tx.engine {
                Engine::Sqlite => self.together(appends, runs).await,
                Engine::Postgres => {
                    if !appends.is_empty() {
                        self.together(appends, Vec::new()).await;
                    }
                    for run in runs {
                        self.together(Vec::new(), vec![run]).await;
                    }
                }
            }
        }
        // Whatever was queued after the end of the loop is answered by its dropped sender.
        // Nothing is lost if the connection cannot say goodbye: all that was answered is committed.
        let _ = tokio::time::timeout(RECONNECT, self.tx.conn.close()).await;
    }

    /// Does appends and other writes in one transaction.
    async fn together(&mut self, mut appends: Vec<AppendJob>, runs: Vec<RunJob>) {
        let (messages, writes) = (appends.len(), runs.len());
        let mut finishes = Vec::with_capacity(runs.len());
        let done = if self.broken
            && let Err(error) = self.reconnect().await
        {
            fail(runs, &error, &mut finishes).await;
            Err(error)
        } else {
            self.transaction_or_again(&mut appends, runs, &mut finishes).await
        };
        let hooks = std::mem::take(&mut self.tx.hooks);
        let store = self.store.upgrade();
        if let Some(store) = &store {
            store.healthy.store(!matches!(done, Err(StoreError::Unavailable(_))), Ordering::Relaxed);
            let stats = &store.stats;
            let counter = if done.is_ok() { &stats.commits } else { &stats.failures };
            counter.fetch_add(1, Ordering::Relaxed);
            if done.is_ok() {
                stats.appends.fetch_add(append::count_new(&appends), Ordering::Relaxed);
                stats.writes.fetch_add(writes as u64, Ordering::Relaxed);
            }
        }
        if let Err(error) = &done {
            tracing::error!(%error, messages, writes, "a transaction failed; nothing of it was kept");
            self.broken = true;
        }
        // Senders learn of their own messages first, then everybody, then the other writers:
        // who is told of a change of rights must find it everywhere.
        let committed = append::answer(appends, done.as_ref().err());
        if done.is_ok() {
            for tell in committed {
                call(tell);
            }
            for hook in hooks {
                call(hook);
            }
        }
        for finish in finishes {
            finish(done.clone());
        }
    }

    /// Runs the transaction; a batch of messages again when it lost a race for a `client_id`.
    async fn transaction_or_again(
        &mut self,
        appends: &mut [AppendJob],
        runs: Vec<RunJob>,
        finishes: &mut Vec<Finish>,
    ) -> Result<(), StoreError> {
        let only_messages = runs.is_empty();
        let mut done = self.transaction(appends, runs, finishes).await;
        for _ in 1..TRIES {
            if !only_messages || !matches!(done, Err(StoreError::Exists)) {
                break;
            }
            done = self.transaction(appends, Vec::new(), finishes).await;
        }
        match done {
            // Would be read as "it is there already" by those who are answered.
            Err(StoreError::Exists) => Err(StoreError::Unavailable("another writer was in the way".to_owned())),
            done => done,
        }
    }

    async fn transaction(
        &mut self,
        appends: &mut [AppendJob],
        runs: Vec<RunJob>,
        finishes: &mut Vec<Finish>,
    ) -> Result<(), StoreError> {
        let begin = match self.tx.engine {
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        let mut result = self.word(begin).await;
        if result.is_ok() && !appends.is_empty() {
            result = in_time(self.access.answer, append::run(&mut self.tx, appends)).await;
        }
        let shared = self.tx.engine == Engine::Sqlite;
        let mut undo_all = false;
        for run in runs {
            if shared && result.is_ok() {
                result = self.word("SAVEPOINT write").await;
            }
            if let Err(error) = &result {
                // Its answer is the failure of the whole.
                fail(vec![run], error, finishes).await;
                continue;
            }
            let hooks = self.tx.hooks.len();
            let outcome = match in_time(self.access.answer, async { Ok(run(Ok(&mut self.tx)).await) }).await {
                Ok(outcome) => outcome,
                // Its asker is answered by the dropped sender.
                Err(error) => {
                    self.tx.hooks.truncate(hooks);
                    result = Err(error);
                    continue;
                }
            };
            finishes.push(outcome.finish);
            if !outcome.keep {
                self.tx.hooks.truncate(hooks);
                undo_all = !shared;
                if shared {
                    result = self.word("ROLLBACK TO write").await;
                }
            }
            if shared && result.is_ok() {
                result = self.word("RELEASE write").await;
            }
        }
        if undo_all && result.is_ok() {
            return self.word("ROLLBACK").await;
        }
        if result.is_ok() {
            result = match self.tx.engine {
                Engine::Sqlite => self.word("COMMIT").await,
                // COMMIT of a transaction in which a statement failed is a ROLLBACK, and no error. When a
                // write has kept such a failure to itself, the SELECT fails here, in the same round trip.
                Engine::Postgres => self.word("SELECT 1; COMMIT").await,
            };
        }
        // PostgreSQL's connection is made anew in any case, and one that does not answer is not asked once more.
        // SQLite may have rolled back by itself.
        let gone = self.tx.engine == Engine::Postgres && matches!(result, Err(StoreError::Unavailable(_)));
        if result.is_err() && !gone {
            let _ = self.word("ROLLBACK").await;
        }
        result
    }

    /// Begins, ends or divides the transaction.
    async fn word(&mut self, word: &'static str) -> Result<(), StoreError> {
        let engine = self.tx.engine;
        let said = async { Ok(self.tx.conn.execute(sqlx::raw_sql(word)).await.map(|_| ())?) };
        in_time(self.access.answer, said).await.map_err(|error| match (error, engine) {
            // On a full or failing disk SQLite ends the transaction by itself, and then there is no savepoint.
            (StoreError::Internal(reason), Engine::Sqlite) => StoreError::Unavailable(reason),
            (error, _) => error,
        })
    }

    /// Opens the connection again after a failure. A failed transaction may have left it in any state.
    async fn reconnect(&mut self) -> Result<(), StoreError> {
        self.tx.conn = tokio::time::timeout(RECONNECT, connect(&self.access))
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("no connection to the database in time".to_owned())))?;
        self.broken = false;
        Ok(())
    }
}

/// Waits no longer than this. What is given up may have been committed all the same; whoever repeats it by its
/// `client_id` is told so.
async fn in_time<T>(longest: Duration, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    if longest == Duration::MAX {
        return work.await;
    }
    tokio::time::timeout(longest, work)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable("no answer of the database in time".to_owned())))
}

/// Leaves writes undone, and their finishes with the reason.
async fn fail(runs: Vec<RunJob>, error: &StoreError, finishes: &mut Vec<Finish>) {
    for run in runs {
        finishes.push(run(Err(error.clone())).await.finish);
    }
}

/// Calls somebody else's function: a panic in it must not end the lane.
fn call(told: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(told)).is_err() {
        tracing::error!("what was to be told after a commit panicked");
    }
}
