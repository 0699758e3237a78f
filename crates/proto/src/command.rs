//! What a client may say. Over WebSocket and TCP a command is a frame; over REST the same
//! command is made from the path, the query and the body.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::{ApiError, ChatId, ChatKind, MessageId, MessageType, PresenceStatus, Role, Timestamp, UserId, wire};

/// A field that may be left alone (absent), cleared (`null`) or set.
pub type Change<T> = Option<Option<T>>;

/// Reads `null` as "clear" where a plain `Option` would read it as absent.
fn change<'de, T, D>(deserializer: D) -> Result<Change<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}

/// Reads a field that may be `null` but not absent, so that a misspelt one clears nothing.
fn nullable<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer)
}

macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident($type:ident) = $name:literal,)+) => {
        wire! {
            /// Every command, by its `type` on the wire.
            #[serde(tag = "type")]
            pub enum Command {
                $($(#[$doc])* #[serde(rename = $name)] $variant($type),)+
            }
        }

        impl Command {
            /// Every command's name on the wire.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// This command's name on the wire.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)+ }
            }

            /// Reads the command `name` from a JSON object.
            ///
            /// # Errors
            /// `invalid`, with the path of the wrong field where there is one.
            pub fn decode(name: &str, json: &str) -> Result<Self, ApiError> {
                if has_nul(json) {
                    return Err(ApiError::invalid("", "A text has a NUL character. Take it out."));
                }
                match name {
                    $($name => read::<$type>(json).map(Self::$variant),)+
                    _ => Err(ApiError::invalid(
                        "type",
                        format!("There is no command {:?}. Check its spelling in the protocol documentation.",
                            crate::names::line(name, 60).unwrap_or_default()),
                    )),
                }
            }
        }
    };
}

/// Whether a JSON text holds U+0000, which no text here may: not every database can keep it.
fn has_nul(json: &str) -> bool {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(found) = json[at..].find('\\') {
        let escape = at + found + 1;
        if bytes[escape..].starts_with(b"u0000") {
            return true;
        }
        // Past the escaped character, whole: it may be another backslash.
        at = escape + json[escape..].chars().next().map_or(0, char::len_utf8);
    }
    false
}

/// Parses quickly; only a failure pays for finding the path of the wrong field.
fn read<T: DeserializeOwned>(json: &str) -> Result<T, ApiError> {
    serde_json::from_str(json).map_err(|_| decode_error::<T>(json))
}

/// The `invalid` error for JSON that is not a `T`, naming the field.
pub fn decode_error<T: DeserializeOwned>(json: &str) -> ApiError {
    let deserializer = &mut serde_json::Deserializer::from_str(json);
    match serde_path_to_error::deserialize::<_, T>(deserializer) {
        Ok(_) => ApiError::invalid("", "The request has something after its end."),
        Err(error) => {
            let path = error.path().to_string();
            let cause = error.inner().to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            let missing = cause.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            let field = missing.map_or_else(|| if path == "." { String::new() } else { path.clone() }, str::to_owned);
            ApiError::invalid(
                field,
                format!("The request cannot be read: {}.", crate::names::line(cause, 300).unwrap_or_default()),
            )
        }
    }
}

