//! Error codes, close codes and limits: numbers that clients were built with.

use vestnik_proto::{ErrorCode, limits};

use crate::samples;

#[test]
fn error_codes() {
    let lines: Vec<String> = ErrorCode::ALL
        .iter()
        .map(|code| {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(serde_json::from_value::<ErrorCode>(code.as_str().into()).unwrap(), *code);
            format!("{code} {}{}", code.http_status(), if code.retryable() { " retryable" } else { "" })
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn close_codes() {
    let lines: Vec<String> =
        samples::close_codes().iter().map(|code| format!("{} {code:?}: {}", code.code(), code.reason())).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

macro_rules! written {
    ($($name:ident)+) => { vec![$((stringify!($name), limits::$name.to_string()),)+] };
}

#[test]
fn every_limit() {
    let limits = written! {
        FRAME_BYTES FRAME_DEPTH COMMAND_ID_BYTES MALFORMED_IN_A_ROW AUTH_TIMEOUT_SECS ACCESS_TOKEN_SECS
        REFRESH_TOKEN_SECS LOGIN_FAILURES LOCK_SECS USERNAME_CHARS PASSWORD_MIN_CHARS PASSWORD_MAX_BYTES EMAIL_CHARS
        CHAT_NAME_CHARS CHAT_ID_CHARS CHAT_DESCRIPTION_CHARS MESSAGE_CHARS DISPLAY_NAME_CHARS BIO_CHARS STATUS_CHARS
        EMOJI_BYTES REACTIONS_PER_MESSAGE REACTIONS_PER_USER MENTIONS PAGE_MAX PAGE_DEFAULT SYNC_EVENTS SYNC_CHATS
        PINS_PER_CHAT INVITES_PER_CHAT SCHEDULED_PER_USER PREFERENCE_VALUE_BYTES PREFERENCES_PER_USER
        SCHEDULE_AHEAD_SECS CREATE_MEMBERS DELIVERY_MEMBERS CLIENT_ID_SECS SLUG_REGEX PREFERENCE_NAME_REGEX
    };
    let source = include_str!("../../src/limits.rs");
    let named: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(limits.iter().map(|(name, _)| *name).collect::<Vec<_>>(), named, "every limit is guarded");
    let lines: Vec<String> = limits.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}
