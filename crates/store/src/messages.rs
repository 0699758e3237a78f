//! Messages in their present state: pages, edits, deletions, reactions, pins.

use std::collections::{BTreeMap, HashMap};

use vestnik_proto::{MentionAll, Message, MessageId, MessageVersion, Timestamp, UserId};

use crate::rows::{EVENT_EDIT, Extra, message_type};
use crate::{ChatKey, Db, StoreError, Tx};

/// Which messages of a chat: a range of numbers, both ends included, read from one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Smallest number.
    pub from: i64,
    /// Greatest number.
    pub to: i64,
    /// How many at most.
    pub limit: i64,
    /// Whether the newest of the range are wanted rather than the oldest.
    pub newest: bool,
}

type MessageTuple =
    (i64, i64, String, i64, i64, String, Option<String>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "SELECT messages.seq, messages.sender_id, users.username, messages.ts, messages.kind, messages.content, \
             messages.extra, messages.edited_at, messages.deleted_at, messages.deleted_by, messages.pinned_at FROM messages \
             JOIN users ON users.id = messages.sender_id ",
            $rest
        )
    };
}

fn message(chat: ChatKey, row: MessageTuple) -> Result<Message, StoreError> {
    let (seq, sender, sender_username, ts, kind, content, extra, edited_at, deleted_at, deleted_by, pinned_at) = row;
    let extra = Extra::from_column(extra.as_deref())?;
    Ok(Message {
        id: MessageId::encode(chat.0, seq),
        seq,
        sender_id: UserId(sender),
        sender_username,
        content,
        message_type: message_type(kind)?,
        timestamp: Timestamp::from_micros(ts),
        reply_to: extra.reply_seq.map(|seq| MessageId::encode(chat.0, seq)),
        mentions: extra.mentions,
        mention_all: extra.mention_all,
        reactions: BTreeMap::new(),
        edited: edited_at.is_some(),
        edited_at: edited_at.map(Timestamp::from_micros),
        deleted: deleted_at.is_some(),
        deleted_at: deleted_at.map(Timestamp::from_micros),
        deleted_by: deleted_by.map(UserId),
        pinned: pinned_at.is_some(),
    })
}

/// Fills in the reactions.
async fn complete(db: &mut impl Db, chat: ChatKey, messages: &mut [Message]) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (messages.iter().map(|m| m.seq).min(), messages.iter().map(|m| m.seq).max()) else {
        return Ok(());
    };
    let index: HashMap<i64, usize> = messages.iter().enumerate().map(|(at, message)| (message.seq, at)).collect();
    let reactions: Vec<(i64, String, i64)> = sqlx::query_as(
        db.sql("SELECT seq, emoji, user_id FROM reactions WHERE chat_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY rev"),
    )
    .bind(chat.0)
    .bind(first)
    .bind(last)
    .fetch_all(db.conn())
    .await?;
    for (seq, emoji, user) in reactions {
        if let Some(&at) = index.get(&seq) {
            messages[at].reactions.entry(emoji).or_default().push(UserId(user));
        }
    }
    Ok(())
}

/// A page of messages in ascending order of their numbers.
///
/// # Errors
/// When the database fails.
pub async fn list_messages(db: &mut impl Db, chat: ChatKey, range: Range) -> Result<Vec<Message>, StoreError> {
    let text = if range.newest {
        select_messages!(
            "WHERE messages.chat_id = $1 AND messages.seq >= $2 AND messages.seq <= $3 ORDER BY messages.seq DESC LIMIT $4"
        )
    } else {
        select_messages!(
            "WHERE messages.chat_id = $1 AND messages.seq >= $2 AND messages.seq <= $3 ORDER BY messages.seq LIMIT $4"
        )
    };
    let rows: Vec<MessageTuple> = sqlx::query_as(db.sql(text))
        .bind(chat.0)
        .bind(range.from)
        .bind(range.to)
        .bind(range.limit)
        .fetch_all(db.conn())
        .await?;
    let mut messages = rows.into_iter().map(|row| message(chat, row)).collect::<Result<Vec<_>, _>>()?;
    if range.newest {
        messages.reverse();
    }
    complete(db, chat, &mut messages).await?;
    Ok(messages)
}

