//! The SQLite side of a move.

use std::fmt::Write as _;
use std::str::FromStr as _;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite, SqliteConnection, TypeInfo as _, ValueRef as _};
use tokio::time::{Instant, sleep};

use super::MoveError;
use super::marks::{self, MOVED_SIGN, SourceMark};
use crate::migrate;
use crate::store::sqlite_url;
use crate::{Engine, StoreError};

/// Tables that are not copied.
const OURS: [&str; 3] = ["migrations", "moving", "moving_log"];
/// Most columns of a key, which `moving_log` has room for.
const KEYS: usize = 4;
/// Between two tries to get the lock.
const AGAIN: Duration = Duration::from_millis(2);

/// A table as the schema has it.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    /// The columns, those of the key first.
    pub(super) columns: Vec<Column>,
    /// How many of the columns are the key.
    pub(super) keys: usize,
    /// Unique columns besides the key.
    pub(super) unique: Vec<String>,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_text: bool,
}

impl Table {
    /// Whether it is the log of chats: `(chat_id, <number>)` is its key.
    pub(super) fn is_log(&self) -> bool {
        self.keys == 2
            && self.columns[0].name == "chat_id"
            && !self.columns[0].is_text
            && !self.columns[1].is_text
            && ["rev", "seq"].contains(&self.columns[1].name.as_str())
    }

    /// `a, b, c`, each with what stands before a column.
    pub(super) fn list(&self, prefix: &str, columns: &[Column]) -> String {
        let names: Vec<String> = columns.iter().map(|column| format!("{prefix}{}", column.name)).collect();
        names.join(", ")
    }

    pub(super) fn key(&self) -> &[Column] {
        &self.columns[..self.keys]
    }
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Int(i64),
    Text(String),
}

/// Changes from one place of `moving_log` to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) after: i64,
    pub(super) upto: i64,
}

/// Rows as PostgreSQL's COPY takes them.
pub(super) struct Lines {
    pub(super) rows: u64,
    pub(super) text: Vec<u8>,
    /// The key of the last row.
    pub(super) last: Option<Vec<Value>>,
}

/// The server to be moved.
pub(super) struct Source {
    conn: SqliteConnection,
    tables: Vec<Table>,
    schema: i64,
}

fn failed(error: sqlx::Error) -> MoveError {
    MoveError::Source(match StoreError::from(error) {
        StoreError::Internal(reason) => StoreError::Unavailable(reason),
        error => error,
    })
}

impl Source {
    pub(super) async fn open(url: &str) -> Result<Self, MoveError> {
        if !url.starts_with("sqlite:") {
            return Err(MoveError::Refused(
                "Only a server on SQLite can be moved, and this one is on PostgreSQL (database_url).".to_owned(),
            ));
        }
        let url = sqlite_url(url).replace("mode=rwc", "mode=rw");
        let options = SqliteConnectOptions::from_str(&url).map_err(failed)?.busy_timeout(Duration::ZERO);
        let mut conn = SqliteConnection::connect_with(&options).await.map_err(|error| {
            MoveError::Refused(format!(
                "There is no server's database to move: {error}. Check --data-dir and VESTNIK_DATABASE_URL."
            ))
        })?;
        run(&mut conn, "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000").await?;
        let schema = schema_of(&mut conn).await?;
        if schema != migrate::newest() {
            return Err(MoveError::Refused(format!(
                "The old server's schema has version {schema}, and this program knows {}. Start this version of Vestnik \
                 on it once, and move then.",
                migrate::newest()
            )));
        }
        let tables = tables_of(&mut conn).await?;
        Ok(Self { conn, tables, schema })
    }

    pub(super) fn tables(&self) -> Vec<Table> {
        self.tables.clone()
    }

    pub(super) fn schema(&self) -> i64 {
        self.schema
    }

    pub(super) async fn schema_now(&mut self) -> Result<i64, MoveError> {
        schema_of(&mut self.conn).await
    }

