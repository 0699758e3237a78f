//! Messages waiting for their time.

use vestnik_proto::{ErrorCode, MessageType, Timestamp, UserId};

use crate::accounts::affected;
use crate::rows::{message_type, message_type_code};
use crate::{ChatKey, Db, StoreError, Tx};

/// A scheduled message as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledRow {
    /// Names it for changes.
    pub id: String,
    /// By whom.
    pub user: UserId,
    /// Where.
    pub chat: ChatKey,
    /// The text.
    pub content: String,
    /// What it is.
    pub message_type: MessageType,
    /// The number of the message it answers.
    pub reply_seq: Option<i64>,
    /// When.
    pub send_at: Timestamp,
    /// Why it could not be sent.
    pub failed: Option<ErrorCode>,
}

type ScheduledTuple = (String, i64, i64, String, i64, Option<i64>, i64, Option<String>);

fn scheduled(row: ScheduledTuple) -> Result<ScheduledRow, StoreError> {
    let (id, user, chat, content, kind, reply_seq, send_at, failed) = row;
    Ok(ScheduledRow {
        id,
        user: UserId(user),
        chat: ChatKey(chat),
        content,
        message_type: message_type(kind)?,
        reply_seq,
        send_at: Timestamp::from_micros(send_at),
        failed: failed.and_then(|code| ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code)),
    })
}

macro_rules! select_scheduled {
    ($rest:literal) => {
        concat!("SELECT id, user_id, chat_id, content, kind, reply_seq, send_at, failed FROM scheduled ", $rest)
    };
}

impl Tx {
    /// Keeps a scheduled message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_scheduled(&mut self, row: &ScheduledRow) -> Result<(), StoreError> {
        sqlx::query(self.sql(
            "INSERT INTO scheduled (id, user_id, chat_id, content, kind, reply_seq, send_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        ))
        .bind(row.id.as_str())
        .bind(row.user.0)
        .bind(row.chat.0)
        .bind(row.content.as_str())
        .bind(message_type_code(row.message_type))
        .bind(row.reply_seq)
        .bind(row.send_at.as_micros())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Changes when and what.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it is not there any more.
    pub async fn update_scheduled(
        &mut self,
        id: &str,
        content: &str,
        send_at: Timestamp,
        failed: Option<ErrorCode>,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(self.sql("UPDATE scheduled SET content = $2, send_at = $3, failed = $4 WHERE id = $1"))
            .bind(id)
            .bind(content)
            .bind(send_at.as_micros())
            .bind(failed.map(ErrorCode::as_str))
            .execute(self.conn())
            .await?;
        affected(done.rows_affected())
    }

    /// Removes a scheduled message, sent or cancelled; whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_scheduled(&mut self, id: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(self.sql("DELETE FROM scheduled WHERE id = $1")).bind(id).execute(self.conn()).await?;
        Ok(done.rows_affected() == 1)
    }
}

/// One scheduled message.
///
/// # Errors
/// When the database fails.
pub async fn find_scheduled(db: &mut impl Db, id: &str) -> Result<Option<ScheduledRow>, StoreError> {
    let row: Option<ScheduledTuple> =
        sqlx::query_as(db.sql(select_scheduled!("WHERE id = $1"))).bind(id).fetch_optional(db.conn()).await?;
    row.map(scheduled).transpose()
}

/// A user's scheduled messages, the soonest first.
///
/// # Errors
/// When the database fails.
pub async fn list_scheduled(db: &mut impl Db, user: UserId) -> Result<Vec<ScheduledRow>, StoreError> {
    let rows: Vec<ScheduledTuple> =
        sqlx::query_as(db.sql(select_scheduled!("WHERE user_id = $1 ORDER BY send_at, id")))
            .bind(user.0)
            .fetch_all(db.conn())
            .await?;
    rows.into_iter().map(scheduled).collect()
}

/// Messages whose time has come and that have not failed, the soonest first.
///
/// # Errors
/// When the database fails.
pub async fn list_due(db: &mut impl Db, now: Timestamp, limit: i64) -> Result<Vec<ScheduledRow>, StoreError> {
    let rows: Vec<ScheduledTuple> = sqlx::query_as(
        db.sql(select_scheduled!("WHERE send_at <= $1 AND failed IS NULL ORDER BY send_at, id LIMIT $2")),
    )
    .bind(now.as_micros())
    .bind(limit)
    .fetch_all(db.conn())
    .await?;
    rows.into_iter().map(scheduled).collect()
}

/// When the next scheduled message is due.
///
/// # Errors
/// When the database fails.
pub async fn find_next_due(db: &mut impl Db) -> Result<Option<Timestamp>, StoreError> {
    let row: Option<(i64,)> =
        sqlx::query_as(db.sql("SELECT send_at FROM scheduled WHERE failed IS NULL ORDER BY send_at LIMIT 1"))
            .fetch_optional(db.conn())
            .await?;
    Ok(row.map(|(at,)| Timestamp::from_micros(at)))
}