/// One message.
///
/// # Errors
/// When the database fails.
pub async fn find_message(db: &mut impl Db, chat: ChatKey, seq: i64) -> Result<Option<Message>, StoreError> {
    let range = Range { from: seq, to: seq, limit: 1, newest: false };
    Ok(list_messages(db, chat, range).await?.pop())
}

/// The newest message of each of some chats.
///
/// # Errors
/// When the database fails.
pub async fn list_last_messages(
    db: &mut impl Db,
    heads: &[(ChatKey, i64)],
) -> Result<HashMap<ChatKey, Message>, StoreError> {
    #[derive(serde::Serialize)]
    struct Head {
        c: i64,
        s: i64,
    }
    let heads: Vec<Head> =
        heads.iter().filter(|(_, seq)| *seq > 0).map(|(chat, s)| Head { c: chat.0, s: *s }).collect();
    if heads.is_empty() {
        return Ok(HashMap::new());
    }
    let json = serde_json::to_string(&heads).expect("numbers are always JSON");
    let chats: Vec<(i64, i64)> = sqlx::query_as(db.sql(
        "SELECT messages.chat_id, messages.seq FROM {rows $1: c BIGINT, s BIGINT} \
         JOIN messages ON messages.chat_id = r.c AND messages.seq = r.s ORDER BY messages.chat_id",
    ))
    .bind(json.as_str())
    .fetch_all(db.conn())
    .await?;
    let rows: Vec<MessageTuple> = sqlx::query_as(db.sql(concat!(
        "SELECT messages.seq, messages.sender_id, users.username, messages.ts, messages.kind, messages.content, ",
        "messages.extra, messages.edited_at, messages.deleted_at, messages.deleted_by, messages.pinned_at FROM {rows $1: c BIGINT, s BIGINT} ",
        "JOIN messages ON messages.chat_id = r.c AND messages.seq = r.s ",
        "JOIN users ON users.id = messages.sender_id ORDER BY messages.chat_id"
    )))
    .bind(json.as_str())
    .fetch_all(db.conn())
    .await?;
    let reactions: Vec<(i64, String, i64)> = sqlx::query_as(db.sql(
        "SELECT reactions.chat_id, reactions.emoji, reactions.user_id FROM {rows $1: c BIGINT, s BIGINT} \
         JOIN reactions ON reactions.chat_id = r.c AND reactions.seq = r.s ORDER BY reactions.chat_id, reactions.rev",
    ))
    .bind(json)
    .fetch_all(db.conn())
    .await?;
    let mut last = HashMap::with_capacity(rows.len());
    for ((chat, _), row) in chats.into_iter().zip(rows) {
        let chat = ChatKey(chat);
        last.insert(chat, message(chat, row)?);
    }
    for (chat, emoji, user) in reactions {
        if let Some(message) = last.get_mut(&ChatKey(chat)) {
            message.reactions.entry(emoji).or_default().push(UserId(user));
        }
    }
    Ok(last)
}

/// The number of the newest message older than a time, 0 when there is none.
/// Numbers are dense and times ascend with them, so it is found by halving.
///
/// # Errors
/// When the database fails.
pub async fn find_seq_before(
    db: &mut impl Db,
    chat: ChatKey,
    last_seq: i64,
    before: Timestamp,
) -> Result<i64, StoreError> {
    let (mut older, mut newer) = (0, last_seq + 1);
    while newer - older > 1 {
        let middle = older + (newer - older) / 2;
        let row: Option<(i64,)> = sqlx::query_as(db.sql("SELECT ts FROM messages WHERE chat_id = $1 AND seq = $2"))
            .bind(chat.0)
            .bind(middle)
            .fetch_optional(db.conn())
            .await?;
        match row {
            Some((ts,)) if ts < before.as_micros() => older = middle,
            _ => newer = middle,
        }
    }
    Ok(older)
}

