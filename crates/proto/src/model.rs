//! What the server speaks about: users, chats, members, messages and their parts.

use std::collections::BTreeMap;

use crate::{ChatId, MessageId, Timestamp, UserId, wire};

/// Skips `false` and zero in answers where absence means the same.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

wire! {
    /// The four kinds of chat.
    #[derive(Copy, Eq, Hash, PartialOrd, Ord)]
    #[serde(rename_all = "snake_case")]
    pub enum ChatKind {
        /// Two people; exists once for a pair.
        Direct,
        /// Invited members, all of whom write.
        Group,
        /// Invited members; only owner and admins write.
        Channel,
        /// Public: everyone reads, signed-in people write.
        Room,
    }
}

impl ChatKind {
    /// Whether it is kept and told in such a chat how far messages have been delivered: where one
    /// can still look at each member, and each mark is told to few.
    pub fn marks_delivery(self, members: i64) -> bool {
        match self {
            Self::Direct => true,
            Self::Group => members <= crate::limits::DELIVERY_MEMBERS,
            Self::Channel | Self::Room => false,
        }
    }
}

wire! {
    /// What a member is in a chat.
    #[derive(Copy, Eq, Hash, PartialOrd, Ord)]
    #[serde(rename_all = "snake_case")]
    pub enum Role {
        /// Made the chat or was given it; exactly one, except in direct chats, which have none.
        Owner,
        /// Runs the chat with the owner.
        Admin,
        /// Reads and writes (in a channel reads).
        Member,
        /// Reads.
        Viewer,
        /// Neither reads nor writes nor learns anything new.
        Blocked,
    }
}

wire! {
    /// What one may do in a chat. The table of who may do what is in the server's core;
    /// clients get the caller's own list with each chat.
    #[derive(Copy, Eq, Hash, PartialOrd, Ord)]
    #[serde(rename_all = "snake_case")]
    pub enum Permission {
        /// See the chat and its messages.
        Read,
        /// See who its members are.
        ListMembers,
        /// Send messages, now or later, and show typing.
        Write,
        /// Change one's own messages.
        EditOwn,
        /// Delete one's own messages.
        DeleteOwn,
        /// Delete the messages of others.
        DeleteAny,
        /// Put reactions on messages.
        React,
        /// Pin and unpin messages.
        Pin,
        /// Mention `@here`.
        MentionHere,
        /// Mention `@room`.
        MentionRoom,
        /// Make, see and revoke invites.
        Invite,
        /// Add people by name.
        AddMember,
        /// Remove, block and unblock members, and change roles below one's own.
        ManageMembers,
        /// Change name, description and settings.
        EditChat,
        /// Delete the chat.
        DeleteChat,
        /// Give the chat to another member.
        TransferOwnership,
        /// Become a member by oneself.
        Join,
        /// Stop being a member.
        Leave,
    }
}

wire! {
    /// A person's rights on the whole server.
    #[derive(Copy, Eq, Hash, PartialOrd, Ord, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum ServerRole {
        /// Set the server up; exactly one.
        Owner,
        /// Administers it.
        Admin,
        /// Uses it.
        #[default]
        User,
    }
}

wire! {
    /// Whether a person is there.
    #[derive(Copy, Eq, Hash, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum PresenceStatus {
        /// Connected and active.
        Online,
        /// Connected, but away from the keyboard.
        Away,
        /// Connected and not to be disturbed.
        Dnd,
        /// Not connected, or invisible.
        #[default]
        Offline,
    }
}

wire! {
    /// A person as everybody may see them.
    pub struct User {
        /// The number that never changes.
        pub id: UserId,
        /// The name by which they are mentioned; never changes.
        pub username: String,
        /// The name shown; the username until they choose one.
        pub display_name: String,
        /// About me, plain text.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub bio: String,
        /// A short status line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub status_text: Option<String>,
        /// An emoji before the status line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub status_emoji: Option<String>,
        /// When the account was made.
        pub created_at: Timestamp,
        /// When they were last connected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_seen: Option<Timestamp>,
    }
}

wire! {
    /// The caller's own account: what others see, and what only they do.
    pub struct Account {
        /// As others see it.
        pub user: User,
        /// E-mail address, when given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub email: Option<String>,
        /// Rights on the whole server.
        pub server_role: ServerRole,
        /// Newest position of the account stream, for `sync`.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub account_rev: i64,
    }
}

wire! {
    /// A person in a list of members.
    pub struct Member {
        /// Who.
        pub user_id: UserId,
        /// Their username.
        pub username: String,
        /// Their shown name.
        pub display_name: String,
        /// What they are here.
        pub role: Role,
        /// Since when.
        pub joined_at: Timestamp,
        /// The newest message they have read.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub read_seq: i64,
        /// The newest message a client of theirs has received; what was read was received.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub delivered_seq: i64,
    }
}

