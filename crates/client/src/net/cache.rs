//! What the server told, kept so that the program opens at once and resumes where it was.
//!
//! A chat's `rev` and the rows it stands for are written in one transaction: the cursor is never
//! ahead of the data. The cache may be dropped at any time; then everything is fetched anew.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, Row, SqliteConnection};
use vestnik_proto::{
    AccountEventContent, Answer, ChatEventContent, ChatId, Member, Message, MessageId, PassingEvent, ScheduledMessage,
    ServerFrame, Timestamp, User, UserId,
};

use super::{ClientError, Store};
use crate::reducer::{ChatInfo, ChatState, State};

/// The form of the cached rows; another one drops the cache.
const VERSION: i64 = 1;

/// What has changed in the state since the cache was written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Changes {
    /// Write everything anew.
    everything: bool,
    /// The account's row.
    account: bool,
    /// Chats and which of their rows.
    chats: BTreeMap<ChatId, ChatChanges>,
}

#[derive(Debug, Default, PartialEq)]
struct ChatChanges {
    /// Write the chat anew with all its rows, or drop it if it is gone.
    whole: bool,
    messages: BTreeSet<i64>,
    members: BTreeSet<UserId>,
}

impl Changes {
    /// Everything is to be written anew.
    pub(super) fn everything(&mut self) {
        self.everything = true;
    }

    /// A chat is to be written anew.
    pub(super) fn whole(&mut self, chat_id: &ChatId) {
        self.chats.entry(chat_id.clone()).or_default().whole = true;
    }

    /// These members of a chat have changed.
    pub(super) fn members(&mut self, chat_id: &ChatId, members: impl Iterator<Item = UserId>) {
        self.chats.entry(chat_id.clone()).or_default().members.extend(members);
    }

    /// Notes what a frame that was applied has changed.
    pub(super) fn note(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Chat(event) => {
                let chat = self.chats.entry(event.chat_id.clone()).or_default();
                match &event.content {
                    ChatEventContent::NewMessage { message } => {
                        chat.messages.insert(message.seq);
                        chat.members.insert(message.sender_id);
                    }
                    ChatEventContent::MessageEdited { seq, .. }
                    | ChatEventContent::MessageDeleted { seq, .. }
                    | ChatEventContent::ReactionChanged { seq, .. }
                    | ChatEventContent::PinChanged { seq, .. } => {
                        chat.messages.insert(*seq);
                    }
                    ChatEventContent::MemberChanged { member, .. } => {
                        chat.members.insert(member.user_id);
                    }
                    ChatEventContent::ChatCreated { .. }
                    | ChatEventContent::ChatUpdated { .. }
                    | ChatEventContent::ChatDeleted { .. } => {}
                }
            }
            ServerFrame::Account(event) => {
                self.account = true;
                match &event.content {
                    AccountEventContent::ChatJoined { chat } => self.whole(&chat.id),
                    AccountEventContent::ChatLeft { chat_id } => self.whole(chat_id),
                    AccountEventContent::ReadMarker { chat_id, user_id, .. } => {
                        self.chats.entry(chat_id.clone()).or_default().members.insert(*user_id);
                    }
                    AccountEventContent::DraftChanged { chat_id, .. }
                    | AccountEventContent::ChatSettingsChanged { chat_id, .. } => {
                        self.chats.entry(chat_id.clone()).or_default();
                    }
                    AccountEventContent::ProfileChanged { .. }
                    | AccountEventContent::PreferenceChanged { .. }
                    | AccountEventContent::ScheduledChanged { .. } => {}
                }
            }
            ServerFrame::Answer(Answer::Reset(reset)) => self.whole(&reset.chat_id),
            ServerFrame::Answer(Answer::Chat { chat }) => {
                self.chats.entry(chat.id.clone()).or_default();
            }
            ServerFrame::Answer(Answer::Preferences { .. }) => self.account = true,
            ServerFrame::Answer(Answer::History(page)) => {
                let seqs = page.messages.iter().map(|message| message.seq);
                self.chats.entry(page.chat_id.clone()).or_default().messages.extend(seqs);
            }
            ServerFrame::Answer(Answer::SyncDone(done)) => done.gone.iter().for_each(|chat_id| self.whole(chat_id)),
            ServerFrame::Answer(Answer::AccountReset { .. } | Answer::Chats { .. }) => self.everything = true,
            // Names and how far others have come are kept with the next change of their rows.
            ServerFrame::Passing(
                PassingEvent::ReadMarker { .. } | PassingEvent::DeliveryMarker { .. } | PassingEvent::Profile { .. },
            )
            | ServerFrame::Passing(_)
            | ServerFrame::Answer(_)
            | ServerFrame::Control(_) => {}
        }
    }

    /// The rows to write, from the state as it is now.
    pub(super) fn rows(&self, state: &State) -> Rows {
        let mut rows = Rows { everything: self.everything, ..Rows::default() };
        if self.everything || self.account {
            let account = AccountRow {
                me: state.me,
                profile: &state.profile,
                account_rev: state.account_rev,
                preferences: &state.preferences,
                scheduled: &state.scheduled,
            };
            rows.account = Some(json(&account));
        }
        if self.everything {
            state.chats.iter().for_each(|(id, chat)| rows.chat(id, chat, None));
            return rows;
        }
        for (id, changes) in &self.chats {
            match state.chats.get(id) {
                Some(chat) => rows.chat(id, chat, Some(changes)),
                None => rows.dropped.push(id.clone()),
            }
        }
        rows
    }
}

