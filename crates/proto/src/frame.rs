//! Frames: what travels in one WebSocket text message or one TCP line.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Serialize;

use crate::{
    Account, AccountEvent, ApiError, Chat, ChatEvent, ChatId, ClientId, Command, Draft, Invite, InvitePreview, Member,
    Message, MessageId, MessageVersion, PassingEvent, Reader, RoomEntry, ScheduledMessage, Session, Timestamp, User,
    UserId, limits, wire,
};

/// A command as a client sent it, with the two members any command may carry.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientFrame {
    /// The client's name for this command; every answer to it repeats it.
    pub id: Option<String>,
    /// The idempotency key.
    pub client_id: Option<ClientId>,
    /// The command.
    pub command: Command,
}

/// Why a frame could not be read, with the `id` if at least that could.
#[derive(Clone, Debug, PartialEq)]
pub struct BadFrame {
    /// The client's name for the command, when it was legible.
    pub id: Option<String>,
    /// What is wrong.
    pub error: ApiError,
}

/// The members common to all frames.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    client_id: Option<ClientId>,
}

impl ClientFrame {
    /// A command without `id` and `client_id`.
    pub fn new(command: Command) -> Self {
        Self { id: None, client_id: None, command }
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// [`BadFrame`] with `too_large` beyond [`limits::FRAME_BYTES`] and `invalid` for everything
    /// else: not UTF-8, not JSON, too deep, not an object, unknown command, wrong types.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadFrame> {
        let bad = |id, error| BadFrame { id, error };
        if bytes.len() > limits::FRAME_BYTES {
            let error =
                ApiError::new(crate::ErrorCode::TooLarge, "The frame is longer than 64 KiB. Send less at once.");
            return Err(bad(None, error));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|_| bad(None, ApiError::invalid("", "The frame is not UTF-8.")))?;
        if depth(bytes) > limits::FRAME_DEPTH {
            return Err(bad(None, ApiError::invalid("", "The frame is nested too deep.")));
        }
        if !text.trim_start().starts_with('{') {
            return Err(bad(None, ApiError::invalid("", "The frame is not a JSON object.")));
        }
        let head: Head<'_> =
            serde_json::from_str(text).map_err(|_| bad(None, crate::command::decode_error::<HeadOwned>(text)))?;
        if head.id.as_ref().is_some_and(|id| id.len() > limits::COMMAND_ID_BYTES) {
            return Err(bad(None, ApiError::invalid("id", "The command's id is longer than 64 bytes.")));
        }
        match Command::decode(&head.kind, text) {
            Ok(command) => Ok(Self { id: head.id, client_id: head.client_id, command }),
            Err(error) => Err(bad(head.id, error)),
        }
    }

    /// Writes the frame as a client sends it, without a line end.
    pub fn encode(&self) -> String {
        #[derive(Serialize)]
        struct Out<'a> {
            #[serde(flatten)]
            command: &'a Command,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            client_id: &'a Option<ClientId>,
        }
        let out = Out { command: &self.command, id: &self.id, client_id: &self.client_id };
        serde_json::to_string(&out).expect("a command is always JSON: its maps have string keys")
    }
}

/// [`Head`] without borrows, for naming the wrong field.
#[derive(Deserialize)]
struct HeadOwned {
    #[serde(rename = "type")]
    _kind: String,
    #[serde(default, rename = "id")]
    _id: Option<String>,
    #[serde(default, rename = "client_id")]
    _client_id: Option<ClientId>,
}

/// The deepest nesting of arrays and objects, brackets within strings not counted.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut string, mut escaped) = (0usize, 0usize, false, false);
    for &byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            b'{' | b'[' if !string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