/// All texts a message has had, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_versions(
    db: &mut impl Db,
    chat: ChatKey,
    message: &Message,
) -> Result<Vec<MessageVersion>, StoreError> {
    let edits: Vec<(i64, Option<String>)> = sqlx::query_as(
        db.sql("SELECT ts, previous FROM events WHERE chat_id = $1 AND seq = $2 AND kind = 2 ORDER BY rev"),
    )
    .bind(chat.0)
    .bind(message.seq)
    .fetch_all(db.conn())
    .await?;
    let mut versions = Vec::with_capacity(edits.len() + 1);
    let mut since = message.timestamp;
    for (ts, previous) in edits {
        versions.push(MessageVersion { content: previous.unwrap_or_default(), timestamp: since });
        since = Timestamp::from_micros(ts);
    }
    versions.push(MessageVersion { content: message.content.clone(), timestamp: since });
    Ok(versions)
}

/// The pinned messages, the latest pinned first.
///
/// # Errors
/// When the database fails.
pub async fn list_pins(db: &mut impl Db, chat: ChatKey) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageTuple> = sqlx::query_as(db.sql(select_messages!(
        "WHERE messages.chat_id = $1 AND messages.pinned_at IS NOT NULL ORDER BY messages.pinned_at DESC, messages.seq DESC"
    )))
    .bind(chat.0)
    .fetch_all(db.conn())
    .await?;
    let mut messages = rows.into_iter().map(|row| message(chat, row)).collect::<Result<Vec<_>, _>>()?;
    complete(db, chat, &mut messages).await?;
    Ok(messages)
}

/// How many messages are pinned.
///
/// # Errors
/// When the database fails.
pub async fn count_pins(db: &mut impl Db, chat: ChatKey) -> Result<i64, StoreError> {
    let (count,): (i64,) =
        sqlx::query_as(db.sql("SELECT COUNT(*) FROM messages WHERE chat_id = $1 AND pinned_at IS NOT NULL"))
            .bind(chat.0)
            .fetch_one(db.conn())
            .await?;
    Ok(count)
}

impl Tx {
    /// Replaces a message's text and what it mentions.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it is not there, or deleted.
    pub async fn edit_message(
        &mut self,
        chat: ChatKey,
        seq: i64,
        content: &str,
        mentions: &[UserId],
        mention_all: Option<MentionAll>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row: Option<(Option<String>,)> = sqlx::query_as(
            self.sql("SELECT extra FROM messages WHERE chat_id = $1 AND seq = $2 AND deleted_at IS NULL"),
        )
        .bind(chat.0)
        .bind(seq)
        .fetch_optional(self.conn())
        .await?;
        let (extra,) = row.ok_or(StoreError::Gone)?;
        let reply_seq = Extra::from_column(extra.as_deref())?.reply_seq;
        sqlx::query(
            self.sql("UPDATE messages SET content = $3, extra = $4, edited_at = $5 WHERE chat_id = $1 AND seq = $2"),
        )
        .bind(chat.0)
        .bind(seq)
        .bind(content)
        .bind(Extra::of(reply_seq, mentions, mention_all).to_column())
        .bind(now.as_micros())
        .execute(self.conn())
        .await?;
        self.replace_mentions(chat, seq, mentions, mention_all).await
    }

