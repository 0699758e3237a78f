//! Moving from SQLite to PostgreSQL: stopped anywhere, resumed, compared, given up.

use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use vestnik_proto::{ChatKind, Role};
use vestnik_store::moving::{Abandoned, MoveConfig, MoveError, Moved, Progress, abandon, move_to};
use vestnik_store::*;

use crate::bed::{Bed, at, client_id, message, new_chat, post, with_empty_postgres};

/// Texts that are something else in COPY's format, or nearly.
const HOSTILE: [&str; 7] =
    ["\\N", "\\.", "a\tb\\tc", "one\ntwo\r\nthree", "\u{8}\u{b}\u{c}\u{1}\u{7f}", "Жар-птица 🔥", ""];

fn config(bed: &Bed, to: &str) -> MoveConfig {
    MoveConfig {
        from: bed.config.url.clone(),
        to: to.to_owned(),
        id: "a move".to_owned(),
        chunk: 100,
        max_pause: Duration::from_secs(30),
    }
}

/// Moves, and stops at a step.
async fn stopped_at(bed: &Bed, to: &str, last: usize) -> (Result<Moved, MoveError>, Vec<Progress>) {
    let mut steps = Vec::new();
    let mut watch = |progress: &Progress| {
        steps.push(progress.clone());
        steps.len() < last
    };
    let moved = move_to(&config(bed, to), &mut watch).await;
    (moved, steps)
}

async fn moved(bed: &Bed, to: &str) -> Result<Moved, MoveError> {
    stopped_at(bed, to, usize::MAX).await.0
}

/// Every row of every table, as text.
async fn rows(bed: &Bed, url: &str) -> Vec<String> {
    let mut lite = bed.raw().await;
    let mut conn = AnyConnection::connect(url).await.unwrap();
    let tables: Vec<(String,)> = sqlx::query_as(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('migrations', 'moving', 'moving_log') \
         AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .fetch_all(&mut lite)
    .await
    .unwrap();
    let mut all = Vec::new();
    for (table,) in tables {
        let columns: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_table_info($1) ORDER BY name")
            .bind(&table)
            .fetch_all(&mut lite)
            .await
            .unwrap();
        let values: Vec<String> =
            columns.iter().map(|(name,)| format!("coalesce(CAST({name} AS TEXT), '∅')")).collect();
        let text = format!("SELECT '{table}: ' || {} FROM {table}", values.join(" || '|' || "));
        let found: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(text)).fetch_all(&mut conn).await.unwrap();
        all.extend(found.into_iter().map(|(row,)| row));
    }
    all.sort();
    assert!(all.len() > 100);
    all
}

/// A server with some of everything.
async fn fill(bed: &Bed) {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    bed.direct("pair", anna, boris).await;
    for room in ["one", "two", "three"] {
        let chat = bed.chat(room, ChatKind::Room).await;
        bed.join(chat, anna, Role::Owner).await;
        for n in 0..60 {
            let mut append = message(chat, anna, &format!("{n}: {}", HOSTILE[n % HOSTILE.len()]));
            append.client_id = Some(client_id(chat.0.unsigned_abs() * 1_000 + n as u64));
            append.mentions = vec![boris];
            post(&bed.store, append).await.unwrap();
        }
        bed.say(chat, anna, HOSTILE[0]).await;
    }
}

/// What people do meanwhile: write, and pass a unique name from one chat to another.
async fn go_on(bed: &Bed, n: usize) {
    let user = bed.user(&format!("user{n}")).await;
    let old = bed.chat(&format!("passed{}", n % 3), ChatKind::Room).await;
    bed.join(old, user, Role::Owner).await;
    for text in HOSTILE {
        bed.say(old, user, text).await;
    }
    write!(bed.store, old, |tx| tx.delete_chat(old, at(5)).await).unwrap();
    let id = format!("passed{}", n % 3);
    let again = new_chat(&id, ChatKind::Room);
    let chat = write!(bed.store, ChatKey::NONE, |tx| tx.insert_chat(&again).await).unwrap();
    bed.say(chat, user, "in its place").await;
    write!(bed.store, chat, |tx| tx.delete_chat(chat, at(6)).await).unwrap();
}