/// A value of this program as JSON.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("rows are always JSON: their maps have string keys")
}

#[derive(Serialize)]
struct AccountRow<'a> {
    me: Option<UserId>,
    profile: &'a Option<User>,
    account_rev: i64,
    preferences: &'a BTreeMap<String, String>,
    scheduled: &'a BTreeMap<String, ScheduledMessage>,
}

/// A chat without what has rows of its own.
#[derive(Serialize)]
struct ChatRow<'a> {
    info: &'a ChatInfo,
    rev: i64,
    last_seq: i64,
    member_count: i64,
    deleted: bool,
}

/// Rows to write.
#[derive(Debug, Default)]
pub(super) struct Rows {
    everything: bool,
    account: Option<String>,
    /// Chats to drop with all their rows, before the others are written.
    dropped: Vec<ChatId>,
    chats: Vec<(ChatId, String)>,
    messages: Vec<(ChatId, i64, String)>,
    /// Members; without JSON those who are gone.
    members: Vec<(ChatId, UserId, Option<String>)>,
    /// Messages before these numbers are forgotten.
    oldest: Vec<(ChatId, i64)>,
}

impl Rows {
    /// Nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        !self.everything && self.account.is_none() && self.dropped.is_empty() && self.chats.is_empty()
    }

    fn chat(&mut self, id: &ChatId, chat: &ChatState, changes: Option<&ChatChanges>) {
        let row = ChatRow {
            info: &chat.info,
            rev: chat.rev,
            last_seq: chat.last_seq,
            member_count: chat.member_count,
            deleted: chat.deleted,
        };
        self.chats.push((id.clone(), json(&row)));
        match changes {
            Some(changes) if !changes.whole => {
                for seq in &changes.messages {
                    if let Some(message) = chat.messages.get(seq) {
                        self.messages.push((id.clone(), *seq, json(message)));
                    }
                }
                for user_id in &changes.members {
                    self.members.push((id.clone(), *user_id, chat.members.get(user_id).map(json)));
                }
                if let Some((&oldest, _)) = chat.messages.first_key_value() {
                    self.oldest.push((id.clone(), oldest));
                }
            }
            _ => {
                self.dropped.push(id.clone());
                self.messages.extend(chat.messages.iter().map(|(seq, message)| (id.clone(), *seq, json(message))));
                self.members.extend(chat.members.iter().map(|(user, member)| (id.clone(), *user, Some(json(member)))));
            }
        }
    }
}

/// A text that was being written when there was no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalDraft {
    /// The text so far.
    pub content: String,
    /// The message it will answer.
    pub reply_to: Option<MessageId>,
    /// When it was last changed.
    pub updated: Timestamp,
}