    async fn replace_mentions(
        &mut self,
        chat: ChatKey,
        seq: i64,
        mentions: &[UserId],
        mention_all: Option<MentionAll>,
    ) -> Result<(), StoreError> {
        sqlx::query(self.sql("DELETE FROM mentions WHERE chat_id = $1 AND seq = $2"))
            .bind(chat.0)
            .bind(seq)
            .execute(self.conn())
            .await?;
        for user in mentions.iter().copied().chain(mention_all.map(|_| UserId(0))) {
            sqlx::query(
                self.sql("INSERT INTO mentions (chat_id, user_id, seq) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"),
            )
            .bind(chat.0)
            .bind(user.0)
            .bind(seq)
            .execute(self.conn())
            .await?;
        }
        Ok(())
    }

    /// Leaves a stub of a message: its text and all earlier ones, reactions, mentions and pin are gone.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it is not there, or deleted already.
    pub async fn delete_message(
        &mut self,
        chat: ChatKey,
        seq: i64,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let reply_seq = {
            let row: Option<(Option<String>,)> = sqlx::query_as(
                self.sql("SELECT extra FROM messages WHERE chat_id = $1 AND seq = $2 AND deleted_at IS NULL"),
            )
            .bind(chat.0)
            .bind(seq)
            .fetch_optional(self.conn())
            .await?;
            Extra::from_column(row.ok_or(StoreError::Gone)?.0.as_deref())?.reply_seq
        };
        sqlx::query(self.sql(
            "UPDATE messages SET content = '', extra = $5, edited_at = NULL, pinned_at = NULL, deleted_at = $3, \
             deleted_by = $4 WHERE chat_id = $1 AND seq = $2",
        ))
        .bind(chat.0)
        .bind(seq)
        .bind(now.as_micros())
        .bind(by.0)
        .bind(Extra::of(reply_seq, &[], None).to_column())
        .execute(self.conn())
        .await?;
        sqlx::query(
            self.sql("UPDATE events SET body = NULL, previous = NULL WHERE chat_id = $1 AND seq = $2 AND kind = 2"),
        )
        .bind(chat.0)
        .bind(seq)
        .execute(self.conn())
        .await?;
        for text in [
            "DELETE FROM reactions WHERE chat_id = $1 AND seq = $2",
            "DELETE FROM mentions WHERE chat_id = $1 AND seq = $2",
        ] {
            sqlx::query(self.sql(text)).bind(chat.0).bind(seq).execute(self.conn()).await?;
        }
        Ok(())
    }

    /// Pins or unpins a message; whether that changed anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_pinned(&mut self, chat: ChatKey, seq: i64, at: Option<Timestamp>) -> Result<bool, StoreError> {
        let text = if at.is_some() {
            "UPDATE messages SET pinned_at = $3 WHERE chat_id = $1 AND seq = $2 AND deleted_at IS NULL AND pinned_at IS NULL"
        } else {
            "UPDATE messages SET pinned_at = $3 WHERE chat_id = $1 AND seq = $2 AND pinned_at IS NOT NULL"
        };
        let done = sqlx::query(self.sql(text))
            .bind(chat.0)
            .bind(seq)
            .bind(at.map(Timestamp::as_micros))
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Puts a reaction on, in the place of the event `rev`; whether it was not there yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_reaction(
        &mut self,
        chat: ChatKey,
        seq: i64,
        emoji: &str,
        user: UserId,
        rev: i64,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(self.sql(
            "INSERT INTO reactions (chat_id, seq, emoji, user_id, rev) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        ))
        .bind(chat.0)
        .bind(seq)
        .bind(emoji)
        .bind(user.0)
        .bind(rev)
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a reaction off; whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_reaction(
        &mut self,
        chat: ChatKey,
        seq: i64,
        emoji: &str,
        user: UserId,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            self.sql("DELETE FROM reactions WHERE chat_id = $1 AND seq = $2 AND emoji = $3 AND user_id = $4"),
        )
        .bind(chat.0)
        .bind(seq)
        .bind(emoji)
        .bind(user.0)
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

// The partial index and statements here name the number.
const _: () = assert!(EVENT_EDIT == 2, "the partial index and the statements above say 2");
