//! Opening databases: new, old, of the future, edited, half made, not databases at all.

use sqlx::{Connection as _, Executor as _};
use vestnik_proto::ChatKind;
use vestnik_store::*;

use crate::bed::{message, post, runtime, sqlite_config};

/// How many migrations there are.
const ALL: i64 = 3;

contract!(opening_again_changes_nothing, |bed| {
    let chat = bed.chat("general", ChatKind::Room).await;
    for _ in 0..2 {
        bed.reopen().await;
        assert!(find_chat_by_key(&mut bed.store.read().await.unwrap(), chat).await.unwrap().is_some());
        assert_eq!(bed.number("SELECT COUNT(*) FROM migrations").await, ALL);
    }
});

/// Takes the schema away, so that it has to be made again.
async fn empty(bed: &crate::bed::Bed) {
    let mut conn = bed.raw().await;
    match bed.engine() {
        Engine::Postgres => {
            conn.execute(sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")).await.unwrap();
        }
        Engine::Sqlite => {
            let tables: Vec<(String,)> = sqlx::query_as("SELECT name FROM sqlite_master WHERE type = 'table'")
                .fetch_all(&mut conn)
                .await
                .unwrap();
            for (table,) in tables {
                conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP TABLE {table}")))).await.unwrap();
            }
        }
    }
    conn.close().await.unwrap();
}

contract!(many_may_start_at_once, |bed| {
    bed.store.clone().close().await;
    empty(bed).await;
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let config = bed.config.clone();
            tokio::spawn(async move { Store::open(&config).await })
        })
        .collect();
    for start in starts {
        let store = start.await.unwrap().unwrap();
        store.probe().await.unwrap();
        store.close().await;
    }
    bed.reopen().await;
    assert_eq!(bed.number("SELECT COUNT(*) FROM migrations").await, ALL);
    assert_eq!(write!(bed.store, ChatKey(0), |tx| tx.next_number("probe").await).unwrap(), 7);
});

contract!(a_migration_that_was_cut_short_begins_anew, |bed| {
    bed.store.clone().close().await;
    empty(bed).await;
    let mut conn = bed.raw().await;
    // What a killed process leaves: its connection ends without COMMIT.
    conn.execute(sqlx::raw_sql(
        "BEGIN; CREATE TABLE migrations (version BIGINT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL); \
         CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY); INSERT INTO migrations VALUES (1, 'half');",
    ))
    .await
    .unwrap();
    drop(conn);
    bed.reopen().await;
    bed.user("anna").await;
});

async fn refused(bed: &mut crate::bed::Bed, spoil: &'static str, expected: &str) {
    bed.store.clone().close().await;
    let mut conn = bed.raw().await;
    conn.execute(sqlx::raw_sql(spoil)).await.unwrap();
    conn.close().await.unwrap();
    match Store::open(&bed.config).await {
        Err(StoreError::Migration(reason)) => assert!(reason.contains(expected), "{reason}"),
        other => panic!("{other:?}"),
    }
}

contract!(a_database_of_a_newer_version_is_refused_and_left_alone, |bed| {
    refused(
        bed,
        "INSERT INTO migrations (version, checksum) VALUES (99, 'future'); \
     UPDATE meta SET value = '99' WHERE name = 'schema_oldest'",
        "newer version",
    )
    .await;
    assert_eq!(bed.number("SELECT COUNT(*) FROM migrations").await, ALL + 1);
});

/// What the next version may add: a column with a default, a table, an index.
const WIDER: (i64, &str) = (
    90,
    "ALTER TABLE chats ADD COLUMN test_topic TEXT NOT NULL DEFAULT '';
     ALTER TABLE messages ADD COLUMN test_weight BIGINT NOT NULL DEFAULT 0;
     CREATE TABLE test_topics (chat_id BIGINT NOT NULL PRIMARY KEY, topic TEXT NOT NULL);
     CREATE INDEX test_by_topic ON test_topics (topic);",
);
/// And what the one after it may take away: what no program uses since the one before it.
const NARROWER: (i64, &str) = (91, "DROP TABLE test_topics; ALTER TABLE chats DROP COLUMN test_topic;");

contract!(two_versions_work_side_by_side_and_no_three, |bed| {
    let old = bed.config.clone();
    let with = |migrations, oldest| StoreConfig { newer: Some(Newer { migrations, oldest }), ..old.clone() };
    let (wider, narrower) = (with(&[WIDER], ALL), with(&[WIDER, NARROWER], WIDER.0));
    let (chat, anna) = (bed.chat("general", ChatKind::Room).await, bed.user("anna").await);
    bed.join(chat, anna, vestnik_proto::Role::Owner).await;
    post(&bed.store, message(chat, anna, "before")).await.unwrap();

    // The new one comes while the old one works, and both go on.
    let new = Store::open(&wider).await.unwrap();
    for n in 0..5 {
        post(&bed.store, message(chat, anna, &format!("old {n}"))).await.unwrap();
        post(&new, message(chat, anna, &format!("new {n}"))).await.unwrap();
    }
    // An old one may also start again, and a new one after it.
    bed.reopen().await;
    bed.store.probe().await.unwrap();
    let again = Store::open(&wider).await.unwrap();
    assert_eq!(bed.number("SELECT COUNT(*) FROM migrations").await, ALL + 1);
    assert_eq!(bed.number("SELECT COUNT(*) FROM messages WHERE test_weight = 0").await, 11);
    again.close().await;

    // The one after the next takes away what the old one may still use: only now must the old ones be gone.
    bed.store.clone().close().await;
    let last = Store::open(&narrower).await.unwrap();
    post(&new, message(chat, anna, "the version before it works on")).await.unwrap();
    post(&last, message(chat, anna, "last")).await.unwrap();
    match Store::open(&old).await {
        Err(StoreError::Migration(reason)) => assert!(reason.contains("newer version"), "{reason}"),
        other => panic!("{other:?}"),
    }
    new.close().await;
    last.close().await;
    // Dropped by the test.
    bed.config = narrower;
    bed.reopen().await;
});

contract!(a_database_of_another_history_is_refused, |bed| {
    refused(bed, "UPDATE migrations SET checksum = 'edited'", "Restore a backup").await;
});

#[test]
fn what_is_no_database_is_refused_with_a_reason() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let config = sqlite_config(&dir);
        std::fs::write(dir.path().join("vestnik.db"), "this is a text, and a long one: ".repeat(200)).unwrap();
        let error = Store::open(&config).await.unwrap_err();
        assert!(error.to_string().contains("not a database"), "{error}");

        let error = Store::open(&StoreConfig::new(format!("sqlite:{}/no/such/dir/x.db", dir.path().display())))
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        let error = Store::open(&StoreConfig::new("postgres://nobody@127.0.0.1:1/x")).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        for url in ["mysql://x/y", "vestnik.db", ""] {
            let error = Store::open(&StoreConfig::new(url)).await.unwrap_err();
            assert!(matches!(error, StoreError::Migration(_)), "{error}");
        }
    });
}

#[test]
fn a_path_may_hold_any_letters() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        for name in ["with space", "с кириллицей", "a#b&c=d"] {
            let path = dir.path().join(name);
            std::fs::create_dir(&path).unwrap();
            for url in [format!("sqlite:{}/x.db", path.display()), format!("sqlite://{}/x.db", path.display())] {
                let store = Store::open(&StoreConfig::new(url)).await.unwrap();
                store.probe().await.unwrap();
                store.close().await;
            }
            assert!(path.join("x.db").exists(), "{name}");
        }
    });
}