commands! {
    /// Signs the connection in, or renews it.
    Auth(Auth) = "auth",
    /// Makes an account and signs in.
    Register(Register) = "register",
    /// Signs in by name and password.
    Login(Login) = "login",
    /// Trades a refresh token for new tokens and signs in.
    Refresh(Refresh) = "refresh",
    /// Looks in without an account, where the operator allows it.
    Guest(Empty) = "guest",
    /// Ends the session on the server and closes the connection.
    Logout(Empty) = "logout",
    /// Asks whether the server is there.
    Ping(Empty) = "ping",
    /// Sends a message.
    Message(SendMessage) = "message",
    /// Changes the text of one's message.
    EditMessage(EditMessage) = "edit_message",
    /// Deletes a message.
    DeleteMessage(MessageRef) = "delete_message",
    /// Reads one message.
    GetMessage(MessageRef) = "get_message",
    /// Reads the earlier texts of a message.
    ListVersions(MessageRef) = "list_versions",
    /// Lists who has read a message.
    ListReaders(MessageRef) = "list_readers",
    /// Puts a reaction on a message.
    React(React) = "react",
    /// Takes one's reaction off.
    Unreact(React) = "unreact",
    /// Pins a message.
    PinMessage(MessageRef) = "pin_message",
    /// Unpins a message.
    UnpinMessage(MessageRef) = "unpin_message",
    /// Lists the pinned messages.
    ListPins(ChatRef) = "list_pins",
    /// Marks a chat read up to a message.
    MarkRead(MarkRead) = "mark_read",
    /// Says that a client has received messages; the others of small chats are shown it.
    MarkDelivered(MarkDelivered) = "mark_delivered",
    /// Asks how much is unread.
    UnreadState(Empty) = "unread_state",
    /// Shows that one is writing.
    Typing(Typing) = "typing",
    /// Says which chat is in view; its presence is told.
    SetActiveChat(SetActiveChat) = "set_active_chat",
    /// Says whether one is there.
    Presence(SetPresence) = "presence",
    /// Reads a page of messages.
    History(History) = "history",
    /// Asks for everything after the named positions.
    Sync(Sync) = "sync",
    /// Becomes a member of a room, or of any chat by an invite.
    Join(Join) = "join",
    /// Stops being a member.
    Leave(ChatRef) = "leave",
    /// Makes a group, channel or room.
    CreateChat(CreateChat) = "create_chat",
    /// Starts the direct chat with someone, or returns it.
    StartDirect(StartDirect) = "start_direct",
    /// Lists the caller's chats, latest first.
    ListChats(Empty) = "list_chats",
    /// Reads one chat.
    GetChat(ChatRef) = "get_chat",
    /// Changes a chat's name or description.
    UpdateChat(UpdateChat) = "update_chat",
    /// Deletes a chat for everybody.
    DeleteChat(ChatRef) = "delete_chat",
    /// Lists the public rooms.
    ListRooms(ListRooms) = "list_rooms",
    /// Lists a chat's members.
    ListMembers(ListMembers) = "list_members",
    /// Adds someone by username.
    AddMember(AddMember) = "add_member",
    /// Changes a member's role; blocking is the role `blocked`.
    SetRole(SetRole) = "set_role",
    /// Removes a member.
    RemoveMember(MemberRef) = "remove_member",
    /// Gives the chat to another member.
    TransferOwnership(MemberRef) = "transfer_ownership",
    /// Makes an invite link.
    CreateInvite(CreateInvite) = "create_invite",
    /// Lists a chat's invites.
    ListInvites(ChatRef) = "list_invites",
    /// Revokes an invite.
    RevokeInvite(RevokeInvite) = "revoke_invite",
    /// Looks at an invite one was given.
    GetInvite(InviteCode) = "get_invite",
    /// Keeps or clears a draft.
    SetDraft(SetDraft) = "set_draft",
    /// Mutes, archives, marks unread or favours a chat for oneself.
    SetChatSettings(SetChatSettings) = "set_chat_settings",
    /// Schedules a message.
    ScheduleMessage(ScheduleMessage) = "schedule_message",
    /// Changes a scheduled message.
    UpdateScheduled(UpdateScheduled) = "update_scheduled",
    /// Cancels a scheduled message.
    CancelScheduled(ScheduledRef) = "cancel_scheduled",
    /// Lists the caller's scheduled messages.
    ListScheduled(Empty) = "list_scheduled",
    /// Reads one's own account.
    GetAccount(Empty) = "get_account",
    /// Changes one's profile.
    UpdateProfile(UpdateProfile) = "update_profile",
    /// Changes one's password; other sessions end.
    ChangePassword(ChangePassword) = "change_password",
    /// Reads someone's profile.
    GetUser(GetUser) = "get_user",
    /// Finds people by the beginning of a name.
    FindUsers(FindUsers) = "find_users",
    /// Keeps or clears a setting of one's clients, for all of them.
    SetPreference(SetPreference) = "set_preference",
    /// Lists the settings of one's clients.
    ListPreferences(Empty) = "list_preferences",
    /// Lists one's sessions.
    ListSessions(Empty) = "list_sessions",
    /// Ends one of one's sessions.
    RevokeSession(RevokeSession) = "revoke_session",
}