wire! {
    /// The answer to a command.
    #[serde(tag = "type", rename_all = "snake_case")]
    #[allow(clippy::large_enum_variant, clippy::allow_attributes, reason = "short-lived; boxing would cost every send")]
    pub enum Answer {
        /// Signed in. After `register`, `login` and `refresh` with the new tokens.
        AuthSuccess(AuthSuccess),
        /// Signed out; the connection closes.
        LoggedOut,
        /// The server is there.
        Pong {
            /// The server's clock.
            timestamp: Timestamp,
        },
        /// Done, and durable.
        Ack(Ack),
        /// One message.
        Message {
            /// It.
            message: Message,
        },
        /// A page of messages in ascending `seq`.
        History(HistoryPage),
        /// All texts of a message, oldest first.
        Versions {
            /// They.
            versions: Vec<MessageVersion>,
        },
        /// Who has read a message, its sender not counted.
        Readers {
            /// They.
            readers: Vec<Reader>,
        },
        /// The pinned messages, latest pinned first.
        Pins {
            /// They.
            messages: Vec<Message>,
        },
        /// Read up to here.
        MarkReadAck {
            /// Where.
            chat_id: ChatId,
            /// Up to this message.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            seq: i64,
            /// Still unread.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            unread: i64,
        },
        /// How much is unread, muted and archived chats included.
        UnreadState {
            /// In how many chats something is.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            dialogs: i64,
            /// Per chat how much; chats without are left out.
            #[cfg_attr(feature = "schema", ts(type = "Record<string, number>"))]
            counts: std::collections::BTreeMap<ChatId, i64>,
        },
        /// Done, and there is nothing more to say.
        Ok,
        /// One chat.
        Chat {
            /// It.
            chat: Box<Chat>,
        },
        /// The caller's chats, latest first.
        Chats {
            /// They.
            chats: Vec<Chat>,
            /// The account stream's position they are true for.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            account_rev: i64,
        },
        /// Public rooms.
        Rooms {
            /// They.
            rooms: Vec<RoomEntry>,
            /// Cursor of the next page.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            next: Option<String>,
        },
        /// A chat's members.
        Members {
            /// They.
            members: Vec<Member>,
            /// Cursor of the next page.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            next: Option<String>,
        },
        /// One member.
        Member {
            /// They.
            member: Member,
        },
        /// One invite.
        Invite {
            /// It.
            invite: Invite,
        },
        /// A chat's invites.
        Invites {
            /// They.
            invites: Vec<Invite>,
        },
        /// What an invite leads to.
        InvitePreview {
            /// It.
            invite: InvitePreview,
        },
        /// A draft as it is now.
        Draft {
            /// It; absent when cleared.
            draft: Option<Draft>,
        },
        /// One scheduled message.
        Scheduled {
            /// It.
            scheduled: ScheduledMessage,
        },
        /// The caller's scheduled messages, soonest first.
        ScheduledList {
            /// They.
            scheduled: Vec<ScheduledMessage>,
        },
        /// The caller's account.
        Account {
            /// It.
            account: Account,
        },
        /// Someone's profile.
        User {
            /// It.
            user: User,
        },
        /// People.
        Users {
            /// They.
            users: Vec<User>,
        },
        /// The settings of the caller's clients.
        Preferences {
            /// They, by name.
            preferences: std::collections::BTreeMap<String, String>,
            /// The account stream's position they are true for.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            account_rev: i64,
        },
        /// The caller's sessions, latest used first.
        Sessions {
            /// They.
            sessions: Vec<Session>,
        },
        /// The client was too far behind in a chat: drop what it has of it and start from here.
        Reset(ChatReset),
        /// The client was too far behind in the account stream: these are its chats now.
        AccountReset {
            /// They, latest first.
            chats: Vec<Chat>,
            /// The account stream's position they are true for.
            #[cfg_attr(feature = "schema", ts(type = "number"))]
            account_rev: i64,
        },
        /// Everything asked for by `sync` has been sent.
        SyncDone(SyncDone),
    }
}

wire! {
    /// Signed in.
    pub struct AuthSuccess {
        /// Who; absent for a guest.
        pub user_id: Option<UserId>,
        /// Their username; `guest` for a guest.
        pub username: String,
        /// Seconds until the access token ends. A connection renews by `auth` before that.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub expires_in: i64,
        /// The session, for `list_sessions` and `revoke_session`; absent for a guest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub session_id: Option<String>,
        /// Newest position of the account stream.
        #[serde(default)]
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub account_rev: i64,
        /// Whether this is a guest.
        #[serde(default, skip_serializing_if = "crate::model::is_default")]
        pub guest: bool,
        /// New access token, when tokens were made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub access_token: Option<String>,
        /// New refresh token, when tokens were made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub refresh_token: Option<String>,
        /// The account's profile, when tokens were made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub user: Option<User>,
    }
}