wire! {
    /// What a message's content is.
    #[derive(Copy, Eq, Hash, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum MessageType {
        /// Text in the markdown subset.
        #[default]
        Text,
        /// An action in the third person (`/me waves`).
        Emote,
    }
}

wire! {
    /// A mention of many at once.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum MentionAll {
        /// `@here`: members who are online.
        Here,
        /// `@room`: all members.
        Room,
    }
}

wire! {
    /// A message in its present state.
    pub struct Message {
        /// Opaque, unique on the server.
        pub id: MessageId,
        /// Its number in the chat, dense from 1.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub seq: i64,
        /// Who wrote it.
        pub sender_id: UserId,
        /// Their username.
        pub sender_username: String,
        /// The text; empty when deleted.
        pub content: String,
        /// What the content is.
        pub message_type: MessageType,
        /// When the server stored it.
        pub timestamp: Timestamp,
        /// The message it answers.
        #[serde(default)]
        pub reply_to: Option<MessageId>,
        /// The members it mentions by name.
        #[serde(default)]
        pub mentions: Vec<UserId>,
        /// `@here` or `@room`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub mention_all: Option<MentionAll>,
        /// Who reacted with what, each list in the order of reacting.
        #[serde(default)]
        pub reactions: BTreeMap<String, Vec<UserId>>,
        /// Whether the text was changed after sending.
        #[serde(default)]
        pub edited: bool,
        /// When it was last changed.
        #[serde(default)]
        pub edited_at: Option<Timestamp>,
        /// Whether only this stub is left.
        #[serde(default)]
        pub deleted: bool,
        /// When it was deleted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub deleted_at: Option<Timestamp>,
        /// Who deleted it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub deleted_by: Option<UserId>,
        /// Whether it is pinned.
        #[serde(default, skip_serializing_if = "is_default")]
        pub pinned: bool,
    }
}

wire! {
    /// One earlier or present text of an edited message.
    pub struct MessageVersion {
        /// The text.
        pub content: String,
        /// Since when it read so.
        pub timestamp: Timestamp,
    }
}

wire! {
    /// What a member has set for a chat, for themselves alone; the same on all their devices.
    #[derive(Default)]
    pub struct ChatSettings {
        /// No notifications until then; the year 9999 means for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub muted_until: Option<Timestamp>,
        /// Put away from the list of chats.
        #[serde(default)]
        pub archived: bool,
        /// Kept at the top of the list.
        #[serde(default)]
        pub favourite: bool,
        /// Shown as unread though everything was read; reading clears it.
        #[serde(default)]
        pub marked_unread: bool,
    }
}

wire! {
    /// A message being written, kept for all devices of the writer.
    pub struct Draft {
        /// The text so far.
        pub content: String,
        /// The message it will answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply_to: Option<MessageId>,
        /// When it was last changed.
        pub updated_at: Timestamp,
    }
}

wire! {
    /// A chat as the caller sees it.
    pub struct Chat {
        /// A room's slug, for others random.
        pub id: ChatId,
        /// Which of the four kinds.
        #[serde(rename = "type")]
        pub kind: ChatKind,
        /// The title; empty for a direct chat, which is named by its peer.
        pub name: String,
        /// What it is about.
        #[serde(default)]
        pub description: String,
        /// Made when.
        pub created_at: Timestamp,
        /// Newest event, for `sync`.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub rev: i64,
        /// Newest message; 0 when there is none.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub last_seq: i64,
        /// How many members it has, blocked ones not counted.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub member_count: i64,
        /// The other person of a direct chat.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub peer: Option<User>,
        /// What the caller is here; absent for one who only looks in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub role: Option<Role>,
        /// What the caller may do here.
        #[serde(default)]
        pub permissions: Vec<Permission>,
        /// The newest message the caller has read.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub read_seq: i64,
        /// `last_seq - read_seq`; 0 for one who is not a member.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub unread: i64,
        /// How many of the unread messages mention the caller.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub mentions: i64,
        /// The newest message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_message: Option<Message>,
        /// The caller's settings for this chat.
        #[serde(default)]
        pub settings: ChatSettings,
        /// The caller's unfinished message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub draft: Option<Draft>,
    }
}

wire! {
    /// A public room as the directory lists it.
    pub struct RoomEntry {
        /// The slug.
        pub id: ChatId,
        /// The title.
        pub name: String,
        /// What it is about.
        #[serde(default)]
        pub description: String,
        /// How many members it has.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub member_count: i64,
        /// Whether the caller is one of them.
        pub joined: bool,
    }
}