#[test]
fn stopped_at_every_step_and_resumed_while_people_write() {
    with_empty_postgres(async |bed, to| {
        fill(bed).await;
        let mut seen = Vec::new();
        let mut stop = 1;
        let done = loop {
            let (result, steps) = stopped_at(bed, &to, stop).await;
            // A page at a time while it is copied, then one step further every time.
            if !matches!(steps.last(), Some(Progress::Copying { .. })) {
                stop += 1;
            }
            let last = steps.last().unwrap().clone();
            assert!(
                !matches!(steps[0], Progress::Begun { resumed: false, .. }) || seen.is_empty(),
                "it is begun once: {steps:?}"
            );
            seen.push(last.clone());
            // Never in service, unless it is done.
            let opened = Store::open(&StoreConfig::new(&to)).await;
            match result {
                Ok(moved) => {
                    opened.unwrap().close().await;
                    break moved;
                }
                Err(MoveError::Stopped) => {
                    assert!(matches!(opened, Err(StoreError::HalfMoved)), "{opened:?} at {last:?}");
                }
                Err(error) => panic!("{error} at {last:?}"),
            }
            let refused = Store::open(&bed.config).await;
            if last == Progress::SourceClosed {
                assert!(matches!(refused, Err(StoreError::Moved { .. })), "{refused:?}");
                let write = bed.store.probe().await;
                assert!(matches!(write, Err(StoreError::Unavailable(_))), "{write:?}");
                assert!(bed.store.moved_to().await.unwrap().is_some());
            } else {
                refused.unwrap().close().await;
                assert_eq!(bed.store.moved_to().await.unwrap(), None);
                go_on(bed, seen.len()).await;
            }
            assert!(seen.len() < 100);
        };
        for wanted in [Progress::Paused, Progress::Verified, Progress::SourceClosed] {
            assert!(seen.contains(&wanted), "{wanted:?} in {seen:?}");
        }
        assert!(done.messages > 183 && done.chats > 10, "{done:?}");
        assert_eq!(rows(bed, &bed.config.url.clone()).await, rows(bed, &to).await);
        // Once more changes nothing.
        moved(bed, &to).await.unwrap();
        // The new one goes on where the old one ended.
        let new = Store::open(&StoreConfig::new(&to)).await.unwrap();
        let (chat, user) = (ChatKey(2), vestnik_proto::UserId(1));
        let repeat = Append {
            client_id: Some(client_id(2_000)),
            mentions: vec![vestnik_proto::UserId(2)],
            ..message(chat, user, "0: \\N")
        };
        let appended = post(&new, repeat).await.unwrap();
        assert!(appended.repeat && appended.seq == 1, "{appended:?}");
        let appended = post(&new, message(chat, user, "new")).await.unwrap();
        assert_eq!((appended.seq, appended.repeat), (62, false));
        new.close().await;
    });
}

#[test]
fn what_is_not_equal_is_found_and_the_old_server_goes_on() {
    with_empty_postgres(async |bed, to| {
        fill(bed).await;
        let whole = "SELECT count(*) FROM messages";
        let mut until_copied = |progress: &Progress| !matches!(progress, Progress::CatchingUp { .. });
        let stopped = move_to(&config(bed, &to), &mut until_copied).await;
        assert!(matches!(stopped, Err(MoveError::Stopped)), "{stopped:?}");
        let mut conn = AnyConnection::connect(&to).await.unwrap();
        let (count,): (i64,) = sqlx::query_as(whole).fetch_one(&mut conn).await.unwrap();
        assert_eq!(count, 183);
        for harm in [
            "UPDATE messages SET content = content || '!' WHERE chat_id = 2 AND seq = 9",
            "UPDATE members SET read_seq = 1 WHERE chat_id = 2",
            "DELETE FROM events WHERE chat_id = 3 AND rev = 3",
        ] {
            conn.execute(sqlx::raw_sql(harm)).await.unwrap();
            let error = moved(bed, &to).await.unwrap_err();
            assert!(matches!(error, MoveError::Differs(_)), "{error}");
            bed.store.probe().await.unwrap();
            assert!(matches!(Store::open(&StoreConfig::new(&to)).await, Err(StoreError::HalfMoved)));
        }
        conn.close().await.unwrap();
    });
}

