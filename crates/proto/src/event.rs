//! What the server tells by itself: lasting events of a chat (with `rev`), lasting events of the
//! caller's own account (with `account_rev`), and passing ones that may be lost.

use crate::{
    Chat, ChatId, ChatKind, ChatSettings, Draft, Member, MentionAll, Message, MessageId, Presence, PresenceStatus,
    Role, ScheduledMessage, Timestamp, User, UserId, wire,
};

wire! {
    /// A lasting change in a chat: the chat's next `rev`, dense from 1, in commit order.
    pub struct ChatEvent {
        /// In which chat.
        pub chat_id: ChatId,
        /// Its place in the chat's log.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub rev: i64,
        /// What changed.
        #[serde(flatten)]
        pub content: ChatEventContent,
    }
}

wire! {
    /// How a membership changed.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum MemberChange {
        /// Came by themselves or by an invite.
        Joined,
        /// Was added by another; unblocking is this too, and so is keeping a stranger out as `blocked`.
        Added,
        /// Went.
        Left,
        /// Was removed by another.
        Removed,
        /// Has another role now; blocking a member is this too.
        Role,
    }
}

wire! {
    /// What changed in a chat.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum ChatEventContent {
        /// The chat was made; always `rev` 1.
        ChatCreated {
            /// The kind.
            kind: ChatKind,
            /// The title.
            name: String,
            /// What it is about.
            description: String,
            /// By whom; absent for the first room.
            by: Option<UserId>,
            /// When.
            timestamp: Timestamp,
        },
        /// Name or description changed.
        ChatUpdated {
            /// The title now.
            name: String,
            /// The description now.
            description: String,
            /// By whom.
            by: UserId,
            /// When.
            timestamp: Timestamp,
        },
        /// The chat was deleted; its last event.
        ChatDeleted {
            /// By whom.
            by: UserId,
            /// When.
            timestamp: Timestamp,
        },
        /// Someone came, went or has another role. In chats with very many connections, those who do not have the chat in
        /// view get these together, up to a second later, and never out of order.
        MemberChanged {
            /// What happened.
            change: MemberChange,
            /// Who; their role now is inside. For `left` and `removed` it is the role they had.
            member: Member,
            /// By whom; the member themselves when they came or left.
            by: UserId,
            /// When.
            timestamp: Timestamp,
        },
        /// A message was sent.
        NewMessage {
            /// The message.
            message: Message,
        },
        /// A message's text changed.
        MessageEdited {
            /// Which.
            message_id: MessageId,
            /// Its number.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
            /// The text now.
            content: String,
            /// The members it mentions now.
            mentions: Vec<UserId>,
            /// `@here` or `@room` in the text now.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            mention_all: Option<MentionAll>,
            /// When.
            edited_at: Timestamp,
        },
        /// A message was deleted: a stub is left, its text, reactions and pin are gone.
        MessageDeleted {
            /// Which.
            message_id: MessageId,
            /// Its number.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
            /// By whom.
            deleted_by: UserId,
            /// When.
            deleted_at: Timestamp,
        },
        /// Someone put a reaction on a message or took it off.
        ReactionChanged {
            /// On which message.
            message_id: MessageId,
            /// Its number.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
            /// Which.
            emoji: String,
            /// Who.
            user_id: UserId,
            /// On or off.
            added: bool,
        },
        /// A message was pinned or unpinned.
        PinChanged {
            /// Which.
            message_id: MessageId,
            /// Its number.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
            /// On or off.
            pinned: bool,
            /// By whom.
            by: UserId,
        },
    }
}

wire! {
    /// A lasting change of the caller's own account: its next `account_rev`, dense from 1.
    /// Every device of the account gets it, the one that made the change too.
    pub struct AccountEvent {
        /// Its place in the account stream.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub account_rev: i64,
        /// What changed.
        #[serde(flatten)]
        pub content: AccountEventContent,
    }
}

wire! {
    /// What changed in the account.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum AccountEventContent {
        /// The caller is in this chat now (made, joined, added, unblocked). `chat.rev` says
        /// from where its live events count.
        ChatJoined {
            /// The chat as it is now.
            chat: Box<Chat>,
        },
        /// The caller is not in this chat any more (left, removed, blocked, deleted).
        ChatLeft {
            /// Which.
            chat_id: ChatId,
        },
        /// The caller read on one of their devices.
        ReadMarker {
            /// In which chat.
            chat_id: ChatId,
            /// The caller.
            user_id: UserId,
            /// Read up to this message.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
        },
        /// The caller's draft in a chat changed or went.
        DraftChanged {
            /// In which chat.
            chat_id: ChatId,
            /// The draft now.
            draft: Option<Draft>,
        },
        /// The caller's settings for a chat changed.
        ChatSettingsChanged {
            /// For which chat.
            chat_id: ChatId,
            /// The settings now.
            settings: ChatSettings,
        },
        /// The caller's profile changed.
        ProfileChanged {
            /// The profile now.
            user: User,
        },
        /// A setting of the caller's clients changed or went.
        PreferenceChanged {
            /// Which.
            name: String,
            /// Its value now.
            value: Option<String>,
        },
        /// A scheduled message was made, changed, sent or cancelled.
        ScheduledChanged {
            /// Its id.
            scheduled_id: String,
            /// As it is now; absent when sent or cancelled.
            scheduled: Option<ScheduledMessage>,
        },
    }
}

wire! {
    /// A passing event: has no place in a log and may be dropped.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum PassingEvent {
        /// Someone is writing.
        Typing {
            /// In which chat.
            chat_id: ChatId,
            /// Who.
            user_id: UserId,
            /// Their username.
            username: String,
            /// Whether they write or have stopped.
            active: bool,
        },
        /// Someone came or went.
        Presence {
            /// Who.
            user_id: UserId,
            /// Whether they are there.
            status: PresenceStatus,
            /// When they were last connected, for those who are not.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            last_seen: Option<Timestamp>,
        },
        /// Who is in the active chat: members online, and how many guests look in.
        /// Sent when a chat becomes the active one, and to guests with the count alone.
        PresenceState {
            /// Which chat.
            chat_id: ChatId,
            /// Members who are there; empty for guests.
            users: Vec<Presence>,
            /// How many guests are looking in.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            guests: i64,
        },
        /// Another member has read up to here.
        ReadMarker {
            /// In which chat.
            chat_id: ChatId,
            /// Who.
            user_id: UserId,
            /// Up to this message.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
        },
        /// A client of another member has received messages up to here.
        DeliveryMarker {
            /// In which chat.
            chat_id: ChatId,
            /// Whose.
            user_id: UserId,
            /// Up to this message.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
        },
        /// The profile of someone in view changed.
        Profile {
            /// The profile now.
            user: User,
        },
    }
}

impl ChatEventContent {
    /// The event's `type` on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ChatCreated { .. } => "chat_created",
            Self::ChatUpdated { .. } => "chat_updated",
            Self::ChatDeleted { .. } => "chat_deleted",
            Self::MemberChanged { .. } => "member_changed",
            Self::NewMessage { .. } => "new_message",
            Self::MessageEdited { .. } => "message_edited",
            Self::MessageDeleted { .. } => "message_deleted",
            Self::ReactionChanged { .. } => "reaction_changed",
            Self::PinChanged { .. } => "pin_changed",
        }
    }
}

impl MemberChange {
    /// Whether the person is a member after it.
    pub fn stays(self, role: Role) -> bool {
        !matches!(self, Self::Left | Self::Removed) && role != Role::Blocked
    }
}
