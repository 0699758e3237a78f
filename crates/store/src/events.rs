//! The log of a chat.

use std::collections::HashMap;

use vestnik_proto::{ChatEvent, ChatEventContent, ChatId, Message, MessageId, Timestamp, UserId};

use crate::rows::{EVENT_EDIT, EVENT_MESSAGE, EVENT_OTHER};
use crate::{ChatKey, Db, Range, StoreError, Tx, list_messages};

/// An event to append, other than a message.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    /// What happened.
    pub content: &'a ChatEventContent,
    /// By whom.
    pub by: UserId,
    /// When.
    pub ts: Timestamp,
    /// The text an edit replaced.
    pub previous: Option<&'a str>,
}

/// How far a chat is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its internal number.
    pub key: ChatKey,
    /// Its name on the wire.
    pub id: ChatId,
    /// Newest event.
    pub rev: i64,
}

impl Tx {
    /// Takes the chat's next place in its log, without filling it.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when the chat is deleted.
    pub async fn next_rev(&mut self, chat: ChatKey) -> Result<i64, StoreError> {
        let row: Option<(i64,)> =
            sqlx::query_as(self.sql(
                "UPDATE chats SET last_rev = last_rev + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING last_rev",
            ))
            .bind(chat.0)
            .fetch_optional(self.conn())
            .await?;
        row.map(|(rev,)| rev).ok_or(StoreError::Gone)
    }

    /// Fills a place taken by [`Tx::next_rev`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_event(&mut self, chat: ChatKey, rev: i64, event: &NewEvent<'_>) -> Result<(), StoreError> {
        let (kind, seq) = match event.content {
            ChatEventContent::NewMessage { .. } => {
                return Err(StoreError::Internal("messages are appended by the writer".to_owned()));
            }
            ChatEventContent::MessageEdited { seq, .. } => (EVENT_EDIT, Some(*seq)),
            ChatEventContent::MessageDeleted { seq, .. }
            | ChatEventContent::ReactionChanged { seq, .. }
            | ChatEventContent::PinChanged { seq, .. } => (EVENT_OTHER, Some(*seq)),
            _ => (EVENT_OTHER, None),
        };
        let body = serde_json::to_string(event.content).map_err(|error| StoreError::Internal(error.to_string()))?;
        sqlx::query(self.sql(
            "INSERT INTO events (chat_id, rev, kind, seq, sender_id, ts, body, previous) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        ))
        .bind(chat.0)
        .bind(rev)
        .bind(kind)
        .bind(seq)
        .bind(event.by.0)
        .bind(event.ts.as_micros())
        .bind(body)
        .bind(event.previous)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// Events of a chat after a place in its log, in order. A message's event carries the message in its
/// present state; folding the later events over it changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn list_events(
    db: &mut impl Db,
    chat: ChatKey,
    id: &ChatId,
    after: i64,
    limit: i64,
) -> Result<Vec<ChatEvent>, StoreError> {
    type Row = (i64, i64, Option<i64>, i64, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        db.sql("SELECT rev, kind, seq, ts, body FROM events WHERE chat_id = $1 AND rev > $2 ORDER BY rev LIMIT $3"),
    )
    .bind(chat.0)
    .bind(after)
    .bind(limit)
    .fetch_all(db.conn())
    .await?;
    let seqs = || rows.iter().filter(|(_, kind, ..)| *kind == EVENT_MESSAGE).filter_map(|(_, _, seq, ..)| *seq);
    let mut messages: HashMap<i64, Message> = HashMap::new();
    if let (Some(from), Some(to)) = (seqs().min(), seqs().max()) {
        let range = Range { from, to, limit: to - from + 1, newest: false };
        messages.extend(list_messages(db, chat, range).await?.into_iter().map(|message| (message.seq, message)));
    }
    rows.into_iter()
        .map(|(rev, kind, seq, ts, body)| {
            let broken = || StoreError::Internal(format!("event {rev} of chat {} is incomplete", chat.0));
            let content = match (kind, seq, body) {
                (EVENT_MESSAGE, Some(seq), _) => {
                    ChatEventContent::NewMessage { message: messages.remove(&seq).ok_or_else(broken)? }
                }
                // An edit of a message deleted since: the place is kept, the text is gone.
                (EVENT_EDIT, Some(seq), None) => ChatEventContent::MessageEdited {
                    message_id: MessageId::encode(chat.0, seq),
                    seq,
                    content: String::new(),
                    mentions: Vec::new(),
                    mention_all: None,
                    edited_at: Timestamp::from_micros(ts),
                },
                (_, _, Some(body)) => serde_json::from_str(&body).map_err(|_| broken())?,
                _ => return Err(broken()),
            };
            Ok(ChatEvent { chat_id: id.clone(), rev, content })
        })
        .collect()
}

/// How far some chats are, by their internal numbers, and which of them are deleted; those that do not exist are
/// left out. A deleted chat has the public id it had.
///
/// # Errors
/// When the database fails.
pub async fn list_heads_by_key(
    db: &mut impl Db,
    keys: impl Iterator<Item = ChatKey> + Send,
) -> Result<Vec<(Head, bool)>, StoreError> {
    let Some(json) = numbers(keys.map(|key| key.0)) else { return Ok(Vec::new()) };
    let rows: Vec<(i64, String, i64, Option<i64>)> = sqlx::query_as(
        db.sql("SELECT id, public_id, last_rev, deleted_at FROM chats WHERE id IN (SELECT n FROM {rows $1: n BIGINT})"),
    )
    .bind(json)
    .fetch_all(db.conn())
    .await?;
    let head = |(key, id, rev, deleted): (i64, String, i64, Option<i64>)| {
        let former = deleted.and_then(|_| id.strip_suffix(&format!("~{key}")).map(str::to_owned));
        (Head { key: ChatKey(key), id: ChatId(former.unwrap_or(id)), rev }, deleted.is_some())
    };
    Ok(rows.into_iter().map(head).collect())
}

/// A list of numbers for a `{rows $1: n BIGINT}`; nothing for none.
pub(crate) fn numbers(numbers: impl Iterator<Item = i64>) -> Option<String> {
    #[derive(serde::Serialize)]
    struct Number {
        n: i64,
    }
    let numbers: Vec<Number> = numbers.map(|n| Number { n }).collect();
    (!numbers.is_empty()).then(|| serde_json::to_string(&numbers).expect("numbers are always JSON"))
}

/// How far some chats are; those that do not exist are left out.
///
/// # Errors
/// When the database fails.
pub async fn list_heads(db: &mut impl Db, ids: impl Iterator<Item = &ChatId> + Send) -> Result<Vec<Head>, StoreError> {
    #[derive(serde::Serialize)]
    struct Id<'a> {
        i: &'a str,
    }
    let ids: Vec<Id<'_>> = ids.map(|id| Id { i: id.as_str() }).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let json = serde_json::to_string(&ids).expect("strings are always JSON");
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(db.sql(
        "SELECT id, public_id, last_rev FROM chats WHERE deleted_at IS NULL \
         AND public_id IN (SELECT i FROM {rows $1: i TEXT})",
    ))
    .bind(json)
    .fetch_all(db.conn())
    .await?;
    Ok(rows.into_iter().map(|(key, id, rev)| Head { key: ChatKey(key), id: ChatId(id), rev }).collect())
}
