//! What `xtask gen` needs to know of the wire (feature `schema`): every type with its JSON Schema
//! and its TypeScript, which answers a command may get, close codes and limits.
//! Documents are assembled in `xtask`; nothing here is part of a product binary.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use ts_rs::TS;

use crate::{CloseCode, command::*, error::*, event::*, frame::*, ids::*, limits, model::*};

/// The version of this wire: the workspace's.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One wire type.
pub struct WireType {
    /// Its name in Rust, in TypeScript and among the schemas of the OpenAPI document.
    pub name: &'static str,
    /// Adds its JSON Schema, and those it refers to, to a generator.
    pub register: fn(&mut SchemaGenerator),
    /// Its declaration in TypeScript, `type Name = …;`.
    pub typescript: fn(&ts_rs::Config) -> String,
    /// The right-hand side of the declaration.
    pub inline: fn(&ts_rs::Config) -> String,
    /// Its documentation as a TypeScript comment.
    pub docs: fn() -> Option<String>,
}

fn register<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

macro_rules! types {
    ($($type:ident)+) => {
        /// Every named type of the wire, parts before wholes.
        pub const TYPES: &[WireType] = &[$(WireType {
            name: stringify!($type),
            register: register::<$type>,
            typescript: <$type as TS>::decl,
            inline: <$type as TS>::inline,
            docs: <$type as TS>::docs,
        },)+];
    };
}

types! {
    UserId ChatId MessageId ErrorCode ApiError
    ChatKind Role Permission ServerRole PresenceStatus MessageType MentionAll Registration
    User Account Member Message MessageVersion ChatSettings Draft Chat RoomEntry Invite InvitePreview
    ScheduledMessage Session Presence Reader
    ClientConfig PasswordRules SetupRequest TokenAnswer GuestToken
    Empty Auth Register Login Refresh SendMessage EditMessage MessageRef React ChatRef MarkRead MarkDelivered Typing SetActiveChat
    SetPresence History Sync Join CreateChat StartDirect UpdateChat ListRooms ListMembers AddMember SetRole MemberRef
    CreateInvite RevokeInvite InviteCode SetDraft SetChatSettings ScheduleMessage UpdateScheduled ScheduledRef
    UpdateProfile ChangePassword GetUser FindUsers SetPreference RevokeSession
    Command
    AuthSuccess Ack HistoryPage ChatReset SyncDone Answer
    MemberChange ChatEventContent ChatEvent AccountEventContent AccountEvent PassingEvent Control ServerFrame
}

/// Settings for JSON Schema 2020-12 as OpenAPI 3.1 wants it, for what the server reads (`input`)
/// or writes: a member with a default may be left out by a client and is always there in an answer.
pub fn settings(input: bool) -> SchemaSettings {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    if input { settings.for_deserialize() } else { settings.for_serialize() }
}

/// For each command, in the order of [`crate::Command::NAMES`], the `type`s of the frames that
/// answer it when it succeeds. Every command may be answered by `error` instead.
pub const ANSWERS: &[(&str, &[&str])] = &[
    ("auth", &["auth_success"]),
    ("register", &["auth_success"]),
    ("login", &["auth_success"]),
    ("refresh", &["auth_success"]),
    ("guest", &["auth_success"]),
    ("logout", &["logged_out"]),
    ("ping", &["pong"]),
    ("message", &["ack"]),
    ("edit_message", &["ack"]),
    ("delete_message", &["ack"]),
    ("get_message", &["message"]),
    ("list_versions", &["versions"]),
    ("list_readers", &["readers"]),
    ("react", &["ack"]),
    ("unreact", &["ack"]),
    ("pin_message", &["ack"]),
    ("unpin_message", &["ack"]),
    ("list_pins", &["pins"]),
    ("mark_read", &["mark_read_ack"]),
    ("mark_delivered", &["ok"]),
    ("unread_state", &["unread_state"]),
    ("typing", &["ok"]),
    ("set_active_chat", &["ok"]),
    ("presence", &["ok"]),
    ("history", &["history"]),
    ("sync", &["reset", "account_reset", "sync_done"]),
    ("join", &["chat"]),
    ("leave", &["ack"]),
    ("create_chat", &["chat"]),
    ("start_direct", &["chat"]),
    ("list_chats", &["chats"]),
    ("get_chat", &["chat"]),
    ("update_chat", &["chat"]),
    ("delete_chat", &["ack"]),
    ("list_rooms", &["rooms"]),
    ("list_members", &["members"]),
    ("add_member", &["member"]),
    ("set_role", &["member"]),
    ("remove_member", &["ack"]),
    ("transfer_ownership", &["ack"]),
    ("create_invite", &["invite"]),
    ("list_invites", &["invites"]),
    ("revoke_invite", &["ok"]),
    ("get_invite", &["invite_preview"]),
    ("set_draft", &["draft"]),
    ("set_chat_settings", &["chat"]),
    ("schedule_message", &["scheduled"]),
    ("update_scheduled", &["scheduled"]),
    ("cancel_scheduled", &["ok"]),
    ("list_scheduled", &["scheduled_list"]),
    ("get_account", &["account"]),
    ("update_profile", &["account"]),
    ("change_password", &["ok"]),
    ("get_user", &["user"]),
    ("find_users", &["users"]),
    ("set_preference", &["ok"]),
    ("list_preferences", &["preferences"]),
    ("list_sessions", &["sessions"]),
    ("revoke_session", &["ok"]),
];

