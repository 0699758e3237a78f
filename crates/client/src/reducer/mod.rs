//! The one place where events become state. The server's tests fold the log with this reducer and
//! compare the result with what is read afresh; the web client's reducer is held to it by
//! [`vectors`].
//!
//! An event is applied only when its number is the next one. Everything else is told to the
//! caller, who asks the server for what is missing: see [`Applied`].

mod account;
mod chat;
#[cfg(test)]
mod tests;
pub mod vectors;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vestnik_proto::{
    Answer, Chat, ChatId, ChatKind, ChatSettings, Draft, Member, Message, Permission, Role, ScheduledMessage,
    ServerFrame, Timestamp, User, UserId,
};

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was the next one and is part of the state now.
    Applied,
    /// It was there before; nothing changed.
    Duplicate,
    /// Events are missing between: ask for them with `sync` from `have`. Nothing changed.
    Gap {
        /// The newest number the state has.
        have: i64,
        /// The number that came.
        got: i64,
    },
    /// The state does not know this chat; the account stream will tell of it if it matters.
    /// Nothing changed.
    UnknownChat,
}

impl Applied {
    /// What becomes of the event `got` for a log of which the state has `have`.
    fn check(have: i64, got: i64) -> Self {
        if got <= have {
            Self::Duplicate
        } else if got == have + 1 {
            Self::Applied
        } else {
            Self::Gap { have, got }
        }
    }
}

/// Everything a client knows of its account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Whose account it is; absent for a guest, and before signing in.
    pub me: Option<UserId>,
    /// The account's profile, once told.
    pub profile: Option<User>,
    /// The newest event of the account stream that was applied.
    pub account_rev: i64,
    /// The chats, by id.
    pub chats: BTreeMap<ChatId, ChatState>,
    /// The settings of the account's clients, by name, as far as they were loaded or told.
    pub preferences: BTreeMap<String, String>,
    /// Messages waiting for their time, by id, as far as events told of them.
    pub scheduled: BTreeMap<String, ScheduledMessage>,
}

/// What a chat is for the caller, besides its log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatInfo {
    /// Which chat.
    pub id: ChatId,
    /// Which of the four kinds.
    #[serde(rename = "type")]
    pub kind: ChatKind,
    /// The title; empty for a direct chat.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub description: String,
    /// Made when.
    pub created_at: Timestamp,
    /// The other person of a direct chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<User>,
    /// What the caller is here; absent for one who only looks in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What the caller may do here. Only the server's table knows what a role may do, so after a
    /// change of role this is stale until the chat is read again (`get_chat`, [`State::load_chat`]).
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// The newest message the caller has read.
    pub read_seq: i64,
    /// The caller's settings for this chat.
    #[serde(default)]
    pub settings: ChatSettings,
    /// The caller's unfinished message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
}

/// One chat: what it is, and its log folded up to `rev`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatState {
    /// What it is for the caller.
    pub info: ChatInfo,
    /// The newest event that was applied.
    pub rev: i64,
    /// The newest message's number; 0 when there is none.
    pub last_seq: i64,
    /// How many members there are, blocked ones not counted.
    pub member_count: i64,
    /// Members as far as they are known: those of whom events told, and loaded pages.
    /// Blocked ones stay, with that role.
    #[serde(default)]
    pub members: BTreeMap<UserId, Member>,
    /// Messages as far as they are loaded, by `seq`; there may be holes.
    #[serde(default)]
    pub messages: BTreeMap<i64, Message>,
    /// Whether the chat was deleted; its last event says so.
    #[serde(default)]
    pub deleted: bool,
}

impl ChatState {
    /// How many messages are unread: those after the newest one read. The one rule; nothing but
    /// new messages of others makes a chat unread.
    pub fn unread(&self) -> i64 {
        if self.info.role.is_none() { 0 } else { (self.last_seq - self.info.read_seq).max(0) }
    }

    /// Whether the chat shows as unread: something is, or the caller marked it so.
    pub fn shows_unread(&self) -> bool {
        self.unread() > 0 || self.info.settings.marked_unread
    }

