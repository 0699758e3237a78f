//! Fills the database of a stopped server with a long history, in the order in which it lies on
//! disk: through the server ten million messages would take a quarter of an hour.
//!
//! The rows are those that the server writes for the same messages, with two exceptions: the keys
//! of repeated sends, which it forgets after some days, and the search index.

use std::path::Path;

use sqlx::{
    Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use vestnik_proto::ChatId;

use crate::error::{Error, Result};

/// Chats over which the messages are spread, when there are enough.
const CHATS_MAX: u32 = 10_000;
/// Messages of a chat at least.
const PER_CHAT: u32 = 100;
/// The part of all messages that is in one chat alone.
const LONGEST_PART: u32 = 10;
/// Copies of a chat are made so many in one transaction.
const CHATS_AT_ONCE: u32 = 500;

/// What was filled.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// Each chat with the number of its newest message; the first is the longest.
    pub chats: Vec<(ChatId, i64)>,
    /// Bytes of the database.
    pub bytes: u64,
}

/// How many messages each chat gets.
fn shares(messages: u32) -> Vec<u32> {
    let chats = (messages / PER_CHAT).clamp(2, CHATS_MAX);
    let longest = (messages / LONGEST_PART).max(messages / chats);
    let (each, more) = ((messages - longest) / (chats - 1), (messages - longest) % (chats - 1));
    std::iter::once(longest).chain((1..chats).map(|chat| each + u32::from(chat <= more))).collect()
}

/// Copies `template`, a chat with members and no messages, many times, with messages in it.
///
/// # Errors
/// When the database is not as expected.
pub async fn fill(file: &Path, template: &str, messages: u32, chars: usize) -> Result<Archive> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        // Nobody waits for a sync of what can be filled again.
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Off)
        .pragma("wal_autocheckpoint", "20000")
        .pragma("cache_size", "-65536");
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(wrong)?;
    let filled = copy(&mut connection, template, messages, chars).await.map_err(wrong);
    connection.close().await.map_err(wrong)?;
    let chats = filled?;
    let bytes = std::fs::metadata(file).map_or(0, |data| data.len());
    Ok(Archive { chats, bytes })
}

fn wrong(error: sqlx::Error) -> Error {
    Error::Setup(format!(
        "filling the database failed: {error}. Does this server's schema differ from the generator's?"
    ))
}

async fn copy(
    connection: &mut SqliteConnection,
    template: &str,
    messages: u32,
    chars: usize,
) -> Result<Vec<(ChatId, i64)>, sqlx::Error> {
    let (source, head): (i64, i64) = sqlx::query_as("SELECT id, last_rev FROM chats WHERE public_id = $1")
        .bind(template)
        .fetch_one(&mut *connection)
        .await?;
    let (next,): (i64,) =
        sqlx::query_as("SELECT value FROM counters WHERE name = 'chats'").fetch_one(&mut *connection).await?;
    let shares = shares(messages);
    let mut chats = Vec::with_capacity(shares.len());
    let mut key = next;
    for some in shares.chunks(CHATS_AT_ONCE as usize) {
        let mut tx = connection.begin().await?;
        for &count in some {
            key += 1;
            let public_id = format!("{template}-{key}");
            for text in [CHAT, MEMBERS, EVENTS, NEW_EVENTS, MESSAGES] {
                sqlx::query(text)
                    .bind(source)
                    .bind(key)
                    .bind(count)
                    .bind(head)
                    .bind(public_id.as_str())
                    .bind(i64::try_from(chars).unwrap_or(i64::MAX))
                    .execute(&mut *tx)
                    .await?;
            }
            chats.push((ChatId::from(public_id.as_str()), i64::from(count)));
        }
        sqlx::query("UPDATE counters SET value = $1 WHERE name = 'chats'").bind(key).execute(&mut *tx).await?;
        tx.commit().await?;
    }
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection).await?;
    Ok(chats)
}

// ?1 the template, ?2 the new chat, ?3 its messages, ?4 the template's head, ?5 the new id, ?6 characters.
const CHAT: &str = "INSERT INTO chats (id, public_id, kind, name, name_folded, description, pair, created_at, \
    last_rev, last_seq, last_ts, member_count) \
    SELECT ?2, ?5, kind, name, name_folded, description, NULL, created_at, ?4 + ?3, ?3, last_ts + 1000 * ?3, \
    member_count FROM chats WHERE id = ?1";
const MEMBERS: &str = "INSERT INTO members (chat_id, user_id, role, joined_at, read_seq, muted_until, archived, \
    favourite, marked_unread) \
    SELECT ?2, user_id, role, joined_at, ?3, muted_until, archived, favourite, marked_unread FROM members \
    WHERE chat_id = ?1";
