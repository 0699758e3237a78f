//! The PostgreSQL side of a move.

use std::str::FromStr as _;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::{Instant, sleep};

use super::MoveError;
use super::marks::{self, TargetMark, TargetState};
use super::source::{Range, Source, Table, Value};
use crate::{Engine, StoreError, migrate};

/// A number of our own for PostgreSQL's advisory locks.
const LOCK: i64 = 0x5645_5354_4e49_4b02;
/// How long the lock of a run that was killed may be held on to by its session.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two tries to get it.
const AGAIN: Duration = Duration::from_millis(100);
/// Changes carried over with one set of statements, which bounds the memory.
const AT_ONCE: i64 = 50_000;

/// How far the copy of a table is.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TableProgress {
    /// The key of the last row copied.
    pub(super) after: Vec<Value>,
    pub(super) rows: u64,
    pub(super) done: bool,
}

/// The database to move to.
pub(super) struct Target {
    conn: PgConnection,
    url: String,
    name: String,
}

fn failed(error: sqlx::Error) -> MoveError {
    MoveError::Target(StoreError::from(error))
}

/// The database's address without the password.
fn name_of(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("postgres://{}@{}/{database}", options.get_username(), socket.display()),
        None => {
            format!("postgres://{}@{}:{}/{database}", options.get_username(), options.get_host(), options.get_port())
        }
    }
}