    pub(super) async fn mark(&mut self) -> Result<Option<SourceMark>, MoveError> {
        let (there,): (i64,) = sqlx::query_as("SELECT count(*) FROM sqlite_schema WHERE name = 'moving'")
            .fetch_one(&mut self.conn)
            .await
            .map_err(failed)?;
        if there == 0 {
            return Ok(None);
        }
        let row: Option<(String,)> = sqlx::query_as("SELECT value FROM moving WHERE name = $1")
            .bind(marks::SOURCE)
            .fetch_optional(&mut self.conn)
            .await
            .map_err(failed)?;
        row.map(|(text,)| serde_json::from_str(&text))
            .transpose()
            .map_err(|_| MoveError::Refused("The mark of a move in the old database cannot be read.".to_owned()))
    }

    /// Takes the one lock for writing. Readers go on.
    pub(super) async fn lock(&mut self, patience: Duration) -> Result<(), MoveError> {
        let begun = Instant::now();
        loop {
            match run(&mut self.conn, "BEGIN IMMEDIATE").await {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > patience => return Err(error),
                // The server holds it for moments; SQLite tells nobody when it is free.
                Err(_) => sleep(AGAIN).await,
            }
        }
    }

    pub(super) async fn unlock(&mut self) {
        // Closing the connection does the same.
        let _ = run(&mut self.conn, "ROLLBACK").await;
    }

    async fn commit(&mut self) -> Result<(), MoveError> {
        run(&mut self.conn, "COMMIT").await
    }

