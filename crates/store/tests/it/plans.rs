//! The queries of the hot path use the keys: none reads a growing table from end to end.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use sqlx::Connection as _;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use vestnik_proto::{ChatId, ChatKind, Role};
use vestnik_store::*;

use crate::bed::{at, client_id, message, post, raw};
use crate::messages::edit;

/// Collects the statements that sqlx says it has run.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Fields(String, String);
        impl tracing::field::Visit for Fields {
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn fmt::Debug) {}
            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                match field.name() {
                    "summary" => self.0 = value.to_owned(),
                    "db.statement" => self.1 = value.to_owned(),
                    _ => {}
                }
            }
        }
        if event.metadata().target().starts_with("sqlx::query") {
            let mut fields = Fields(String::new(), String::new());
            event.record(&mut fields);
            let statement = if fields.1.trim().is_empty() { fields.0 } else { fields.1 };
            self.0.lock().unwrap().insert(statement.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

/// Set in the process that looks at one engine's statements.
const ALONE: &str = "VESTNIK_TEST_PLANS_ALONE";

/// Runs the test of one engine in a process of its own: sqlx runs statements on threads of its own, so whoever listens
/// hears the whole process, and the statements of other tests are none of this one's business.
#[expect(clippy::disallowed_methods, reason = "tells the process that looks from the one that starts it")]
fn is_alone(engine: Engine) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let name = format!("plans::hot_queries_use_the_keys::{}", format!("{engine:?}").to_lowercase());
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "{name} was not found: {said}");
    false
}

contract!(hot_queries_use_the_keys, |bed| {
    if !is_alone(bed.engine()) {
        return;
    }
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Owner).await;
    bed.join(chat, boris, Role::Member).await;

    let statements = Statements::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(statements.clone())).unwrap();

    for (n, text) in [(1, "one"), (2, "two")] {
        let append = Append { client_id: Some(client_id(n)), mentions: vec![boris], ..message(chat, anna, text) };
        post(&bed.store, append).await.unwrap();
    }
    edit(bed, chat, anna, 1, "uno", 5).await.unwrap();
    write!(bed.store, chat, |tx| {
        let rev = tx.next_rev(chat).await?;
        tx.insert_reaction(chat, 1, "👍", boris, rev).await?;
        tx.delete_reaction(chat, 1, "👍", boris).await?;
        tx.set_pinned(chat, 1, Some(at(9))).await?;
        tx.mark_read(chat, boris, 1).await?;
        tx.mark_delivered(chat, boris, 2).await?;
        tx.append_account_event(boris, "{}").await?;
        tx.delete_message(chat, 2, anna, at(9)).await?;
        tx.use_refresh_token("x", at(1)).await?;
        tx.set_preference(boris, "theme", Some("dark")).await?;
        tx.set_preference(boris, "theme", None).await?;
        tx.touch_session("x", "", at(1), at(2)).await?;
        Ok(())
    })
    .unwrap();
    let mut read = bed.store.read().await.unwrap();
    let id = ChatId::from("general");
    for newest in [true, false] {
        list_messages(&mut read, chat, Range { from: 1, to: 9, limit: 9, newest }).await.unwrap();
    }
    let first = find_message(&mut read, chat, 1).await.unwrap().unwrap();
    list_versions(&mut read, chat, &first).await.unwrap();
    find_seq_before(&mut read, chat, 2, at(1)).await.unwrap();
    list_last_messages(&mut read, &[(chat, 2)]).await.unwrap();
    list_pins(&mut read, chat).await.unwrap();
    count_pins(&mut read, chat).await.unwrap();
    list_events(&mut read, chat, &id, 0, 9).await.unwrap();
    list_heads(&mut read, [id.clone()].iter()).await.unwrap();
    find_chat(&mut read, &id).await.unwrap();
    find_chat_by_key(&mut read, chat).await.unwrap();
    find_direct(&mut read, (anna, boris)).await.unwrap();
    find_peer(&mut read, chat, anna).await.unwrap();
    list_chats_of(&mut read, boris).await.unwrap();
    count_mentions(&mut read, chat, boris, 0).await.unwrap();
    find_draft(&mut read, boris, chat).await.unwrap();
    find_invite(&mut read, "x").await.unwrap();
    list_invites(&mut read, chat, at(1)).await.unwrap();
    find_member(&mut read, chat, boris).await.unwrap();
    list_members(&mut read, chat, 0, 9, false).await.unwrap();
    list_roles(&mut read, chat).await.unwrap();
    list_chat_keys_of(&mut read, boris).await.unwrap();
    for heads in [false, true] {
        list_subscriptions(&mut read, boris, heads).await.unwrap();
    }
    list_unread(&mut read, boris).await.unwrap();
    list_readers(&mut read, chat, 1, anna, 9).await.unwrap();
    find_user(&mut read, anna).await.unwrap();
    find_user_by_name(&mut read, "anna").await.unwrap();
    list_users(&mut read, &[anna]).await.unwrap();
    list_users_by_name(&mut read, &["anna".to_owned()]).await.unwrap();
    get_account_rev(&mut read, anna).await.unwrap();
    list_account_events(&mut read, anna, 0, 9).await.unwrap();
    find_session(&mut read, "x").await.unwrap();
    list_sessions(&mut read, anna, at(1)).await.unwrap();
    find_refresh_token(&mut read, "x").await.unwrap();
    find_answer(&mut read, anna, client_id(1)).await.unwrap();
    find_login_failures(&mut read, "anna").await.unwrap();
    list_due(&mut read, at(1), 9).await.unwrap();
    find_next_due(&mut read).await.unwrap();
    list_scheduled(&mut read, anna).await.unwrap();
    find_preference(&mut read, anna, "theme").await.unwrap();
    list_preferences(&mut read, anna).await.unwrap();
    count_preferences(&mut read, anna).await.unwrap();
    drop(read);
    let heard = statements.0.lock().unwrap().clone();
    assert!(heard.iter().filter(|text| text.starts_with("SELECT")).count() > 30, "{heard:#?}");

    let mut conn = raw(&bed.config).await;
    if bed.engine() == Engine::Postgres {
        // Small tables are scanned whatever keys they have; the question is whether there is another way.
        sqlx::query("SET enable_seqscan = off").execute(&mut conn).await.unwrap();
    }
    for text in heard {
        if ["SELECT", "UPDATE", "INSERT", "DELETE"].iter().any(|word| text.starts_with(word)) && !may_scan(&text) {
            check(&mut conn, bed.engine(), &text).await;
        }
    }
    conn.close().await.unwrap();
});