wire! {
    /// A command without parts.
    #[derive(Default)]
    pub struct Empty {}
}

wire! {
    /// An access token.
    pub struct Auth {
        /// The access token.
        pub token: String,
    }
}

wire! {
    /// A new account.
    pub struct Register {
        /// The name to have; at most 50 characters.
        pub username: String,
        /// The password; see the password rules.
        pub password: String,
        /// E-mail address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub email: Option<String>,
        /// An invite's code, needed where registration is `invite`; its chat is joined.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub invite: Option<String>,
        /// What this device calls itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub device: Option<String>,
    }
}

wire! {
    /// A name and its password.
    pub struct Login {
        /// The username, in any case.
        pub username: String,
        /// The password.
        pub password: String,
        /// The second factor, where it is on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub code: Option<String>,
        /// What this device calls itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub device: Option<String>,
    }
}

wire! {
    /// A refresh token.
    pub struct Refresh {
        /// The refresh token; over REST the cookie may stand for it.
        pub refresh_token: String,
    }
}

wire! {
    /// A message to send.
    pub struct SendMessage {
        /// Where.
        pub chat_id: ChatId,
        /// The text.
        pub content: String,
        /// What it is.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(as = "Option<MessageType>", optional))]
        pub message_type: MessageType,
        /// The message it answers, in the same chat.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply_to: Option<MessageId>,
        /// Members it mentions besides those named with `@` in the text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub mentions: Vec<UserId>,
    }
}

wire! {
    /// A message's new text.
    pub struct EditMessage {
        /// Where.
        pub chat_id: ChatId,
        /// Which.
        pub message_id: MessageId,
        /// The text.
        pub content: String,
        /// Members it mentions besides those named in the text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub mentions: Vec<UserId>,
    }
}

wire! {
    /// One message.
    pub struct MessageRef {
        /// Where.
        pub chat_id: ChatId,
        /// Which.
        pub message_id: MessageId,
    }
}

wire! {
    /// A reaction.
    pub struct React {
        /// Where.
        pub chat_id: ChatId,
        /// On which message.
        pub message_id: MessageId,
        /// Which emoji.
        pub emoji: String,
    }
}

wire! {
    /// One chat.
    pub struct ChatRef {
        /// Which.
        pub chat_id: ChatId,
    }
}

wire! {
    /// Read up to a message.
    pub struct MarkRead {
        /// Where.
        pub chat_id: ChatId,
        /// Up to this message; beyond the newest means the newest. Never goes back.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub seq: i64,
    }
}

wire! {
    /// Received up to a message. Kept and told in direct chats and small groups alone; elsewhere it
    /// does nothing.
    pub struct MarkDelivered {
        /// Where.
        pub chat_id: ChatId,
        /// Up to this message; beyond the newest means the newest. Never goes back.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub seq: i64,
    }
}

wire! {
    /// Writing or not any more.
    pub struct Typing {
        /// Where.
        pub chat_id: ChatId,
        /// `false` when stopped.
        #[serde(default = "yes")]
        #[cfg_attr(feature = "schema", ts(as = "Option<bool>", optional))]
        pub active: bool,
    }
}

fn yes() -> bool {
    true
}

wire! {
    /// The chat in view.
    pub struct SetActiveChat {
        /// Which; `null` when none.
        pub chat_id: Option<ChatId>,
    }
}

wire! {
    /// Whether one is there.
    pub struct SetPresence {
        /// Whether.
        pub status: PresenceStatus,
    }
}

wire! {
    /// Which page of messages. At most one of `before`, `after`, `around`, `page` and
    /// `before_timestamp`; without any the newest page.
    pub struct History {
        /// Where.
        pub chat_id: ChatId,
        /// Messages with a smaller number, the newest of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(type = "number | null"))]
        pub before: Option<i64>,
        /// Messages with a greater number, the oldest of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(type = "number | null"))]
        pub after: Option<i64>,
        /// Messages on both sides of this number, it among them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(type = "number | null"))]
        pub around: Option<i64>,
        /// The n-th page from the newest, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub page: Option<u32>,
        /// Messages older than this time, the newest of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub before_timestamp: Option<Timestamp>,
        /// How many, 1 to 200; 50 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub limit: Option<u32>,
    }
}

