//! Commands that must reach the server, kept until it has acknowledged them.
//!
//! An entry is on disk before [`Store::enqueue`] returns. It keeps its `client_id` through every
//! attempt, so the server carries it out once, however often it is sent.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use vestnik_proto::{ApiError, ChatId, ClientId, Command, Timestamp};

use super::{ClientError, Store};

/// Where an entry stands.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryState {
    /// It will be sent, or sent again.
    Waiting,
    /// The server refused it for good; the person decides what becomes of it.
    Failed(ApiError),
}

/// A command that waits, or was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The idempotency key of every attempt.
    pub client_id: ClientId,
    /// In which chat; entries of one chat are sent in the order of enqueueing.
    pub chat_id: ChatId,
    /// What to do.
    pub command: Command,
    /// When it was enqueued.
    pub created: Timestamp,
    /// Where it stands.
    pub state: EntryState,
}

fn entry(row: &SqliteRow) -> Result<Entry, ClientError> {
    let bad = |error: &dyn std::fmt::Display| ClientError::Protocol(format!("an outbox entry cannot be read: {error}"));
    let client_id: String = row.try_get("client_id")?;
    let chat_id: String = row.try_get("chat_id")?;
    let command: String = row.try_get("command")?;
    let error: Option<String> = row.try_get("error")?;
    Ok(Entry {
        client_id: client_id.parse().map_err(|error| bad(&error))?,
        chat_id: ChatId(chat_id),
        command: serde_json::from_str(&command).map_err(|error| bad(&error))?,
        created: Timestamp::from_micros(row.try_get("created")?),
        state: match error {
            Some(error) => EntryState::Failed(serde_json::from_str(&error).map_err(|error| bad(&error))?),
            None => EntryState::Waiting,
        },
    })
}

impl Store {
    /// Keeps a command until it is acknowledged; durable when this returns. A `client_id` that is
    /// in the outbox already is left as it is.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing was enqueued.
    pub async fn enqueue(
        &self,
        client_id: ClientId,
        chat_id: &ChatId,
        command: &Command,
        created: Timestamp,
    ) -> Result<(), ClientError> {
        let command = serde_json::to_string(command).map_err(|error| ClientError::Protocol(error.to_string()))?;
        sqlx::query("INSERT OR IGNORE INTO outbox (client_id, chat_id, command, created) VALUES (?, ?, ?, ?)")
            .bind(client_id.to_string())
            .bind(chat_id.as_str())
            .bind(command)
            .bind(created.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The chats in which something waits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn waiting_chats(&self) -> Result<Vec<ChatId>, ClientError> {
        let chats: Vec<String> =
            sqlx::query_scalar("SELECT chat_id FROM outbox WHERE error IS NULL GROUP BY chat_id ORDER BY min(id)")
                .fetch_all(&self.pool)
                .await?;
        Ok(chats.into_iter().map(ChatId).collect())
    }

    /// What is to be sent next in a chat.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn next_waiting(&self, chat_id: &ChatId) -> Result<Option<Entry>, ClientError> {
        let row = sqlx::query("SELECT * FROM outbox WHERE chat_id = ? AND error IS NULL ORDER BY id LIMIT 1")
            .bind(chat_id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(entry).transpose()
    }

    /// Everything in the outbox, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn outbox(&self) -> Result<Vec<Entry>, ClientError> {
        let rows = sqlx::query("SELECT * FROM outbox ORDER BY id").fetch_all(&self.pool).await?;
        rows.iter().map(entry).collect()
    }

    /// Where an entry stands; `None` once it was acknowledged or discarded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn find_entry(&self, client_id: ClientId) -> Result<Option<Entry>, ClientError> {
        let row = sqlx::query("SELECT * FROM outbox WHERE client_id = ?")
            .bind(client_id.to_string())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(entry).transpose()
    }

    /// Removes an entry: it was acknowledged, or the person gave it up.
    ///
    /// # Errors
    /// When the store cannot be written; then it will be sent again, which does no harm.
    pub async fn discard(&self, client_id: ClientId) -> Result<(), ClientError> {
        sqlx::query("DELETE FROM outbox WHERE client_id = ?").bind(client_id.to_string()).execute(&self.pool).await?;
        Ok(())
    }

    /// Marks an entry as refused for good.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn fail(&self, client_id: ClientId, error: &ApiError) -> Result<(), ClientError> {
        let error = serde_json::to_string(error).map_err(|error| ClientError::Protocol(error.to_string()))?;
        sqlx::query("UPDATE outbox SET error = ? WHERE client_id = ?")
            .bind(error)
            .bind(client_id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Lets a refused entry be tried again, in its old place.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn retry(&self, client_id: ClientId) -> Result<(), ClientError> {
        sqlx::query("UPDATE outbox SET error = NULL WHERE client_id = ?")
            .bind(client_id.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_proto::ErrorCode;
    use vestnik_proto::command::SendMessage;

    fn message(chat: &str, text: &str) -> Command {
        Command::Message(SendMessage {
            chat_id: chat.into(),
            content: text.to_owned(),
            message_type: Default::default(),
            reply_to: None,
            mentions: vec![],
        })
    }

    fn id(number: u128) -> ClientId {
        ClientId::from_u128(number)
    }

    #[tokio::test]
    async fn what_was_enqueued_survives_and_keeps_its_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.sqlite");
        let store = Store::open(&path).await.unwrap();
        let now = Timestamp::from_secs(5);
        for (number, chat, text) in [(3, "b", "1"), (2, "a", "2"), (1, "b", "3"), (3, "b", "again")] {
            store.enqueue(id(number), &chat.into(), &message(chat, text), now).await.unwrap();
        }
        // Not closed: as after a crash.
        let store = Store::open(&path).await.unwrap();
        assert_eq!(store.waiting_chats().await.unwrap(), [ChatId::from("b"), ChatId::from("a")]);
        let next = store.next_waiting(&"b".into()).await.unwrap().unwrap();
        assert_eq!(
            (next.client_id, next.command, next.created),
            (id(3), message("b", "1"), now),
            "the repeat is ignored"
        );
        store.discard(id(3)).await.unwrap();
        assert_eq!(store.next_waiting(&"b".into()).await.unwrap().unwrap().client_id, id(1));
    }

    #[tokio::test]
    async fn what_was_refused_stands_aside_until_retried() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store.sqlite")).await.unwrap();
        let error = ApiError::new(ErrorCode::Forbidden, "No.");
        for number in [1, 2] {
            store.enqueue(id(number), &"a".into(), &message("a", "x"), Timestamp::default()).await.unwrap();
        }
        store.fail(id(1), &error).await.unwrap();
        assert_eq!(store.next_waiting(&"a".into()).await.unwrap().unwrap().client_id, id(2));
        assert_eq!(store.find_entry(id(1)).await.unwrap().unwrap().state, EntryState::Failed(error));
        store.retry(id(1)).await.unwrap();
        assert_eq!(store.next_waiting(&"a".into()).await.unwrap().unwrap().client_id, id(1));
        assert_eq!(store.outbox().await.unwrap().len(), 2);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.sqlite");
        let _store = Store::open(&path).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