/// Rare work, and the test's own statements.
fn may_scan(text: &str) -> bool {
    [
        "SELECT COUNT(*) FROM migrations",
        "SELECT 1; COMMIT",
        // Deleting a chat.
        "DELETE FROM scheduled WHERE chat_id",
        "DELETE FROM drafts WHERE chat_id = $1",
        // Once a day.
        "DELETE FROM refresh_tokens WHERE expires_at",
        "DELETE FROM sessions WHERE expires_at",
        "DELETE FROM login_failures WHERE last_at",
        // At the start.
        "SELECT id FROM users WHERE server_role",
        "SELECT version, checksum FROM migrations",
        // These look for text in the middle.
        "SELECT chats.public_id, chats.name, chats.description",
    ]
    .iter()
    .any(|rare| text.starts_with(rare))
        || ["sqlite_master", "pg_stat_activity"].iter().any(|word| text.contains(word))
}

async fn check(conn: &mut sqlx::AnyConnection, engine: Engine, text: &str) {
    const TABLES: [&str; 13] = [
        "events",
        "messages",
        "sends",
        "members",
        "mentions",
        "reactions",
        "chats",
        "users",
        "user_events",
        "sessions",
        "refresh_tokens",
        "drafts",
        "invites",
    ];
    match engine {
        Engine::Sqlite => {
            if text.contains("json_to_recordset") || text.contains("FOR UPDATE") || text.contains("pg_") {
                return;
            }
            let explain = format!("EXPLAIN QUERY PLAN {text}");
            let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(explain))
                .fetch_all(conn)
                .await
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            for (.., step) in rows {
                let scanned = TABLES.iter().any(|table| step.split_whitespace().take(2).eq(["SCAN", *table]));
                // Reading one index in order from its beginning to a LIMIT is no scan of the table.
                assert!(!scanned || step.contains("INDEX scheduled"), "{text}\n{step}");
            }
        }
        Engine::Postgres => {
            if text.contains("json_each") || text.contains("sqlite_") || text.contains("advisory") {
                return;
            }
            // Parameters are unknown until a statement is prepared.
            let prepare = format!("PREPARE explained AS {text}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(prepare))
                .execute(&mut *conn)
                .await
                .unwrap_or_else(|error| panic!("{text}: {error}"));
            let count = (1..=20).filter(|n| text.contains(&format!("${n}"))).count();
            let arguments = vec!["NULL"; count].join(", ");
            let arguments = if count == 0 { String::new() } else { format!("({arguments})") };
            sqlx::raw_sql("SET plan_cache_mode = force_generic_plan").execute(&mut *conn).await.unwrap();
            let rows: Vec<(String,)> =
                sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN EXECUTE explained{arguments}")))
                    .fetch_all(&mut *conn)
                    .await
                    .unwrap_or_else(|error| panic!("{text}: {error}"));
            sqlx::raw_sql("DEALLOCATE explained").execute(&mut *conn).await.unwrap();
            for (step,) in &rows {
                assert!(!step.contains("Seq Scan on"), "{text}\n{rows:#?}");
            }
        }
    }
}
