//! The client's own file: the cache of what the server told, and the outbox of what it was not
//! told yet. One SQLite file, so that both survive the program.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::ClientError;

/// The schema; every statement may be run again. The cache may be dropped and fetched anew, so
/// a change of its tables needs another `VERSION` and nothing more. The outbox may not.
const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS account (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, json TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS chats (chat_id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS members (chat_id TEXT NOT NULL, user_id INTEGER NOT NULL, json TEXT NOT NULL, \
     PRIMARY KEY (chat_id, user_id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS messages (chat_id TEXT NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL, \
     PRIMARY KEY (chat_id, seq)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS drafts (chat_id TEXT PRIMARY KEY, content TEXT NOT NULL, reply_to TEXT, \
     updated INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL UNIQUE, \
     chat_id TEXT NOT NULL, command TEXT NOT NULL, created INTEGER NOT NULL, error TEXT)",
    "CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (chat_id, id) WHERE error IS NULL",
];

/// The cache and the outbox.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) pool: SqlitePool,
}

impl Store {
    /// Opens the file, or makes it, readable by its owner alone. Its directory must exist.
    ///
    /// # Errors
    /// When the file cannot be made or is not such a store.
    pub async fn open(path: &Path) -> Result<Self, ClientError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // SQLite gives its journal files the mode of this one.
            std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was enqueued must survive a power cut, so every commit is synced.
            .synchronous(SqliteSynchronous::Full)
            // Two programs of one account may share the file.
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        for statement in SCHEMA {
            sqlx::query(*statement).execute(&pool).await?;
        }
        Ok(Self { pool })
    }

    /// Waits until everything is written and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