    /// How many of the loaded unread messages mention `me`.
    pub fn unread_mentions(&self, me: UserId) -> usize {
        let unread = self.messages.range(self.info.read_seq + 1..);
        unread.filter(|(_, m)| m.sender_id != me && (m.mentions.contains(&me) || m.mention_all.is_some())).count()
    }

    /// The pinned messages among the loaded ones, in ascending `seq`.
    pub fn pins(&self) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(|message| message.pinned)
    }

    /// Whether the server has messages before the oldest one loaded.
    pub fn has_older(&self) -> bool {
        self.messages.first_key_value().map_or(self.last_seq > 0, |(&seq, _)| seq > 1)
    }

    /// Forgets all but the newest `keep` messages, so that memory stays bounded.
    /// What was forgotten can be loaded again.
    pub fn trim(&mut self, keep: usize) {
        while self.messages.len() > keep {
            self.messages.pop_first();
        }
    }

    /// The title, or the name of the other person of a direct chat.
    pub fn title(&self) -> &str {
        match &self.info.peer {
            Some(peer) if self.info.name.is_empty() => &peer.display_name,
            _ => &self.info.name,
        }
    }
}

impl From<&Chat> for ChatState {
    /// A chat with nothing loaded but its newest message.
    fn from(chat: &Chat) -> Self {
        Self {
            info: ChatInfo::from(chat),
            rev: chat.rev,
            last_seq: chat.last_seq,
            member_count: chat.member_count,
            members: BTreeMap::new(),
            messages: chat.last_message.iter().map(|message| (message.seq, message.clone())).collect(),
            deleted: false,
        }
    }
}

impl From<&Chat> for ChatInfo {
    fn from(chat: &Chat) -> Self {
        Self {
            id: chat.id.clone(),
            kind: chat.kind,
            name: chat.name.clone(),
            description: chat.description.clone(),
            created_at: chat.created_at,
            peer: chat.peer.clone(),
            role: chat.role,
            permissions: chat.permissions.clone(),
            read_seq: chat.read_seq,
            settings: chat.settings.clone(),
            draft: chat.draft.clone(),
        }
    }
}

impl State {
    /// The empty state of an account.
    pub fn new(me: Option<UserId>) -> Self {
        Self { me, ..Self::default() }
    }

    /// Folds whatever the server sent: events, resets, and the answers that carry state.
    /// `None` when the frame has nothing for the state.
    pub fn apply(&mut self, frame: &ServerFrame) -> Option<Applied> {
        match frame {
            ServerFrame::Chat(event) => return Some(self.apply_chat(event)),
            ServerFrame::Account(event) => return Some(self.apply_account(event)),
            ServerFrame::Passing(event) => {
                self.apply_passing(event);
                return None;
            }
            ServerFrame::Answer(Answer::Reset(reset)) => self.reset(reset),
            ServerFrame::Answer(Answer::AccountReset { chats, account_rev }) => self.account_reset(chats, *account_rev),
            ServerFrame::Answer(Answer::Chats { chats, account_rev }) => self.load_chats(chats, *account_rev),
            ServerFrame::Answer(Answer::Chat { chat }) => self.load_chat(chat),
            ServerFrame::Answer(Answer::Preferences { preferences, account_rev }) => {
                return self.load_preferences(preferences, *account_rev).then_some(Applied::Applied);
            }
            ServerFrame::Answer(Answer::History(page)) => return self.load_history(page).then_some(Applied::Applied),
            ServerFrame::Answer(Answer::SyncDone(done)) => self.sync_done(done),
            ServerFrame::Answer(_) | ServerFrame::Control(_) => return None,
        }
        Some(Applied::Applied)
    }

    /// What to ask `sync` for: the newest number of each log.
    pub fn cursors(&self) -> vestnik_proto::command::Sync {
        vestnik_proto::command::Sync {
            chats: self.chats.iter().map(|(id, chat)| (id.clone(), chat.rev)).collect(),
            account: self.me.map(|_| self.account_rev),
        }
    }
}
