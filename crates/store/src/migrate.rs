//! Migrations: forward only, all pending ones in one transaction, checksummed.
//! Starting twice at once, or being killed in the middle, is safe.

use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _};

use crate::{Engine, StoreError, moving};

/// Every migration, in order: its number and text. Never edit one that was released; add another.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_init.sql")),
    (2, include_str!("../migrations/0002_preferences.sql")),
    (3, include_str!("../migrations/0003_delivery.sql")),
];

/// The oldest schema whose programs may work on a database of this program's schema, while nodes are replaced one by
/// one or when the program is taken back. A migration that only widens leaves it; one that takes away or changes what
/// an older program uses raises it. The contract is in `migrations/NOTES.md`.
const OLDEST: i64 = 3;

/// Where [`OLDEST`] of the newest program that was here stands.
const OLDEST_NAME: &str = "schema_oldest";

/// What a newer program will have, for tests of how the two live together.
#[derive(Clone, Debug)]
pub struct Newer {
    /// Its migrations after this program's.
    pub migrations: &'static [(i64, &'static str)],
    /// The oldest schema whose programs may work beside it.
    pub oldest: i64,
}

/// Longest that a migration waits for a lock others hold, while those others' writes wait behind it.
const LOCK_PATIENCE: &str = "SET LOCAL lock_timeout = '3s'";
/// How often it is tried.
const LOCK_TRIES: u32 = 20;
/// Between two tries.
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// A number of our own for PostgreSQL's advisory locks.
const LOCK: i64 = 0x5645_5354_4e49_4b01;

/// The version of this program's schema.
pub(crate) fn newest() -> i64 {
    MIGRATIONS.last().map_or(0, |(version, _)| *version)
}

/// Brings the database to this version's schema; leaves one of a newer version alone that allows it. With `mark`, leaves
/// it to a move, in the same transaction.
///
/// # Errors
/// [`StoreError::Migration`] when the database was made by a newer version that does not allow this one, or a
/// migration was edited; [`StoreError::Moved`] or [`StoreError::HalfMoved`] when it must not be in service.
pub(crate) async fn run(
    conn: &mut AnyConnection,
    engine: Engine,
    newer: Option<&Newer>,
    mark: Option<(&'static str, &str)>,
) -> Result<(), StoreError> {
    // SQLite's immediate transaction and PostgreSQL's lock both make a second starter wait here.
    let begin = match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN",
    };
    let mut tries = 1;
    loop {
        conn.execute(sqlx::raw_sql(begin)).await?;
        let error = match migrate(conn, engine, newer, mark).await {
            Ok(()) => return Ok(conn.execute(sqlx::raw_sql("COMMIT")).await.map(|_| ())?),
            Err(error) => error,
        };
        // The first error is the one to report; a failing rollback adds nothing.
        let undone = conn.execute(sqlx::raw_sql("ROLLBACK")).await.is_ok();
        // In the way of a node at work, as one of the two must be: it steps back, and that node goes on.
        let again = undone && matches!(error, StoreError::Unavailable(_)) && tries < LOCK_TRIES;
        if !again || engine == Engine::Sqlite {
            return Err(error);
        }
        tracing::info!(%error, tries, "the database is busy; the migration is tried again");
        tries += 1;
        tokio::time::sleep(LOCK_PAUSE).await;
    }
}

async fn migrate(
    conn: &mut AnyConnection,
    engine: Engine,
    newer: Option<&Newer>,
    mark: Option<(&'static str, &str)>,
) -> Result<(), StoreError> {
    if engine == Engine::Postgres {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *conn).await?;
        conn.execute(sqlx::raw_sql(LOCK_PATIENCE)).await?;
    }
    conn.execute(sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS migrations (version BIGINT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);",
    ))
    .await?;
    conn.execute(sqlx::raw_sql(moving::CREATE_MARKS)).await?;
    match mark {
        Some((name, value)) => {
            let text = "INSERT INTO moving (name, value) VALUES ($1, $2)";
            sqlx::query(text).bind(name).bind(value).execute(&mut *conn).await?;
        }
        None => moving::check(conn, engine).await?,
    }
    let rows = sqlx::query("SELECT version, checksum FROM migrations ORDER BY version").fetch_all(&mut *conn).await?;
    let all: Vec<(i64, &'static str)> =
        MIGRATIONS.iter().chain(newer.map_or(&[][..], |newer| newer.migrations)).copied().collect();
    let newest = all.last().map_or(0, |(version, _)| *version);
    let oldest = match find_word(conn, OLDEST_NAME).await? {
        Some(oldest) => oldest.parse().unwrap_or(i64::MAX),
        None => 0,
    };
    for row in &rows {
        let (version, checksum): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        match all.iter().find(|(known, _)| *known == version) {
            // A newer one has only widened what this one uses.
            None if (1..=newest).contains(&oldest) => {
                tracing::warn!(version, newest, "the database is of a newer version; bring this node up to it");
            }
            None => {
                return Err(StoreError::Migration(format!(
                    "The database has schema version {version}, but this program knows only up to {newest}. \
                     Start a newer version of Vestnik on it."
                )));
            }
            Some((_, text)) if self::checksum(text) != checksum => {
                return Err(StoreError::Migration(format!(
                    "Migration {version} of this database is not the one this program knows. \
                     Restore a backup, or start the version that made it."
                )));
            }
            Some(_) => {}
        }
    }
    let done: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    for (version, text) in all.iter().filter(|(version, _)| !done.contains(version)) {
        tracing::info!(version, "migrating the database");
        let sql: &'static str = Box::leak(engine.expand(text).into_boxed_str());
        conn.execute(sqlx::raw_sql(sql)).await?;
        sqlx::query("INSERT INTO migrations (version, checksum) VALUES ($1, $2)")
            .bind(*version)
            .bind(checksum(text))
            .execute(&mut *conn)
            .await?;
    }
    let mine = newer.map_or(OLDEST, |newer| newer.oldest);
    if mine > oldest {
        sqlx::query(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(OLDEST_NAME)
        .bind(mine.to_string())
        .execute(&mut *conn)
        .await?;
    }
    conn.ping().await?;
    Ok(())
}

async fn find_word(conn: &mut AnyConnection, name: &str) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT value FROM meta WHERE name = $1").bind(name).fetch_optional(conn).await?;
    Ok(row.map(|(value,)| value))
}

fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