wire! {
    /// A link by which people become members.
    pub struct Invite {
        /// The secret part of the link `/invite/<code>`.
        pub code: String,
        /// Into which chat.
        pub chat_id: ChatId,
        /// Who made it.
        pub created_by: UserId,
        /// When.
        pub created_at: Timestamp,
        /// Works until then; absent means for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_at: Option<Timestamp>,
        /// How often it may be used; absent means without limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub max_uses: Option<u32>,
        /// How often it was used.
        pub uses: u32,
        /// What those who come by it become.
        pub role: Role,
    }
}

wire! {
    /// What an invite shows to one who holds the link, signed in or not.
    pub struct InvitePreview {
        /// The secret part of the link.
        pub code: String,
        /// The chat's title.
        pub chat_name: String,
        /// The chat's kind.
        #[serde(rename = "type")]
        pub kind: ChatKind,
        /// How many members it has.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub member_count: i64,
        /// The shown name of who made the invite.
        pub invited_by: String,
        /// Works until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_at: Option<Timestamp>,
    }
}

wire! {
    /// A message waiting for its time.
    pub struct ScheduledMessage {
        /// Names it for changes.
        pub id: String,
        /// Where it will be sent.
        pub chat_id: ChatId,
        /// The text.
        pub content: String,
        /// What the content is.
        #[serde(default)]
        pub message_type: MessageType,
        /// The message it will answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply_to: Option<MessageId>,
        /// When it will be sent.
        pub send_at: Timestamp,
        /// Why it could not be sent, when it could not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub failed: Option<crate::ErrorCode>,
    }
}

wire! {
    /// A login on one device.
    pub struct Session {
        /// Names it for revoking.
        pub id: String,
        /// What the device called itself.
        pub device: String,
        /// From which address it was last used.
        pub ip: String,
        /// Since when.
        pub created_at: Timestamp,
        /// Last renewed.
        pub last_used_at: Timestamp,
        /// Ends then unless renewed.
        pub expires_at: Timestamp,
        /// Whether it is the one that asks.
        pub current: bool,
    }
}

wire! {
    /// Whether someone is there.
    pub struct Presence {
        /// Who.
        pub user_id: UserId,
        /// Whether.
        pub status: PresenceStatus,
        /// When they were last connected, for those who are not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub last_seen: Option<Timestamp>,
    }
}

wire! {
    /// Who has read up to a message.
    pub struct Reader {
        /// Who.
        pub user_id: UserId,
        /// Their username.
        pub username: String,
        /// Their shown name.
        pub display_name: String,
    }
}

wire! {
    /// What every client should know before it asks for anything (`/api/v1/meta/client-config`).
    #[serde(rename_all = "camelCase")]
    pub struct ClientConfig {
        /// Longest username, characters.
        pub username_max_length: usize,
        /// Longest message, characters.
        pub chat_message_max_length: usize,
        /// Longest chat name, characters.
        pub chat_name_max_length: usize,
        /// The pattern of a room's slug.
        pub chat_room_slug_regex: String,
        /// Seconds a link to a file lives.
        pub media_url_ttl_seconds: u64,
        /// How files are served.
        pub media_mode: String,
        /// Who may register: `open`, `invite` or `closed`.
        pub registration: Registration,
        /// Whether those without an account may read public rooms.
        pub guests: bool,
        /// Whether the server still waits for its owner.
        pub setup_required: bool,
        /// The server's version.
        pub version: String,
    }
}

wire! {
    /// Who may make an account.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Registration {
        /// Anybody.
        #[default]
        Open,
        /// Those with an invite.
        Invite,
        /// Nobody; the administrator makes accounts.
        Closed,
    }
}

wire! {
    /// The rules a password is held to.
    pub struct PasswordRules {
        /// Fewest characters.
        pub min_length: usize,
        /// Most bytes.
        pub max_bytes: usize,
        /// Sentences for a person.
        pub rules: Vec<String>,
    }
}

wire! {
    /// The owner's account, made once by the setup link.
    pub struct SetupRequest {
        /// The token of the setup link.
        pub token: String,
        /// The name to have.
        pub username: String,
        /// The password.
        pub password: String,
    }
}

wire! {
    /// Tokens and whose they are: the REST answer to register, login, refresh and setup.
    pub struct TokenAnswer {
        /// Whose.
        pub user: User,
        /// For `Authorization: Bearer` and for `auth`.
        pub access_token: String,
        /// For getting new tokens, once.
        pub refresh_token: String,
        /// Seconds until the access token ends.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub expires_in: i64,
    }
}

wire! {
    /// A token to look in without an account.
    pub struct GuestToken {
        /// For `Authorization: Bearer` and for `auth`.
        pub access_token: String,
        /// Seconds until it ends.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub expires_in: i64,
    }
}