const EVENTS: &str = "INSERT INTO events (chat_id, rev, kind, seq, sender_id, ts, body, previous) \
    SELECT ?2, rev, kind, seq, sender_id, ts, body, previous FROM events WHERE chat_id = ?1 ORDER BY rev";
/// Messages of all members in turn, one each millisecond.
const NEW_EVENTS: &str = "WITH RECURSIVE people AS ( \
        SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS place, count(*) OVER () AS people \
        FROM members WHERE chat_id = ?1 \
    ), numbers (seq) AS (SELECT 1 WHERE ?3 > 0 UNION ALL SELECT seq + 1 FROM numbers WHERE seq < ?3) \
    INSERT INTO events (chat_id, rev, kind, seq, sender_id, ts, body, previous) \
    SELECT ?2, ?4 + seq, 1, seq, (SELECT user_id FROM people WHERE place = seq % people), \
    (SELECT last_ts FROM chats WHERE id = ?1) + 1000 * seq, NULL, NULL FROM numbers";
const MESSAGES: &str = "INSERT INTO messages (chat_id, seq, rev, sender_id, ts, kind, content) \
    SELECT chat_id, seq, rev, sender_id, ts, 1, \
    substr('~0.' || seq || '~' || replace(hex(zeroblob(?6)), '00', 'x'), 1, ?6) \
    FROM events WHERE chat_id = ?2 AND kind = 1 ORDER BY rev";

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_proto::{ChatKind, Role, ServerRole, Timestamp, UserId};
    use vestnik_store::{ChatKey, NewChat, NewUser, Range, Store, StoreConfig, Tx, list_messages};

    #[test]
    fn all_messages_are_shared_out() {
        for messages in [200, 999, 100_000, 1_234_567, 10_000_000] {
            let shares = shares(messages);
            assert_eq!(shares.iter().sum::<u32>(), messages);
            assert!(shares.len() <= CHATS_MAX as usize && shares.iter().all(|&share| share >= 1), "{messages}");
            assert!(shares[0] >= messages / LONGEST_PART);
        }
        assert_eq!(shares(10_000_000)[..2], [1_000_000, 901]);
    }

    async fn template(tx: &mut Tx) -> Result<ChatKey, vestnik_store::StoreError> {
        let created_at = Timestamp::from_millis(1_000);
        let mut users = Vec::new();
        for name in ["anna", "boris"] {
            let new = NewUser {
                username: name.to_owned(),
                folded: name.to_owned(),
                skeleton: name.to_owned(),
                display_name: name.to_owned(),
                display_folded: name.to_owned(),
                email: None,
                password: String::new(),
                server_role: ServerRole::User,
                created_at,
            };
            users.push(tx.insert_user(&new).await?);
        }
        let chat = NewChat {
            public_id: ChatId::from("template"),
            kind: ChatKind::Room,
            name: "Template".to_owned(),
            name_folded: "template".to_owned(),
            description: String::new(),
            pair: None,
            created_at,
        };
        let chat = tx.insert_chat(&chat).await?;
        for user in users {
            tx.insert_member(chat, user, Role::Member, created_at).await?;
        }
        Ok(chat)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_store_reads_what_was_filled_and_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("vestnik.db");
        let config = StoreConfig::new(format!("sqlite:{}", file.display()));
        let store = Store::open(&config).await.unwrap();
        let made = store.write(ChatKey::NONE, |tx| Box::pin(template(tx))).await.unwrap();
        store.close().await;

        let archive = fill(&file, "template", 1_000, 60).await.unwrap();
        assert_eq!(archive.chats.len(), 10);
        assert_eq!(archive.chats.iter().map(|(_, count)| count).sum::<i64>(), 1_000);
        assert!(archive.bytes > 50_000);

        let store = Store::open(&config).await.unwrap();
        let mut read = store.read().await.unwrap();
        let all = Range { from: 0, to: i64::MAX, limit: 1_000, newest: false };
        for (number, (_, count)) in archive.chats.iter().enumerate() {
            let key = ChatKey(made.0 + 1 + i64::try_from(number).unwrap());
            let messages = list_messages(&mut read, key, all).await.unwrap();
            assert_eq!(messages.len(), usize::try_from(*count).unwrap());
            for (message, seq) in messages.iter().zip(1..) {
                assert_eq!((message.seq, message.content.chars().count()), (seq, 60));
                assert!(message.content.starts_with(&format!("~0.{seq}~x")));
                assert!([UserId(1), UserId(2)].contains(&message.sender_id));
            }
        }
        drop(read);
        // New chats get numbers of their own.
        let next =
            store.write(ChatKey::NONE, |tx| Box::pin(async move { tx.next_number("chats").await })).await.unwrap();
        assert_eq!(next, made.0 + 11);
        store.close().await;
    }
}