impl Store {
    /// The state as it was written last, with the newest `keep` messages of each chat.
    /// Empty when there is none, or one of another version.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn load_state(&self, keep: u32) -> Result<State, ClientError> {
        let account: Option<String> = sqlx::query_scalar("SELECT json FROM account WHERE version = ?")
            .bind(VERSION)
            .fetch_optional(&self.pool)
            .await?;
        let Some(Ok(mut state)) = account.map(|account| serde_json::from_str::<State>(&account)) else {
            return Ok(State::default());
        };
        for (chat_id, chat) in self.rows::<String, ChatState>("SELECT chat_id, json FROM chats").await? {
            state.chats.insert(ChatId(chat_id), chat);
        }
        for row in sqlx::query("SELECT chat_id, json FROM members").fetch_all(&self.pool).await? {
            let (chat_id, json): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            if let (Some(chat), Ok(member)) = (state.chats.get_mut(&*chat_id), serde_json::from_str::<Member>(&json)) {
                chat.members.insert(member.user_id, member);
            }
        }
        let newest = "SELECT seq, json FROM messages WHERE chat_id = ? ORDER BY seq DESC LIMIT ?";
        for (chat_id, chat) in &mut state.chats {
            let rows = sqlx::query(newest).bind(chat_id.as_str()).bind(i64::from(keep)).fetch_all(&self.pool).await?;
            for row in rows {
                let json: String = row.try_get(1)?;
                if let Ok(message) = serde_json::from_str::<Message>(&json) {
                    chat.messages.insert(message.seq, message);
                }
            }
        }
        Ok(state)
    }

    async fn rows<K, V>(&self, sql: &'static str) -> Result<Vec<(K, V)>, ClientError>
    where
        K: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
        V: for<'de> Deserialize<'de>,
    {
        let mut found = Vec::new();
        for row in sqlx::query(sql).fetch_all(&self.pool).await? {
            let json: String = row.try_get(1)?;
            // A row that cannot be read is fetched anew from the server, as one that is not there.
            if let Ok(value) = serde_json::from_str(&json) {
                found.push((row.try_get(0)?, value));
            }
        }
        Ok(found)
    }

    /// Writes rows in one transaction.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing was.
    pub(super) async fn write(&self, rows: Rows) -> Result<(), ClientError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut connection = self.pool.acquire().await?;
        let written = async {
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            write(&mut transaction, rows).await?;
            transaction.commit().await
        };
        let written = written.await;
        if written.is_err() {
            // On a full disk SQLite rolls back by itself, and a connection that does not know it
            // can begin nothing any more. The next use opens another.
            drop(connection.detach());
        }
        Ok(written?)
    }

    /// Keeps a text being written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn save_draft(&self, chat_id: &ChatId, draft: &LocalDraft) -> Result<(), ClientError> {
        sqlx::query("INSERT OR REPLACE INTO drafts (chat_id, content, reply_to, updated) VALUES (?, ?, ?, ?)")
            .bind(chat_id.as_str())
            .bind(&draft.content)
            .bind(draft.reply_to.as_ref().map(MessageId::as_str))
            .bind(draft.updated.as_micros())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The text being written in a chat.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn find_draft(&self, chat_id: &ChatId) -> Result<Option<LocalDraft>, ClientError> {
        let row = sqlx::query("SELECT content, reply_to, updated FROM drafts WHERE chat_id = ?")
            .bind(chat_id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let reply_to: Option<String> = row.try_get(1)?;
        Ok(Some(LocalDraft {
            content: row.try_get(0)?,
            reply_to: reply_to.map(MessageId),
            updated: Timestamp::from_micros(row.try_get(2)?),
        }))
    }

    /// Forgets the text being written in a chat.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn clear_draft(&self, chat_id: &ChatId) -> Result<(), ClientError> {
        sqlx::query("DELETE FROM drafts WHERE chat_id = ?").bind(chat_id.as_str()).execute(&self.pool).await?;
        Ok(())
    }
}

