//! Migrations: forward only, all pending ones in one transaction, checksummed.
//! Starting twice at once, or being killed in the middle, is safe.

use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Connection as _, Executor as _, Row as _};

use crate::{Engine, StoreError};

/// Every migration, in order: its number and text. Never edit one that was released; add another.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_init.sql")),
    (2, include_str!("../migrations/0002_preferences.sql")),
    (3, include_str!("../migrations/0003_delivery.sql")),
];

/// A number of our own for PostgreSQL's advisory locks.
const LOCK: i64 = 0x5645_5354_4e49_4b01;

/// Brings the database to this version's schema.
///
/// # Errors
/// [`StoreError::Migration`] when the database was made by a newer version or a migration was edited.
pub(crate) async fn run(conn: &mut AnyConnection, engine: Engine) -> Result<(), StoreError> {
    // SQLite's immediate transaction and PostgreSQL's lock both make a second starter wait here.
    let begin = match engine {
        Engine::Sqlite => "BEGIN IMMEDIATE",
        Engine::Postgres => "BEGIN",
    };
    conn.execute(sqlx::raw_sql(begin)).await?;
    match migrate(conn, engine).await {
        Ok(()) => Ok(conn.execute(sqlx::raw_sql("COMMIT")).await.map(|_| ())?),
        Err(error) => {
            // The first error is the one to report; a failing rollback adds nothing.
            let _ = conn.execute(sqlx::raw_sql("ROLLBACK")).await;
            Err(error)
        }
    }
}

async fn migrate(conn: &mut AnyConnection, engine: Engine) -> Result<(), StoreError> {
    if engine == Engine::Postgres {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *conn).await?;
    }
    conn.execute(sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS migrations (version BIGINT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);",
    ))
    .await?;
    let rows = sqlx::query("SELECT version, checksum FROM migrations ORDER BY version").fetch_all(&mut *conn).await?;
    let newest = MIGRATIONS.last().map_or(0, |(version, _)| *version);
    for row in &rows {
        let (version, checksum): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
        match MIGRATIONS.iter().find(|(known, _)| *known == version) {
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
    for (version, text) in &MIGRATIONS[rows.len()..] {
        tracing::info!(version, "migrating the database");
        let sql: &'static str = Box::leak(engine.expand(text).into_boxed_str());
        conn.execute(sqlx::raw_sql(sql)).await?;
        sqlx::query("INSERT INTO migrations (version, checksum) VALUES ($1, $2)")
            .bind(*version)
            .bind(checksum(text))
            .execute(&mut *conn)
            .await?;
    }
    conn.ping().await?;
    Ok(())
}

fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