wire! {
    /// What was asked for is done and durable.
    pub struct Ack {
        /// In which chat.
        pub chat_id: ChatId,
        /// The event's place in the chat's log.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub rev: i64,
        /// Of which message, when it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub message_id: Option<MessageId>,
        /// Its number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(type = "number | null"))]
        pub seq: Option<i64>,
        /// When the server stored it.
        pub timestamp: Timestamp,
    }
}

wire! {
    /// A page of messages.
    pub struct HistoryPage {
        /// Of which chat.
        pub chat_id: ChatId,
        /// In ascending `seq`.
        pub messages: Vec<Message>,
        /// Whether there are more in the direction of reading (older ones, except for `after`).
        pub has_more: bool,
    }
}

wire! {
    /// A fresh start for one chat.
    pub struct ChatReset {
        /// Which.
        pub chat_id: ChatId,
        /// What the page is true for; live events go on after it.
        #[cfg_attr(feature = "schema", ts(type = "number"))]
        pub rev: i64,
        /// The chat as it is now.
        pub chat: Box<Chat>,
        /// Its newest messages in ascending `seq`.
        pub messages: Vec<Message>,
        /// Whether there are older ones.
        pub has_more: bool,
    }
}

wire! {
    /// Everything has been sent.
    pub struct SyncDone {
        /// Newest position of the account stream sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", ts(type = "number | null"))]
        pub account: Option<i64>,
        /// Newest `rev` sent per chat asked for.
        #[cfg_attr(feature = "schema", ts(type = "Record<string, number>"))]
        pub chats: std::collections::BTreeMap<ChatId, i64>,
        /// Chats asked for that are not there, or may not be read (any more).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub gone: Vec<ChatId>,
    }
}

wire! {
    /// Everything the server may send, for a client to read.
    ///
    /// Reading tries the kinds in this order; their `type`s never coincide, except that
    /// `read_marker` with an `account_rev` is the caller's own.
    #[serde(untagged)]
    #[allow(clippy::large_enum_variant, clippy::allow_attributes, reason = "short-lived; boxing would cost every event")]
    pub enum ServerFrame {
        /// A lasting event of a chat.
        Chat(ChatEvent),
        /// A lasting event of the account.
        Account(AccountEvent),
        /// A passing event.
        Passing(PassingEvent),
        /// An answer.
        Answer(Answer),
        /// An error or a goodbye.
        Control(Control),
    }
}

wire! {
    /// Frames about the connection itself.
    #[serde(tag = "type", rename_all = "snake_case")]
    pub enum Control {
        /// A command failed.
        Error(ApiError),
        /// The connection closes (TCP; WebSocket closes with the same code).
        Bye {
            /// The close code.
            code: u16,
            /// One sentence for a person.
            reason: String,
            /// When to come back, for `1012`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[cfg_attr(feature = "schema", ts(type = "number | null"))]
            reconnect_after_ms: Option<u64>,
        },
    }
}

/// A frame from the server with the `id` of the command it answers.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceivedFrame {
    /// The command's `id`, on answers and errors.
    pub id: Option<String>,
    /// The frame.
    pub frame: ServerFrame,
}

impl ReceivedFrame {
    /// Reads what a server sent. `Ok(None)` for a `type` this version does not know,
    /// which a client passes over.
    ///
    /// # Errors
    /// When it is not a JSON object with a `type`, or a known one with wrong members.
    pub fn decode(text: &str) -> serde_json::Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(borrow, rename = "type")]
            kind: Cow<'a, str>,
            #[serde(default)]
            id: Option<String>,
            #[serde(default)]
            account_rev: Option<i64>,
            #[serde(default)]
            rev: Option<i64>,
        }
        let head: Head<'_> = serde_json::from_str(text)?;
        let frame = match &*head.kind {
            "error" | "bye" => ServerFrame::Control(serde_json::from_str(text)?),
            "chat_created" | "chat_updated" | "chat_deleted" | "member_changed" | "new_message" | "message_edited"
            | "message_deleted" | "reaction_changed" | "pin_changed"
                if head.rev.is_some() =>
            {
                ServerFrame::Chat(serde_json::from_str(text)?)
            }
            "chat_joined"
            | "chat_left"
            | "draft_changed"
            | "chat_settings_changed"
            | "profile_changed"
            | "preference_changed"
            | "scheduled_changed" => ServerFrame::Account(serde_json::from_str(text)?),
            "read_marker" if head.account_rev.is_some() => ServerFrame::Account(serde_json::from_str(text)?),
            "typing" | "presence" | "presence_state" | "read_marker" | "delivery_marker" | "profile" => {
                ServerFrame::Passing(serde_json::from_str(text)?)
            }
            kind if Answer::NAMES.contains(&kind) => ServerFrame::Answer(serde_json::from_str(text)?),
            _ => return Ok(None),
        };
        Ok(Some(Self { id: head.id, frame }))
    }
}