    async fn set_mark(&mut self, mark: &SourceMark) -> Result<(), MoveError> {
        let text = serde_json::to_string(mark).expect("a mark is always JSON");
        sqlx::query("INSERT OR REPLACE INTO moving (name, value) VALUES ($1, $2)")
            .bind(marks::SOURCE)
            .bind(text)
            .execute(&mut self.conn)
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// From here every change is written down.
    pub(super) async fn begin(&mut self, mark: &SourceMark, patience: Duration) -> Result<(), MoveError> {
        let mut text = format!(
            "{}; DROP TABLE IF EXISTS moving_log; \
             CREATE TABLE moving_log (id INTEGER PRIMARY KEY, t TEXT NOT NULL, k1, k2, k3, k4);",
            marks::CREATE
        );
        for table in &self.tables {
            let name = &table.name;
            let log = |row: &str| {
                let keys: Vec<String> = (1..=table.keys).map(|n| format!("k{n}")).collect();
                let values = table.list(&format!("{row}."), table.key());
                format!("INSERT INTO moving_log (t, {}) VALUES ('{name}', {values});", keys.join(", "))
            };
            let key = table.list("", table.key());
            let _ = write!(
                text,
                "CREATE TRIGGER moving_i_{name} AFTER INSERT ON {name} BEGIN {} END;
                 CREATE TRIGGER moving_u_{name} AFTER UPDATE ON {name} BEGIN {} END;
                 CREATE TRIGGER moving_k_{name} AFTER UPDATE OF {key} ON {name} BEGIN {} END;
                 CREATE TRIGGER moving_d_{name} AFTER DELETE ON {name} BEGIN {} END;",
                log("NEW"),
                log("NEW"),
                log("OLD"),
                log("OLD"),
            );
        }
        self.lock(patience).await?;
        self.drop_triggers().await?;
        run(&mut self.conn, text).await?;
        self.set_mark(mark).await?;
        self.commit().await
    }

    /// Within the lock: nobody writes here any more. Ends the lock.
    pub(super) async fn close_for_good(&mut self, mark: &SourceMark) -> Result<(), MoveError> {
        self.drop_triggers().await?;
        let mut text = String::new();
        for table in &self.tables {
            for what in ["INSERT", "UPDATE", "DELETE"] {
                let _ = write!(
                    text,
                    "CREATE TRIGGER moving_{what}_{0} BEFORE {what} ON {0} BEGIN SELECT RAISE(ABORT, '{MOVED_SIGN}'); END;",
                    table.name
                );
            }
        }
        run(&mut self.conn, text).await?;
        self.set_mark(mark).await?;
        self.commit().await
    }

    /// Takes every trace of a move away.
    pub(super) async fn forget(&mut self, patience: Duration) -> Result<(), MoveError> {
        self.lock(patience).await?;
        self.drop_triggers().await?;
        run(&mut self.conn, "DROP TABLE IF EXISTS moving_log; DELETE FROM moving").await?;
        self.commit().await
    }

    async fn drop_triggers(&mut self) -> Result<(), MoveError> {
        let names: Vec<(String,)> = sqlx::query_as(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'moving\\_%' ESCAPE '\\'",
        )
        .fetch_all(&mut self.conn)
        .await
        .map_err(failed)?;
        for (name,) in names {
            run(&mut self.conn, format!("DROP TRIGGER {name}")).await?;
        }
        Ok(())
    }

    /// Holds on to the state as it is now and answers the newest change in it.
    pub(super) async fn pin(&mut self) -> Result<i64, MoveError> {
        run(&mut self.conn, "BEGIN").await?;
        self.newest().await
    }

    pub(super) async fn unpin(&mut self) -> Result<(), MoveError> {
        self.commit().await
    }

    /// The newest change.
    pub(super) async fn newest(&mut self) -> Result<i64, MoveError> {
        let (newest,): (i64,) = sqlx::query_as("SELECT coalesce(max(id), 0) FROM moving_log")
            .fetch_one(&mut self.conn)
            .await
            .map_err(failed)?;
        Ok(newest)
    }

    pub(super) async fn count(&mut self, table: &Table) -> Result<u64, MoveError> {
        let text = format!("SELECT count(*) FROM {}", table.name);
        let (count,): (i64,) = sqlx::query_as(AssertSqlSafe(text)).fetch_one(&mut self.conn).await.map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    /// Rows of these tables together.
    pub(super) async fn count_all(&mut self, tables: &[Table]) -> Result<u64, MoveError> {
        let mut rows = 0;
        for table in tables {
            rows += self.count(table).await?;
        }
        Ok(rows)
    }

    /// A sum over a column, for comparing how far two databases are.
    pub(super) async fn sum(&mut self, table: &str, column: &str) -> Result<i64, MoveError> {
        let text = format!("SELECT coalesce(sum({column}), 0) FROM {table}");
        let (sum,): (i64,) = sqlx::query_as(AssertSqlSafe(text)).fetch_one(&mut self.conn).await.map_err(failed)?;
        Ok(sum)
    }

    /// The rows after a key, in the order of the keys.
    pub(super) async fn page(
        &mut self,
        table: &Table,
        after: &[Value],
        limit: Option<u32>,
    ) -> Result<Lines, MoveError> {
        let key = table.list("", table.key());
        let mut text = format!("SELECT {} FROM {}", table.list("", &table.columns), table.name);
        if !after.is_empty() {
            let places: Vec<String> = (1..=after.len()).map(|n| format!("${n}")).collect();
            let _ = write!(text, " WHERE ({key}) > ({})", places.join(", "));
        }
        let _ = write!(text, " ORDER BY {key}");
        if let Some(limit) = limit {
            let _ = write!(text, " LIMIT {limit}");
        }
        let mut query = sqlx::query(AssertSqlSafe(text));
        for value in after {
            query = match value {
                Value::Int(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
            };
        }
        let mut rows = query.fetch(&mut self.conn);
        let mut lines = Lines { rows: 0, text: Vec::new(), last: None };
        let mut last = None;
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            write_line(table, &table.columns, &row, &mut lines.text)?;
            lines.rows += 1;
            last = Some(row);
        }
        drop(rows);
        lines.last = last.map(|row| key_of(table, &row)).transpose()?;
        Ok(lines)
    }

    /// Every row, in the order of the keys, told one by one as lines without their end.
    pub(super) async fn each(
        &mut self,
        table: &Table,
        mut tell: impl FnMut(&[u8]) -> Result<(), MoveError>,
    ) -> Result<(), MoveError> {
        let (columns, key) = (table.list("", &table.columns), table.list("", table.key()));
        let text = format!("SELECT {columns} FROM {} ORDER BY {key}", table.name);
        let rows = sqlx::query(AssertSqlSafe(text)).fetch(&mut self.conn);
        lines_of(table, &table.columns, rows, &mut tell).await
    }

    /// The tables in which something has changed.
    pub(super) async fn changed_tables(&mut self, range: Range) -> Result<Vec<Table>, MoveError> {
        let names: Vec<(String,)> = sqlx::query_as("SELECT DISTINCT t FROM moving_log WHERE id > $1 AND id <= $2")
            .bind(range.after)
            .bind(range.upto)
            .fetch_all(&mut self.conn)
            .await
            .map_err(failed)?;
        Ok(self.tables.iter().filter(|table| names.iter().any(|(name,)| *name == table.name)).cloned().collect())
    }

    /// The keys of what has changed, each once.
    pub(super) async fn changed_keys(
        &mut self,
        table: &Table,
        range: Range,
        mut tell: impl FnMut(&[u8]) -> Result<(), MoveError>,
    ) -> Result<(), MoveError> {
        let text = changed(table);
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(range.after)
            .bind(range.upto)
            .bind(table.name.clone())
            .fetch(&mut self.conn);
        lines_of(table, table.key(), rows, &mut tell).await
    }

    /// What has become of the rows that have changed; those that are gone are left out. In the order of their keys.
    pub(super) async fn changed_rows(
        &mut self,
        table: &Table,
        range: Range,
        mut tell: impl FnMut(&[u8]) -> Result<(), MoveError>,
    ) -> Result<(), MoveError> {
        let on: Vec<String> =
            table.key().iter().enumerate().map(|(n, column)| format!("r.{} = c.k{}", column.name, n + 1)).collect();
        // CROSS JOIN: SQLite then looks the rows up by the keys, and never the other way round.
        let text = format!(
            "SELECT {} FROM ({}) AS c CROSS JOIN {} AS r ON {} ORDER BY {}",
            table.list("r.", &table.columns),
            changed(table),
            table.name,
            on.join(" AND "),
            table.list("r.", table.key()),
        );
        let rows = sqlx::query(AssertSqlSafe(text))
            .bind(range.after)
            .bind(range.upto)
            .bind(table.name.clone())
            .fetch(&mut self.conn);
        lines_of(table, &table.columns, rows, &mut tell).await
    }

    pub(super) async fn close(self) {
        // All that matters is committed.
        let _ = self.conn.close().await;
    }
}

fn changed(table: &Table) -> String {
    let keys: Vec<String> = (1..=table.keys).map(|n| format!("k{n}")).collect();
    format!("SELECT DISTINCT {} FROM moving_log WHERE id > $1 AND id <= $2 AND t = $3", keys.join(", "))
}

async fn lines_of(
    table: &Table,
    columns: &[Column],
    mut rows: futures_util::stream::BoxStream<'_, sqlx::Result<SqliteRow>>,
    tell: &mut impl FnMut(&[u8]) -> Result<(), MoveError>,
) -> Result<(), MoveError> {
    let mut line = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        line.clear();
        write_line(table, columns, &row, &mut line)?;
        tell(&line[..line.len() - 1])?;
    }
    Ok(())
}

async fn run(conn: &mut SqliteConnection, text: impl Into<String>) -> Result<(), MoveError> {
    sqlx::raw_sql(AssertSqlSafe(text.into())).execute(conn).await.map(|_| ()).map_err(failed)
}

async fn schema_of(conn: &mut SqliteConnection) -> Result<i64, MoveError> {
    let newest: Result<(i64,), _> =
        sqlx::query_as("SELECT coalesce(max(version), 0) FROM migrations").fetch_one(conn).await;
    newest.map(|(version,)| version).map_err(|error| match error {
        sqlx::Error::Database(inner) if inner.message().contains("no such table") => MoveError::Refused(
            "This database holds no Vestnik server. Check --data-dir and VESTNIK_DATABASE_URL.".to_owned(),
        ),
        error => failed(error),
    })
}

/// Every table of the schema that is copied, by name.
async fn tables_of(conn: &mut SqliteConnection) -> Result<Vec<Table>, MoveError> {
    let names: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .fetch_all(&mut *conn)
    .await
    .map_err(failed)?;
    let mut tables = Vec::new();
    for (name,) in names.into_iter().filter(|(name,)| !OURS.contains(&name.as_str())) {
        let columns: Vec<(String, String, i64)> =
            sqlx::query_as("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY pk = 0, pk, cid")
                .bind(&name)
                .fetch_all(&mut *conn)
                .await
                .map_err(failed)?;
        let unique: Vec<(String,)> = sqlx::query_as(
            "SELECT i.name FROM pragma_index_list($1) AS l JOIN pragma_index_info(l.name) AS i \
             WHERE l.\"unique\" = 1 AND l.origin <> 'pk'",
        )
        .bind(&name)
        .fetch_all(&mut *conn)
        .await
        .map_err(failed)?;
        let keys = columns.iter().filter(|(_, _, pk)| *pk > 0).count();
        let columns: Vec<Column> =
            columns.into_iter().map(|(name, kind, _)| Column { name, is_text: kind == "TEXT" }).collect();
        let plain =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !plain(&name) || !columns.iter().all(|column| plain(&column.name)) || keys == 0 || keys > KEYS {
            return Err(MoveError::Refused(format!(
                "The old database has a table {name:?} that is none of Vestnik's. Take it away and move again."
            )));
        }
        tables.push(Table { name, columns, keys, unique: unique.into_iter().map(|(name,)| name).collect() });
    }
    Ok(tables)
}

fn key_of(table: &Table, row: &SqliteRow) -> Result<Vec<Value>, MoveError> {
    (0..table.keys)
        .map(|n| {
            let value = if table.columns[n].is_text {
                row.try_get::<String, _>(n).map(Value::Text)
            } else {
                row.try_get::<i64, _>(n).map(Value::Int)
            };
            value.map_err(failed)
        })
        .collect()
}

/// Writes a row as COPY's text format has it, and as PostgreSQL itself writes it.
fn write_line(table: &Table, columns: &[Column], row: &SqliteRow, out: &mut Vec<u8>) -> Result<(), MoveError> {
    let odd = |column: &Column, what: &str| {
        MoveError::Refused(format!(
            "The old database holds {what} in {}.{}, which PostgreSQL cannot keep. Correct that row and move again.",
            table.name, column.name
        ))
    };
    for (n, column) in columns.iter().enumerate() {
        if n > 0 {
            out.push(b'\t');
        }
        let value = row.try_get_raw(n).map_err(failed)?;
        if value.is_null() {
            out.extend_from_slice(b"\\N");
            continue;
        }
        let kind = value.type_info();
        match (kind.name(), column.is_text) {
            ("INTEGER" | "BIGINT" | "INT8" | "INT" | "BOOLEAN", false) => {
                let number = <i64 as sqlx::Decode<'_, Sqlite>>::decode(value).map_err(|_| odd(column, "no number"))?;
                let mut digits = itoa(number);
                out.append(&mut digits);
            }
            ("TEXT", true) => {
                let text = <&str as sqlx::Decode<'_, Sqlite>>::decode(value).map_err(|_| odd(column, "broken text"))?;
                if text.contains('\0') {
                    return Err(odd(column, "U+0000"));
                }
                write_text(text, out);
            }
            (kind, _) => return Err(odd(column, kind)),
        }
    }
    out.push(b'\n');
    Ok(())
}

fn itoa(number: i64) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        let letter = match byte {
            b'\\' => b'\\',
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0b => b'v',
            0x0c => b'f',
            b'\r' => b'r',
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
}

impl crate::store::Store {
    /// Where this server's data has been moved to since the store was opened, without the password; nothing when it
    /// was not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn moved_to(&self) -> Result<Option<String>, StoreError> {
        if self.engine() != Engine::Sqlite {
            return Ok(None);
        }
        let mut db = self.read().await?;
        match marks::check(crate::Db::conn(&mut db), Engine::Sqlite).await {
            Ok(()) => Ok(None),
            Err(StoreError::Moved { to }) => Ok(Some(to)),
            Err(error) => Err(error),
        }
    }
}