impl History {
    /// The newest page of a chat.
    pub fn newest(chat_id: ChatId, limit: u32) -> Self {
        Self {
            chat_id,
            before: None,
            after: None,
            around: None,
            page: None,
            before_timestamp: None,
            limit: Some(limit),
        }
    }
}

wire! {
    /// What the client has: the newest `rev` of each chat, and of the account.
    #[derive(Default)]
    pub struct Sync {
        /// Per chat the last `rev` the client has; 0 for none.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(as = "Option<BTreeMap<String, i64>>", optional))]
        pub chats: BTreeMap<ChatId, i64>,
        /// The last `account_rev` the client has; absent to leave the account out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(type = "number | null"))]
        pub account: Option<i64>,
    }
}

wire! {
    /// Where to become a member: a room by its id, or any chat by an invite's code.
    #[derive(Default)]
    pub struct Join {
        /// The room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub chat_id: Option<ChatId>,
        /// The invite's code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub invite: Option<String>,
    }
}

wire! {
    /// A new chat.
    #[serde(try_from = "NewChat")]
    #[cfg_attr(feature = "schema", schemars(!try_from))]
    pub struct CreateChat {
        /// `group`, `channel` or `room`. Over REST `type` may stand for it; in a frame that is the
        /// command's name.
        pub kind: ChatKind,
        /// The title; at most 100 characters.
        pub name: String,
        /// What it is about.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(as = "Option<String>", optional))]
        pub description: String,
        /// A room's id; made from the name when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub slug: Option<String>,
        /// Usernames of people to add.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub members: Vec<String>,
    }
}

/// [`CreateChat`] as it is read: `type` says the kind where it is not the name of the command.
#[derive(serde::Deserialize)]
struct NewChat {
    kind: Option<ChatKind>,
    #[serde(rename = "type")]
    synonym: Option<String>,
    name: String,
    #[serde(default)]
    description: String,
    slug: Option<String>,
    #[serde(default)]
    members: Vec<String>,
}

impl TryFrom<NewChat> for CreateChat {
    type Error = &'static str;

    fn try_from(new: NewChat) -> Result<Self, Self::Error> {
        let synonym = || match new.synonym.as_deref() {
            Some("direct") => Some(ChatKind::Direct),
            Some("group") => Some(ChatKind::Group),
            Some("channel") => Some(ChatKind::Channel),
            Some("room") => Some(ChatKind::Room),
            _ => None,
        };
        // Worded as serde words it, so that the error names the field.
        let kind = new.kind.or_else(synonym).ok_or("missing field `kind`")?;
        let NewChat { name, description, slug, members, .. } = new;
        Ok(Self { kind, name, description, slug, members })
    }
}

wire! {
    /// With whom.
    pub struct StartDirect {
        /// Their username.
        pub username: String,
    }
}

wire! {
    /// What to change in a chat.
    pub struct UpdateChat {
        /// Which chat.
        pub chat_id: ChatId,
        /// The title.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        /// What it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub description: Option<String>,
    }
}

wire! {
    /// Which rooms.
    #[derive(Default)]
    pub struct ListRooms {
        /// Words in the name or the slug.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub q: Option<String>,
        /// The cursor of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cursor: Option<String>,
        /// How many, 1 to 200; 50 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub limit: Option<u32>,
    }
}

wire! {
    /// Which members.
    pub struct ListMembers {
        /// Of which chat.
        pub chat_id: ChatId,
        /// The cursor of the page before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cursor: Option<String>,
        /// How many, 1 to 200; 50 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub limit: Option<u32>,
    }
}

wire! {
    /// Whom to add.
    pub struct AddMember {
        /// To which chat.
        pub chat_id: ChatId,
        /// Their username.
        pub username: String,
        /// As what; `member` when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub role: Option<Role>,
    }
}

wire! {
    /// A member's new role.
    pub struct SetRole {
        /// In which chat.
        pub chat_id: ChatId,
        /// Whose.
        pub user_id: UserId,
        /// Which; not `owner`, which is transferred.
        pub role: Role,
    }
}