impl Answer {
    /// Every answer's `type` on the wire.
    pub const NAMES: &'static [&'static str] = &[
        "auth_success",
        "logged_out",
        "pong",
        "ack",
        "message",
        "history",
        "versions",
        "readers",
        "pins",
        "mark_read_ack",
        "unread_state",
        "ok",
        "chat",
        "chats",
        "rooms",
        "members",
        "member",
        "invite",
        "invites",
        "invite_preview",
        "draft",
        "scheduled",
        "scheduled_list",
        "account",
        "user",
        "users",
        "preferences",
        "sessions",
        "reset",
        "account_reset",
        "sync_done",
    ];
}

/// Writes a server frame, with the `id` of the command it answers.
pub fn encode(frame: &impl Serialize, id: Option<&str>) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(frame).expect("a frame is always JSON: its maps have string keys");
    if let Some(id) = id {
        debug_assert_eq!(bytes.last(), Some(&b'}'), "every frame is an object");
        bytes.pop();
        bytes.extend_from_slice(b",\"id\":");
        serde_json::to_writer(&mut bytes, id).expect("a string is always JSON and a Vec takes every write");
        bytes.push(b'}');
    }
    bytes
}

/// Why a connection is closed: WebSocket close codes (RFC 6455), told on TCP by `bye`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// The client asked for it.
    Normal = 1000,
    /// The server restarts: reconnect after the given delay.
    Restarting = 1012,
    /// Nothing came from the client for too long.
    Idle = 4001,
    /// No valid session.
    Unauthorized = 4401,
    /// Not allowed here.
    Forbidden = 4403,
    /// Not there.
    NotFound = 4404,
    /// The client reads too slowly: reconnect and `sync`.
    TooSlow = 4408,
    /// Too many requests or connections.
    TooManyRequests = 4429,
    /// Ten malformed frames in a row (RFC 6455: policy violation).
    Policy = 1008,
}

impl CloseCode {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// One sentence for a person.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "Goodbye.",
            Self::Restarting => "The server restarts. Reconnect in a moment.",
            Self::Idle => "Nothing was heard for too long. Reconnect.",
            Self::Unauthorized => "Sign in again.",
            Self::Forbidden => "This is not allowed here.",
            Self::NotFound => "There is no such thing here.",
            Self::TooSlow => "This connection reads too slowly. Reconnect and sync.",
            Self::TooManyRequests => "Too many requests. Wait and try again.",
            Self::Policy => "Too many malformed frames.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorCode, command::*};
    use proptest::prelude::*;

    #[test]
    fn reads_the_contracts_example_verbatim() {
        let frame = ClientFrame::decode(
            r#"{"type":"message","chat_id":"general","content":"Привет","message_type":"text","mentions":[456],"client_id":"0190a5c0-0000-7000-8000-000000000001"}"#
                .as_bytes(),
        )
        .unwrap();
        let Command::Message(message) = frame.command else { panic!("not a message") };
        assert_eq!(message.content, "Привет");
        assert_eq!(message.mentions, [UserId(456)]);
        assert!(frame.client_id.is_some());
    }