async fn write(connection: &mut SqliteConnection, rows: Rows) -> Result<(), sqlx::Error> {
    if rows.everything {
        for table in ["DELETE FROM chats", "DELETE FROM members", "DELETE FROM messages"] {
            sqlx::query(table).execute(&mut *connection).await?;
        }
    }
    for chat_id in rows.dropped {
        for table in [
            "DELETE FROM chats WHERE chat_id = ?",
            "DELETE FROM members WHERE chat_id = ?",
            "DELETE FROM messages WHERE chat_id = ?",
        ] {
            sqlx::query(table).bind(chat_id.as_str()).execute(&mut *connection).await?;
        }
    }
    if let Some(account) = rows.account {
        sqlx::query("INSERT OR REPLACE INTO account (one, version, json) VALUES (1, ?, ?)")
            .bind(VERSION)
            .bind(account)
            .execute(&mut *connection)
            .await?;
    }
    for (chat_id, chat) in rows.chats {
        sqlx::query("INSERT OR REPLACE INTO chats (chat_id, json) VALUES (?, ?)")
            .bind(chat_id.0)
            .bind(chat)
            .execute(&mut *connection)
            .await?;
    }
    for (chat_id, seq, message) in rows.messages {
        sqlx::query("INSERT OR REPLACE INTO messages (chat_id, seq, json) VALUES (?, ?, ?)")
            .bind(chat_id.0)
            .bind(seq)
            .bind(message)
            .execute(&mut *connection)
            .await?;
    }
    for (chat_id, user_id, member) in rows.members {
        let sql = match member {
            Some(_) => "INSERT OR REPLACE INTO members (chat_id, user_id, json) VALUES (?, ?, ?)",
            None => "DELETE FROM members WHERE chat_id = ? AND user_id = ? AND ?3 IS NULL",
        };
        sqlx::query(sql).bind(chat_id.0).bind(user_id.0).bind(member).execute(&mut *connection).await?;
    }
    for (chat_id, oldest) in rows.oldest {
        sqlx::query("DELETE FROM messages WHERE chat_id = ? AND seq < ?")
            .bind(chat_id.0)
            .bind(oldest)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_proto::frame::ReceivedFrame;

    /// Frames as a server sends them, applied and noted.
    fn apply(state: &mut State, changes: &mut Changes, frames: &[&str]) {
        for text in frames {
            let frame = ReceivedFrame::decode(text).unwrap().unwrap().frame;
            state.apply(&frame);
            changes.note(&frame);
        }
    }

    const CHATS: &str = r#"{"type":"chats","account_rev":3,"chats":[{"id":"general","type":"room","name":"General",
        "created_at":"2026-01-01T00:00:00.000Z","rev":0,"last_seq":0,"member_count":1,"role":"member"}]}"#;

    fn sent(rev: i64) -> String {
        format!(
            r#"{{"type":"new_message","chat_id":"general","rev":{rev},"message":{{"id":"1-{rev}","seq":{rev},"sender_id":2,
            "sender_username":"anna","content":"hi","message_type":"text","timestamp":"2026-01-01T00:00:00.000Z"}}}}"#
        )
    }

    #[tokio::test]
    async fn the_state_comes_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.sqlite");
        let store = Store::open(&path).await.unwrap();
        let mut state = State::new(Some(UserId(1)));
        let mut changes = Changes::default();
        apply(&mut state, &mut changes, &[CHATS]);
        store.write(changes.rows(&state)).await.unwrap();
        let joined = r#"{"type":"member_changed","chat_id":"general","rev":3,"change":"joined","by":2,"timestamp":"2026-01-01T00:00:00.000Z",
            "member":{"user_id":2,"username":"anna","display_name":"Anna","role":"member","joined_at":"2026-01-01T00:00:00.000Z","read_seq":0}}"#;
        let mut changes = Changes::default();
        apply(&mut state, &mut changes, &[&sent(1), &sent(2), joined]);
        store.write(changes.rows(&state)).await.unwrap();
        let reopened = Store::open(&path).await.unwrap();
        assert_eq!(reopened.load_state(100).await.unwrap(), state);
        assert_eq!(reopened.load_state(1).await.unwrap().chats["general"].messages.len(), 1);

        let mut changes = Changes::default();
        let left = r#"{"type":"chat_left","account_rev":4,"chat_id":"general"}"#;
        apply(&mut state, &mut changes, &[left]);
        store.write(changes.rows(&state)).await.unwrap();
        assert_eq!(store.load_state(100).await.unwrap(), state);
    }

    #[tokio::test]
    async fn drafts_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("store.sqlite")).await.unwrap();
        let chat = ChatId::from("general");
        let draft =
            LocalDraft { content: "hal".to_owned(), reply_to: Some("1-1".into()), updated: Timestamp::from_secs(1) };
        store.save_draft(&chat, &draft).await.unwrap();
        assert_eq!(store.find_draft(&chat).await.unwrap(), Some(draft));
        store.clear_draft(&chat).await.unwrap();
        assert_eq!(store.find_draft(&chat).await.unwrap(), None);
    }
}