wire! {
    /// One member.
    pub struct MemberRef {
        /// Of which chat.
        pub chat_id: ChatId,
        /// Who.
        pub user_id: UserId,
    }
}

wire! {
    /// A new invite.
    pub struct CreateInvite {
        /// Into which chat.
        pub chat_id: ChatId,
        /// Seconds it works; absent means for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub expires_in: Option<u32>,
        /// How often it may be used; absent means without limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub max_uses: Option<u32>,
        /// What those who come become: `member` (when absent) or `viewer`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub role: Option<Role>,
    }
}

wire! {
    /// Which invite to revoke.
    pub struct RevokeInvite {
        /// Of which chat.
        pub chat_id: ChatId,
        /// Which.
        pub code: String,
    }
}

wire! {
    /// An invite one was given.
    pub struct InviteCode {
        /// The code of its link.
        pub code: String,
    }
}

wire! {
    /// A draft.
    pub struct SetDraft {
        /// In which chat.
        pub chat_id: ChatId,
        /// The text; empty clears the draft.
        pub content: String,
        /// The message it will answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply_to: Option<MessageId>,
    }
}

wire! {
    /// What to change of one's settings for a chat.
    pub struct SetChatSettings {
        /// Which chat.
        pub chat_id: ChatId,
        /// No notifications until then; `null` unmutes.
        #[serde(default, deserialize_with = "change", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<Timestamp>"), ts(as = "Option<Timestamp>"))]
        pub muted_until: Change<Timestamp>,
        /// Put away or bring back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub archived: Option<bool>,
        /// Keep at the top or not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub favourite: Option<bool>,
        /// Show as unread or not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub marked_unread: Option<bool>,
    }
}

wire! {
    /// A message for later.
    pub struct ScheduleMessage {
        /// Where.
        pub chat_id: ChatId,
        /// The text.
        pub content: String,
        /// What it is.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(as = "Option<MessageType>", optional))]
        pub message_type: MessageType,
        /// The message it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reply_to: Option<MessageId>,
        /// When; in the future, at most a year ahead.
        pub send_at: Timestamp,
    }
}

wire! {
    /// What to change in a scheduled message.
    pub struct UpdateScheduled {
        /// Which.
        pub scheduled_id: String,
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub content: Option<String>,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub send_at: Option<Timestamp>,
    }
}

wire! {
    /// One scheduled message.
    pub struct ScheduledRef {
        /// Which.
        pub scheduled_id: String,
    }
}

wire! {
    /// What to change in one's profile.
    #[derive(Default)]
    pub struct UpdateProfile {
        /// The name shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub display_name: Option<String>,
        /// About me.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub bio: Option<String>,
        /// A short status line; `null` clears it.
        #[serde(default, deserialize_with = "change", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>"), ts(as = "Option<String>"))]
        pub status_text: Change<String>,
        /// An emoji before it; `null` clears it.
        #[serde(default, deserialize_with = "change", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>"), ts(as = "Option<String>"))]
        pub status_emoji: Change<String>,
        /// E-mail address; `null` clears it.
        #[serde(default, deserialize_with = "change", skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>"), ts(as = "Option<String>"))]
        pub email: Change<String>,
    }
}

wire! {
    /// A new password.
    pub struct ChangePassword {
        /// The present one.
        pub old_password: String,
        /// The new one.
        pub new_password: String,
    }
}

wire! {
    /// Whose profile.
    pub struct GetUser {
        /// Their username, in any case.
        pub username: String,
    }
}

wire! {
    /// Which people.
    pub struct FindUsers {
        /// The beginning of a username or shown name.
        pub q: String,
        /// How many, 1 to 50; 20 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub limit: Option<u32>,
    }
}

wire! {
    /// A setting of one's clients: the server keeps it and tells the others, and reads nothing into it.
    pub struct SetPreference {
        /// Which: small Latin letters, digits, `_`, `.` and `-`, beginning with a letter or digit.
        pub name: String,
        /// Its value; `null` clears it.
        #[serde(deserialize_with = "nullable")]
        #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
        pub value: Option<String>,
    }
}

wire! {
    /// Which session to end.
    pub struct RevokeSession {
        /// Its id.
        pub session_id: String,
    }
}