    #[test]
    fn bad_frames_get_the_contracts_errors() {
        let check = |bytes: &[u8], code: ErrorCode, field: Option<&str>| {
            let bad = ClientFrame::decode(bytes).unwrap_err();
            assert_eq!(
                (bad.error.code, bad.error.field.as_deref()),
                (code, field),
                "{}",
                String::from_utf8_lossy(bytes)
            );
        };
        check(b"", ErrorCode::Invalid, Some(""));
        check(b"nonsense", ErrorCode::Invalid, Some(""));
        check(b"[1]", ErrorCode::Invalid, Some(""));
        check(b"{}", ErrorCode::Invalid, Some("type"));
        check(b"\xff\xfe", ErrorCode::Invalid, Some(""));
        check(br#"{"type":"fly"}"#, ErrorCode::Invalid, Some("type"));
        check(br#"{"type":7}"#, ErrorCode::Invalid, Some("type"));
        check(br#"{"type":"ping","client_id":"x"}"#, ErrorCode::Invalid, Some("client_id"));
        check(br#"{"type":"mark_read","chat_id":"a","seq":1e99}"#, ErrorCode::Invalid, Some("seq"));
        check(br#"{"type":"mark_read","chat_id":"a","seq":"1"}"#, ErrorCode::Invalid, Some("seq"));
        check(br#"{"type":"get_chat","chat_id":"a\u0000b"}"#, ErrorCode::Invalid, Some(""));
        check(br#"{"type":"mark_read","chat_id":"a"}"#, ErrorCode::Invalid, Some("seq"));
        check(
            br#"{"type":"message","chat_id":"a","content":"b","mentions":[1,"2"]}"#,
            ErrorCode::Invalid,
            Some("mentions[1]"),
        );
        check(&vec![b'['; 60_000], ErrorCode::Invalid, Some(""));
        check(&vec![b' '; limits::FRAME_BYTES + 1], ErrorCode::TooLarge, None);
    }

    #[test]
    fn a_backslash_before_u0000_is_text() {
        let frame = ClientFrame::decode(br#"{"type":"message","chat_id":"a","content":"\\u0000"}"#).unwrap();
        let Command::Message(message) = frame.command else { panic!("not a message") };
        assert_eq!(message.content, "\\u0000");
    }

    #[test]
    fn the_id_is_kept_when_the_rest_is_wrong() {
        let bad = ClientFrame::decode(br#"{"type":"history","id":"7"}"#).unwrap_err();
        assert_eq!(bad.id.as_deref(), Some("7"));
    }

    #[test]
    fn an_answer_repeats_the_id() {
        let pong = Answer::Pong { timestamp: Timestamp::from_millis(0) };
        let text = String::from_utf8(encode(&pong, Some("a\"b"))).unwrap();
        assert_eq!(text, r#"{"type":"pong","timestamp":"1970-01-01T00:00:00.000Z","id":"a\"b"}"#);
        let read = ReceivedFrame::decode(&text).unwrap().unwrap();
        assert_eq!((read.id.as_deref(), read.frame), (Some("a\"b"), ServerFrame::Answer(pong)));
    }

    proptest! {
        #[test]
        fn decoding_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ClientFrame::decode(&bytes);
        }

        #[test]
        fn decoding_never_panics_on_json(
            kind in proptest::sample::select(Command::NAMES),
            members in proptest::collection::vec(("[a-z_]{1,10}", "(\"\\PC{0,8}\"|-?[0-9]{1,20}|null|true|\\[\\]|\\{\\})"), 0..5),
        ) {
            let mut text = format!("{{\"type\":\"{kind}\"");
            for (name, value) in members {
                text.push_str(&format!(",\"{name}\":{value}"));
            }
            text.push('}');
            let _ = ClientFrame::decode(text.as_bytes());
        }

        #[test]
        fn a_message_survives_the_wire(content in "\\PC{0,100}", id in "\\PC{0,16}", seq in any::<i64>()) {
            for command in [
                Command::Message(SendMessage {
                    chat_id: "general".into(), content: content.clone(), message_type: Default::default(),
                    reply_to: Some(MessageId::encode(1, 2)), mentions: vec![UserId(1)],
                }),
                Command::MarkRead(MarkRead { chat_id: ChatId(content.clone()), seq }),
            ] {
                let frame = ClientFrame { id: Some(id.clone()), client_id: Some(uuid::Uuid::nil()), command };
                prop_assert_eq!(ClientFrame::decode(frame.encode().as_bytes()).unwrap(), frame);
            }
        }
    }
}