impl Target {
    pub(super) async fn open(url: &str) -> Result<Self, MoveError> {
        if !["postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(MoveError::Refused("A server can be moved to PostgreSQL only: --to postgres://…".to_owned()));
        }
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| MoveError::Refused("The address after --to is not one of PostgreSQL.".to_owned()))?
            .application_name("vestnik migrate");
        let name = name_of(&options);
        let conn = PgConnection::connect_with(&options).await.map_err(|error| {
            let why = error.as_database_error().map_or_else(|| error.to_string(), |inner| inner.message().to_owned());
            MoveError::Refused(format!("{name} cannot be opened: {why}"))
        })?;
        let mut target = Self { conn, url: url.to_owned(), name };
        target
            .run(
                "SET synchronous_commit = on; SET statement_timeout = 0; SET lock_timeout = '20s'; \
                 SET work_mem = '64MB'; SET maintenance_work_mem = '64MB'; SET client_min_messages = warning",
            )
            .await?;
        let (encoding, standby): (String, bool) =
            sqlx::query_as("SELECT current_setting('server_encoding'), pg_is_in_recovery()")
                .fetch_one(&mut target.conn)
                .await
                .map_err(failed)?;
        if encoding != "UTF8" || standby {
            return Err(MoveError::Refused(format!(
                "{}: {}",
                target.name,
                if standby { "that is a standby; name the primary." } else { "its encoding must be UTF8." }
            )));
        }
        let begun = Instant::now();
        loop {
            let (mine,): (bool,) = sqlx::query_as("SELECT pg_try_advisory_lock($1)")
                .bind(LOCK)
                .fetch_one(&mut target.conn)
                .await
                .map_err(failed)?;
            if mine {
                return Ok(target);
            }
            if begun.elapsed() > PATIENCE {
                return Err(MoveError::Refused(format!(
                    "Another vestnik migrate works on {}. Wait for it to end, or end it.",
                    target.name
                )));
            }
            // A session whose client was killed ends when it notices; nobody is told.
            sleep(AGAIN).await;
        }
    }

    /// The address, without the password.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    async fn run(&mut self, text: impl Into<String>) -> Result<(), MoveError> {
        sqlx::raw_sql(AssertSqlSafe(text.into())).execute(&mut self.conn).await.map(|_| ()).map_err(failed)
    }

    async fn value(&mut self, name: &str) -> Result<Option<String>, MoveError> {
        let row: Option<(String,)> = sqlx::query_as("SELECT value FROM moving WHERE name = $1")
            .bind(name)
            .fetch_optional(&mut self.conn)
            .await
            .map_err(failed)?;
        Ok(row.map(|(value,)| value))
    }

    async fn set_value(&mut self, name: &str, value: String) -> Result<(), MoveError> {
        let text = "INSERT INTO moving (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2";
        sqlx::query(text).bind(name).bind(value).execute(&mut self.conn).await.map_err(failed)?;
        Ok(())
    }

    pub(super) async fn mark(&mut self) -> Result<Option<TargetMark>, MoveError> {
        let (there,): (bool,) = sqlx::query_as("SELECT to_regclass('moving') IS NOT NULL")
            .fetch_one(&mut self.conn)
            .await
            .map_err(failed)?;
        if !there {
            return Ok(None);
        }
        let text = self.value(marks::TARGET).await?;
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| MoveError::Refused("The mark of a move in the new database cannot be read.".to_owned()))
    }

    pub(super) async fn must_be_empty(&mut self) -> Result<(), MoveError> {
        let (tables,): (i64,) = sqlx::query_as(
            "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')",
        )
        .fetch_one(&mut self.conn)
        .await
        .map_err(failed)?;
        if tables > 0 {
            return Err(MoveError::Refused(format!(
                "{} is not empty: it has {tables} tables. A server is moved into an empty database; make one with createdb.",
                self.name
            )));
        }
        Ok(())
    }

    /// Makes the schema and, in the same moment, says that this database must not be in service.
    pub(super) async fn begin(&mut self, mark: &TargetMark) -> Result<(), MoveError> {
        let text = serde_json::to_string(mark).expect("a mark is always JSON");
        crate::store::drivers();
        let mut conn = AnyConnection::connect(&self.url).await.map_err(failed)?;
        let mark = Some((marks::TARGET, text.as_str()));
        migrate::run(&mut conn, Engine::Postgres, None, mark).await.map_err(MoveError::Target)?;
        conn.close().await.map_err(failed)
    }

    pub(super) async fn set_state(&mut self, id: &str, state: TargetState) -> Result<(), MoveError> {
        let text = serde_json::to_string(&TargetMark { id: id.to_owned(), state }).expect("a mark is always JSON");
        self.set_value(marks::TARGET, text).await
    }

    pub(super) async fn progress(&mut self, table: &Table) -> Result<TableProgress, MoveError> {
        let text = self.value(&format!("table {}", table.name)).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Takes out what an earlier run has copied of a table.
    pub(super) async fn begin_again(&mut self, table: &Table) -> Result<(), MoveError> {
        self.run(format!("DELETE FROM {}", table.name)).await
    }

    /// Copies rows and says so, in one transaction.
    pub(super) async fn put(
        &mut self,
        table: &Table,
        lines: Vec<u8>,
        progress: &TableProgress,
    ) -> Result<(), MoveError> {
        // What is lost by a crash of the server is lost together with the note of it.
        self.run("BEGIN; SET LOCAL synchronous_commit = off").await?;
        self.copy_in(&table.name, &table.list("", &table.columns), lines).await?;
        let text = serde_json::to_string(progress).expect("progress is always JSON");
        self.set_value(&format!("table {}", table.name), text).await?;
        self.run("COMMIT").await
    }

    async fn copy_in(&mut self, table: &str, columns: &str, lines: Vec<u8>) -> Result<(), MoveError> {
        if lines.is_empty() {
            return Ok(());
        }
        let text = format!("COPY {table} ({columns}) FROM STDIN");
        let mut copy = self.conn.copy_in_raw(&text).await.map_err(failed)?;
        // Pieces of a size that the connection's buffer can hold.
        for piece in lines.chunks(1 << 20) {
            copy.send(piece).await.map_err(failed)?;
        }
        copy.finish().await.map_err(failed)?;
        Ok(())
    }

    /// Lets the planner know what is there now.
    pub(super) async fn analyse(&mut self) -> Result<(), MoveError> {
        self.run("ANALYZE").await
    }

    /// The last change that was carried over.
    pub(super) async fn applied(&mut self) -> Result<i64, MoveError> {
        Ok(self.value("applied").await?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Makes the rows that have changed what they are in the source's present state.
    pub(super) async fn apply(&mut self, source: &mut Source, range: Range) -> Result<(), MoveError> {
        // The planner knows nothing of keys that have just come, and would read whole tables.
        self.run("BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off").await?;
        for table in source.changed_tables(range).await? {
            // What is unique besides the key may have passed from one row to another: all of them at once.
            let at_once = if table.unique.is_empty() { AT_ONCE } else { i64::MAX };
            let mut after = range.after;
            while after < range.upto {
                let piece = Range { after, upto: after.saturating_add(at_once).min(range.upto) };
                self.apply_piece(source, &table, piece).await?;
                after = piece.upto;
            }
        }
        self.set_value("applied", range.upto.to_string()).await?;
        self.run("COMMIT").await
    }

    async fn apply_piece(&mut self, source: &mut Source, table: &Table, range: Range) -> Result<(), MoveError> {
        let mut rows = Vec::new();
        source
            .changed_rows(table, range, |line| {
                rows.extend_from_slice(line);
                rows.push(b'\n');
                Ok(())
            })
            .await?;
        self.take_keys(source, table, range).await?;
        self.run(format!("DELETE FROM {} AS r USING moving_keys AS c WHERE {}", table.name, on(table))).await?;
        self.run("DROP TABLE moving_keys").await?;
        self.copy_in(&table.name, &table.list("", &table.columns), rows).await
    }

    /// Makes `moving_keys`: the keys of what has changed.
    async fn take_keys(&mut self, source: &mut Source, table: &Table, range: Range) -> Result<(), MoveError> {
        let mut keys = Vec::new();
        source
            .changed_keys(table, range, |line| {
                keys.extend_from_slice(line);
                keys.push(b'\n');
                Ok(())
            })
            .await?;
        let columns: Vec<String> = table
            .key()
            .iter()
            .map(|column| format!("{} {}", column.name, if column.is_text { "TEXT" } else { "BIGINT" }))
            .collect();
        self.run(format!("CREATE TEMPORARY TABLE moving_keys ({})", columns.join(", "))).await?;
        self.copy_in("moving_keys", &table.list("", table.key()), keys).await?;
        self.run("ANALYZE moving_keys").await
    }

    /// Every row as a line without its end; of a log in the order of its keys.
    pub(super) async fn each(
        &mut self,
        table: &Table,
        tell: impl FnMut(&[u8]) -> Result<(), MoveError>,
    ) -> Result<(), MoveError> {
        let order = if table.is_log() { format!(" ORDER BY {}", table.list("", table.key())) } else { String::new() };
        let columns = table.list("", &table.columns);
        self.copy_out(&format!("COPY (SELECT {columns} FROM {}{order}) TO STDOUT", table.name), tell).await
    }

    /// The rows that have changed, as [`Source::changed_rows`].
    pub(super) async fn changed_rows(
        &mut self,
        source: &mut Source,
        table: &Table,
        range: Range,
        tell: impl FnMut(&[u8]) -> Result<(), MoveError>,
    ) -> Result<(), MoveError> {
        self.run("BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off").await?;
        self.take_keys(source, table, range).await?;
        let order = if table.is_log() { format!(" ORDER BY {}", table.list("r.", table.key())) } else { String::new() };
        let columns = table.list("r.", &table.columns);
        let text = format!(
            "COPY (SELECT {columns} FROM moving_keys AS c JOIN {} AS r ON {}{order}) TO STDOUT",
            table.name,
            on(table)
        );
        self.copy_out(&text, tell).await?;
        self.run("ROLLBACK").await
    }

    async fn copy_out(
        &mut self,
        text: &str,
        mut tell: impl FnMut(&[u8]) -> Result<(), MoveError>,
    ) -> Result<(), MoveError> {
        let mut rows = self.conn.copy_out_raw(text).await.map_err(failed)?;
        // A row has a message of its own; its text has no line end within.
        while let Some(line) = rows.try_next().await.map_err(failed)? {
            tell(line.strip_suffix(b"\n").unwrap_or(&line))?;
        }
        Ok(())
    }

    pub(super) async fn count(&mut self, table: &Table) -> Result<u64, MoveError> {
        let text = format!("SELECT count(*) FROM {}", table.name);
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(text)).fetch_one(&mut self.conn).await.map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    /// What is here and not in the source, if anything that people have done.
    pub(super) async fn newer_than(&mut self, source: &mut Source) -> Result<Option<String>, MoveError> {
        let (nodes,): (i64,) = sqlx::query_as(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND application_name = 'vestnik'",
        )
        .fetch_one(&mut self.conn)
        .await
        .map_err(failed)?;
        if nodes > 0 {
            return Ok(Some(format!("{nodes} connections of running servers are open (stop them first)")));
        }
        for (table, column, what) in [
            ("chats", "last_rev", "events in chats"),
            ("users", "account_rev", "events of accounts"),
            ("users", "1", "accounts"),
            ("refresh_tokens", "1", "sign-ins and refreshed sessions"),
        ] {
            let text = format!("SELECT coalesce(sum({column}), 0)::BIGINT FROM {table}");
            let (there,): (i64,) =
                sqlx::query_as(AssertSqlSafe(text)).fetch_one(&mut self.conn).await.map_err(failed)?;
            let here = source.sum(table, column).await?;
            if there != here {
                return Ok(Some(format!("{} {what} more or less", there.abs_diff(here))));
            }
        }
        Ok(None)
    }

    pub(super) async fn close(self) {
        // All that matters is committed.
        let _ = self.conn.close().await;
    }
}

fn on(table: &Table) -> String {
    let pairs: Vec<String> = table.key().iter().map(|column| format!("r.{0} = c.{0}", column.name)).collect();
    pairs.join(" AND ")
}