/// Every close code.
pub const CLOSE_CODES: &[CloseCode] = &[
    CloseCode::Normal,
    CloseCode::Policy,
    CloseCode::Restarting,
    CloseCode::Idle,
    CloseCode::Unauthorized,
    CloseCode::Forbidden,
    CloseCode::NotFound,
    CloseCode::TooSlow,
    CloseCode::TooManyRequests,
];

/// A limit's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LimitValue {
    /// A number; the unit is in the documentation.
    Number(i64),
    /// A pattern.
    Text(&'static str),
}

trait IntoLimit {
    fn into_limit(self) -> LimitValue;
}
macro_rules! number_limits {
    ($($type:ty)+) => {
        $(impl IntoLimit for $type {
            fn into_limit(self) -> LimitValue {
                LimitValue::Number(i64::try_from(self).expect("a limit is far below 2^63"))
            }
        })+
    };
}
number_limits! { usize u64 u32 i64 }
impl IntoLimit for &'static str {
    fn into_limit(self) -> LimitValue {
        LimitValue::Text(self)
    }
}

/// One limit of the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Its name in [`limits`].
    pub name: &'static str,
    /// Its value.
    pub value: LimitValue,
    /// Its documentation, with the unit.
    pub docs: String,
}

macro_rules! limits {
    ($($name:ident)+) => {
        /// Every limit, in the order of [`limits`].
        pub fn limits() -> Vec<Limit> {
            vec![$(Limit {
                name: stringify!($name),
                value: limits::$name.into_limit(),
                docs: limit_docs(stringify!($name)),
            },)+]
        }
    };
}

limits! {
    FRAME_BYTES FRAME_DEPTH COMMAND_ID_BYTES MALFORMED_IN_A_ROW AUTH_TIMEOUT_SECS ACCESS_TOKEN_SECS REFRESH_TOKEN_SECS
    LOGIN_FAILURES LOCK_SECS USERNAME_CHARS PASSWORD_MIN_CHARS PASSWORD_MAX_BYTES EMAIL_CHARS CHAT_NAME_CHARS
    CHAT_ID_CHARS CHAT_DESCRIPTION_CHARS MESSAGE_CHARS DISPLAY_NAME_CHARS BIO_CHARS STATUS_CHARS EMOJI_BYTES
    REACTIONS_PER_MESSAGE REACTIONS_PER_USER MENTIONS PAGE_MAX PAGE_DEFAULT SYNC_EVENTS SYNC_CHATS PINS_PER_CHAT
    INVITES_PER_CHAT SCHEDULED_PER_USER PREFERENCE_VALUE_BYTES PREFERENCES_PER_USER
    SCHEDULE_AHEAD_SECS CREATE_MEMBERS DELIVERY_MEMBERS CLIENT_ID_SECS SLUG_REGEX PREFERENCE_NAME_REGEX
}

const LIMITS_SOURCE: &str = include_str!("limits.rs");

/// The doc comment above a constant of `limits.rs`.
fn limit_docs(name: &str) -> String {
    let head = format!("pub const {name}:");
    let mut docs: Vec<&str> = LIMITS_SOURCE
        .lines()
        .take_while(|line| !line.starts_with(&head))
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .map_while(|line| line.strip_prefix("///"))
        .map(str::trim)
        .collect();
    docs.reverse();
    docs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_listed_and_documented() {
        let written: Vec<&str> = LIMITS_SOURCE
            .lines()
            .filter_map(|line| line.strip_prefix("pub const ")?.split_once(':'))
            .map(|(name, _)| name)
            .collect();
        let listed = limits();
        assert_eq!(listed.iter().map(|limit| limit.name).collect::<Vec<_>>(), written);
        assert!(listed.iter().all(|limit| !limit.docs.is_empty()));
    }

    #[test]
    fn every_command_has_answers_that_exist() {
        assert_eq!(ANSWERS.iter().map(|(command, _)| *command).collect::<Vec<_>>(), crate::Command::NAMES);
        for (command, answers) in ANSWERS {
            assert!(!answers.is_empty(), "{command}");
            for answer in *answers {
                assert!(Answer::NAMES.contains(answer), "{command} -> {answer}");
            }
        }
        for name in Answer::NAMES {
            assert!(ANSWERS.iter().any(|(_, answers)| answers.contains(name)), "{name} answers nothing");
        }
    }
}
