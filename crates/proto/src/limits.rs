//! Limits of the wire. The operator may lower or raise those marked configurable.

/// Longest frame: a TCP line without its `\n`, or one WebSocket text message. Bytes.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Deepest nesting of a JSON value in a frame.
pub const FRAME_DEPTH: usize = 32;
/// Longest command `id`. Bytes.
pub const COMMAND_ID_BYTES: usize = 64;
/// Malformed frames in a row after which a connection is closed.
pub const MALFORMED_IN_A_ROW: u32 = 10;
/// Seconds a connection may live without signing in. Configurable.
pub const AUTH_TIMEOUT_SECS: u64 = 10;
/// Access token life in seconds. Configurable.
pub const ACCESS_TOKEN_SECS: i64 = 900;
/// Refresh token life in seconds: 30 days. Configurable.
pub const REFRESH_TOKEN_SECS: i64 = 30 * 24 * 3600;
/// Failed logins in a row that lock a name. Configurable.
pub const LOGIN_FAILURES: i64 = 5;
/// Seconds a name stays locked: 30 minutes. Configurable.
pub const LOCK_SECS: i64 = 30 * 60;
/// Longest username. Characters.
pub const USERNAME_CHARS: usize = 50;
/// Shortest and longest password. Characters, and for the longest also bytes.
pub const PASSWORD_MIN_CHARS: usize = 8;
/// Longest password. Bytes: bounds the work of the password hash.
pub const PASSWORD_MAX_BYTES: usize = 256;
/// Longest e-mail address. Characters.
pub const EMAIL_CHARS: usize = 100;
/// Longest chat name. Characters.
pub const CHAT_NAME_CHARS: usize = 100;
/// Longest chat id. Characters.
pub const CHAT_ID_CHARS: usize = 100;
/// Longest chat description. Characters.
pub const CHAT_DESCRIPTION_CHARS: usize = 1_000;
/// Longest message. Characters (Unicode scalar values). Configurable.
pub const MESSAGE_CHARS: usize = 4_000;
/// Longest display name. Characters.
pub const DISPLAY_NAME_CHARS: usize = 100;
/// Longest "about me". Characters.
pub const BIO_CHARS: usize = 1_000;
/// Longest status text. Characters.
pub const STATUS_CHARS: usize = 100;
/// Longest emoji of a reaction or a status. Bytes: a family with skin tones needs 41.
pub const EMOJI_BYTES: usize = 64;
/// Different emoji on one message.
pub const REACTIONS_PER_MESSAGE: usize = 50;
/// Different emoji one user may put on one message.
pub const REACTIONS_PER_USER: usize = 12;
/// People one message may mention by name.
pub const MENTIONS: usize = 50;
/// Largest and default page of a list.
pub const PAGE_MAX: u32 = 200;
/// Page size when none is asked for.
pub const PAGE_DEFAULT: u32 = 50;
/// Events per chat a `sync` streams before it answers `reset`. Configurable.
pub const SYNC_EVENTS: i64 = 500;
/// Chats one `sync` may name.
pub const SYNC_CHATS: usize = 2_000;
/// Pinned messages in a chat.
pub const PINS_PER_CHAT: i64 = 100;
/// Valid invites of a chat at once.
pub const INVITES_PER_CHAT: i64 = 100;
/// Messages a user may have waiting to be sent later.
pub const SCHEDULED_PER_USER: i64 = 100;
/// Longest value of a preference. Bytes: 16 KiB.
pub const PREFERENCE_VALUE_BYTES: usize = 16 * 1024;
/// Preferences a user may keep.
pub const PREFERENCES_PER_USER: i64 = 200;
/// Farthest a message may be scheduled ahead. Seconds: one year.
pub const SCHEDULE_AHEAD_SECS: i64 = 365 * 24 * 3600;
/// Members named when a chat is created.
pub const CREATE_MEMBERS: usize = 100;
/// Members of a group up to which it is kept and told how far messages have been delivered.
pub const DELIVERY_MEMBERS: i64 = 50;
/// Seconds for which a `client_id` is remembered at least: 14 days.
pub const CLIENT_ID_SECS: i64 = 14 * 24 * 3600;
/// The pattern of a room's slug, as a regular expression.
pub const SLUG_REGEX: &str = "^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$";
/// The pattern of a preference's name, as a regular expression.
pub const PREFERENCE_NAME_REGEX: &str = "^[a-z0-9][a-z0-9_.-]{0,63}$";