#[test]
fn a_pause_that_would_be_too_long_is_not_begun_or_ended() {
    with_empty_postgres(async |bed, to| {
        fill(bed).await;
        let config = MoveConfig { max_pause: Duration::ZERO, ..config(bed, &to) };
        let error = move_to(&config, &mut |_| true).await.unwrap_err();
        assert!(matches!(error, MoveError::PauseTooLong(0)), "{error}");
        bed.store.probe().await.unwrap();
        let done = moved(bed, &to).await.unwrap();
        assert!(done.pause.unwrap() < Duration::from_secs(30));
    });
}

#[test]
fn given_up_the_old_server_is_as_it_was() {
    with_empty_postgres(async |bed, to| {
        fill(bed).await;
        let from = bed.config.url.clone();
        assert_eq!(abandon(&from, None, false).await.unwrap(), Abandoned::Nothing);
        assert!(matches!(stopped_at(bed, &to, 4).await.0, Err(MoveError::Stopped)));
        assert_eq!(abandon(&from, None, false).await.unwrap(), Abandoned::Unfinished);
        assert_eq!(bed.number("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'moving_%'").await, 0);
        // What was begun there is nobody's any more.
        let error = moved(bed, &to).await.unwrap_err();
        assert!(matches!(&error, MoveError::Refused(text) if text.contains("given up")), "{error}");
        let mut conn = AnyConnection::connect(&to).await.unwrap();
        conn.execute(sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")).await.unwrap();

        moved(bed, &to).await.unwrap();
        assert!(matches!(Store::open(&bed.config).await, Err(StoreError::Moved { .. })));
        let error = abandon(&from, None, false).await.unwrap_err();
        assert!(matches!(&error, MoveError::Refused(text) if text.contains("--to")), "{error}");
        // Somebody has written there.
        let new = Store::open(&StoreConfig::new(&to)).await.unwrap();
        post(&new, message(ChatKey(2), vestnik_proto::UserId(1), "newer")).await.unwrap();
        new.close().await;
        let error = abandon(&from, Some(&to), false).await.unwrap_err();
        assert!(matches!(&error, MoveError::Refused(text) if text.contains("--lose-newer")), "{error}");
        conn.execute(sqlx::raw_sql("UPDATE chats SET last_rev = last_rev - 1 WHERE id = 2")).await.unwrap();
        assert_eq!(abandon(&from, Some(&to), false).await.unwrap(), Abandoned::TakenBack);
        assert!(matches!(Store::open(&StoreConfig::new(&to)).await, Err(StoreError::HalfMoved)));
        bed.store.probe().await.unwrap();
        conn.close().await.unwrap();
    });
}

#[test]
fn what_cannot_be_moved_is_refused_and_left_alone() {
    with_empty_postgres(async |bed, to| {
        fill(bed).await;
        let refused = async |from: &str, to: &str, word: &str| {
            let config = MoveConfig { from: from.to_owned(), to: to.to_owned(), ..config(bed, to) };
            let error = move_to(&config, &mut |_| true).await.unwrap_err();
            assert!(matches!(&error, MoveError::Refused(text) if text.contains(word)), "{error}");
        };
        let from = bed.config.url.clone();
        refused(&to, &to, "SQLite").await;
        refused("sqlite:/nowhere/at/all.db", &to, "--data-dir").await;
        refused(&from, "sqlite:/tmp/x.db", "postgres://").await;
        refused(&from, "postgres://a:b:c:secret@x:y/z", "--to").await;
        // Somebody else's data.
        let mut conn = AnyConnection::connect(&to).await.unwrap();
        conn.execute(sqlx::raw_sql("CREATE TABLE invoices (id BIGINT)")).await.unwrap();
        refused(&from, &to, "not empty").await;
        conn.execute(sqlx::raw_sql("DROP TABLE invoices")).await.unwrap();
        // A text that PostgreSQL does not have.
        let mut lite = bed.raw().await;
        lite.execute(sqlx::raw_sql("INSERT INTO meta VALUES ('odd', CAST(x'410042' AS TEXT))")).await.unwrap();
        refused(&from, &to, "meta.value").await;
        lite.execute(sqlx::raw_sql("DELETE FROM meta WHERE name = 'odd'")).await.unwrap();
        // Another target while one is begun.
        refused(&from, &format!("{to}x"), "does not exist").await;
        moved(bed, &to).await.unwrap();
        lite.close().await.unwrap();
        conn.close().await.unwrap();
    });
}
